"""g++ on generated C++: objects side by side, nothing compiled twice, errors in one line."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from compiler.errors import ToolError
from sim.process import run_tools
from sim.toolchain import require

_ERROR = re.compile(r"^([^\s:][^:\n]*):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$", re.MULTILINE)
_CAUSE = re.compile(r"^([^\s:][^:\n]*):(\d+):\d+:\s+required from here", re.MULTILINE)
_LONGEST = 300


def build_program(
    source: Path, files: Sequence[str], flags: Sequence[str], folder: Path, name: str, link: Sequence[str] = ()
) -> Path:
    """Compile C++ files and link them, unless exactly that has been done before.

    Args:
        source: Folder of the files; the compiler runs there.
        files: The files to compile, relative to it. All others below it count as their headers.
        flags: Options of the compiler.
        folder: Takes objects, program, ``build.log`` and ``build.key``.
        name: Name of the program.
        link: Options of the linker, e.g. ``-shared``.

    Returns:
        The program.

    Raises:
        ToolError: If there is no compiler, or it refuses a file: its first message, at the line of the generated code.
    """
    compiler, folder = require("g++"), folder.resolve()
    program, stamp, log = folder / name, folder / "build.key", folder / "build.log"
    key = _key(source, [platform.node(), str(compiler.version), *files, *flags, *link])
    if program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == key:
        return program
    stamp.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    objects = [folder / f"{Path(file).stem}.o" for file in files]
    commands = [["g++", *flags, "-c", file, "-o", str(item)] for file, item in zip(files, objects, strict=True)]
    plain = {**os.environ, "LC_ALL": "C"}  # messages in English, with quotation marks of ASCII
    done = run_tools(commands, source, plain)
    if not any(one.returncode for one in done):
        done += run_tools([["g++", *link, *map(str, objects), "-o", str(program)]], source, plain)
    log.write_text("".join(one.stderr for one in done), encoding="utf-8")
    for one in done:
        if one.returncode:
            raise _refused(one.stderr, source, log)
    stamp.write_text(key, encoding="utf-8")
    return program


def _key(source: Path, words: Sequence[str]) -> str:
    """Digest of everything the program depends on."""
    digest = hashlib.sha256("\n".join(words).encode())
    for path in sorted(source.rglob("*")):
        if path.suffix in (".h", ".cpp", ".hpp"):
            digest.update(f"\n{path.relative_to(source)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _refused(messages: str, source: Path, log: Path) -> ToolError:
    """The compiler's first error, at its line or, inside a library, at the generated line that leads there."""
    error = _ERROR.search(messages)
    if error is None:
        return ToolError("g++", f"failed: {messages.strip()[-_LONGEST:] or 'no message'} (log: {log})")
    causes = _CAUSE.findall(messages[: error.start()])
    where = f"{_below(error[1], source)}:{error[2]}"
    if not causes:
        return ToolError(where, f"g++ says: {error[3][:_LONGEST]} (log: {log})")
    file, line = causes[-1]
    return ToolError(f"{_below(file, source)}:{line}", f"g++ says: {error[3][:_LONGEST]} (in {where}; log: {log})")


def _below(file: str, folder: Path) -> str:
    """A path without detours, relative to the folder if it is inside."""
    path, root = (folder / file).resolve(), folder.resolve()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
