"""Writes the package of a build, or compares one with its build."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bxnn.compiler.builds.manifest import OWN_FOLDER, Manifest
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.builds.place import first_file
from bxnn.compiler.builds.update import replace_build
from bxnn.compiler.delivery.drop import SOURCES, Drop
from bxnn.compiler.delivery.lock_file import LOCK, lock_text, locked_target
from bxnn.compiler.delivery.targets import TARGETS
from bxnn.compiler.errors import InputError, VerificationError


@dataclass(frozen=True)
class Package:
    """A package that was written or compared.

    Attributes:
        target: Its kind.
        top: Name of its top entity.
        library: Its VHDL library; ``None`` for that of the flow.
        files: Paths of its files, sorted.
    """

    target: str
    top: str
    library: str | None
    files: tuple[str, ...]


def write_package(build: Path, target: str, folder: Path, force: bool = False) -> Package:
    """Write a package: the same bytes for the same build, entirely or not at all.

    Args:
        build: The build folder.
        target: A kind of package.
        folder: Where to write; files in it that bxnn did not write are left as they are.
        force: Whether to replace files that were changed after bxnn wrote them.

    Raises:
        InputError: If the build is not as bxnn wrote it, or the folder is not free; nothing is written then.
    """
    package, texts = _rendered(build, target, folder)
    _check_folder(build, folder)

    def fill(staging: Path) -> None:
        for name, text in texts.items():
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    replace_build(folder, fill, version("bxnn"), force)
    return package


def check_package(build: Path, target: str, folder: Path) -> Package:
    """Compare a package with what its build gives now.

    Raises:
        InputError: If the folder is not such a package, or the build is not as bxnn wrote it.
        VerificationError: Naming the first file that differs.
    """
    found = locked_target(folder)
    if found != target:
        raise InputError(
            str(folder), f"is a package for {found[:40]}, not for {target}; check it with --for {found[:40]}"
        )
    package, texts = _rendered(build, target, folder)
    manifest = Manifest.load(folder)
    former = set() if manifest is None else set(manifest.files) - set(texts)
    for name in sorted({*texts, *former}):
        path = folder / name
        if name in former:
            if path.exists():
                raise VerificationError(str(path), f"does not belong to the package of {build}; package again")
        elif not path.is_file():
            raise VerificationError(str(path), "is missing; package again")
        elif path.read_bytes() != texts[name].encode():
            raise VerificationError(str(path), f"is not what {build} gives; package again")
    return package


def _rendered(build: Path, target: str, folder: Path) -> tuple[Package, dict[str, str]]:
    """The package of a build, and the text of its files by path."""
    with opened(build, *SOURCES) as place:
        drop = Drop.of(place)
    made = TARGETS[target](drop, folder)
    made.check()
    texts = made.files()
    texts["README.md"] = made.page()
    texts[LOCK] = lock_text(drop, target, texts)
    return Package(target, drop.top, drop.library, tuple(sorted(texts))), texts


def _check_folder(build: Path, folder: Path) -> None:
    """Refuse a folder in the build, the build itself, or another build.

    Raises:
        InputError: Naming it.
    """
    if folder.resolve().is_relative_to(build.resolve()):
        raise InputError(str(folder), "is inside the build; name a folder outside it")
    if not folder.is_dir():
        return
    manifest = Manifest.load(folder)
    if manifest is not None and LOCK not in manifest.files:
        raise InputError(str(folder), "is a build, not a package; name another folder")
    found = first_file(folder)
    if manifest is None and found is not None and not found.startswith(OWN_FOLDER):
        raise InputError(str(folder), f"is not a package and contains {found}; name another folder, or an empty one")
