"""The build as one file beside its folder, which hls4ml's keyword ``write_tar`` asks for."""

from __future__ import annotations

import tarfile
from gzip import GzipFile
from pathlib import Path

from bxnn.compiler.builds.manifest import MANIFEST
from bxnn.compiler.errors import ConfigError


def archive_beside(folder: Path) -> Path:
    """Where the archive of a folder goes: ``FOLDER.tar.gz``, where nothing else may be than an earlier one.

    Raises:
        ConfigError: If a file of this name is not an archive of a build.
    """
    path = folder.with_name(f"{folder.name}.tar.gz")
    if path.exists() and not _is_archive(path, folder.name):
        problem = f"WriteTar True would replace {path}, which bxnn did not write"
        raise ConfigError("WriterConfig", f"{problem}; move it, or choose another output_dir")
    return path


def write_archive(folder: Path, path: Path) -> None:
    """Write all that lies in a folder, without times and owners: equal folders give equal archives."""
    partial = path.with_name(f".{path.name}.partial")
    with (
        partial.open("wb") as raw,
        GzipFile("", "wb", 6, raw, mtime=0) as file,
        tarfile.open(fileobj=file, mode="w") as archive,
    ):
        archive.add(folder, folder.name, filter=_plain)
    partial.replace(path)


def _is_archive(path: Path, name: str) -> bool:
    try:
        with tarfile.open(path) as archive:
            return f"{name}/{MANIFEST}" in archive.getnames()
    except (tarfile.TarError, OSError, EOFError):
        return False


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    return member
