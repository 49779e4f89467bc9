"""g++ on generated C++: files compiled in parallel, nothing compiled twice, errors in one line."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from bxnn.compiler.errors import ToolError
from bxnn.sim.process import Finished, run_tools
from bxnn.sim.toolchain import require

_ERROR = re.compile(r"^([^\s:][^:\n]*):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$", re.MULTILINE)
_CAUSE = re.compile(r"^([^\s:][^:\n]*):(\d+):\d+:\s+required from here", re.MULTILINE)
_LONGEST = 300
_DIGITS = 32  # of the digest in a program's name


def build_program(
    source: Path, files: Sequence[str], flags: Sequence[str], folder: Path, name: str, link: Sequence[str] = ()
) -> Path:
    """Compile C++ files and link them, unless exactly that has been done before.

    The name of the program contains a digest of everything that it depends on. So a program is never mistaken for that
    of other sources, and a shared library of other sources is never loaded under a path that this process has already
    loaded: ``dlopen`` would return the library that it has.

    Args:
        source: Folder of the files; the compiler runs there.
        files: The files to compile, relative to it. All others below it count as their headers.
        flags: Compiler options.
        folder: Receives the program and ``build.log``; programs with the same name and other sources are removed.
        name: Name of the program without the digest.
        link: Linker options, e.g. ``-shared``.

    Returns:
        The program.

    Raises:
        ToolError: If there is no compiler, or it refuses a file: its first message, at the line of the generated code.
    """
    compiler, folder = require("g++"), folder.resolve()
    digest = _digest(source, [platform.node(), str(compiler.version), *files, *flags, *link])
    stem, suffix = Path(name).stem, Path(name).suffix
    program, log = folder / f"{stem}-{digest[:_DIGITS]}{suffix}", folder / "build.log"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".compile-", dir=folder) as scratch:
        linked = Path(scratch) / program.name
        done = _compiled(source, files, flags, linked, link)
        log.write_text("".join(one.stderr for one in done), encoding="utf-8")
        for one in done:
            if one.returncode:
                raise _refused(one.stderr, source, log)
        linked.replace(program)
    for other in folder.glob(f"{stem}-{'[0-9a-f]' * _DIGITS}{suffix}"):
        if other != program:
            other.unlink(missing_ok=True)
    return program


def _compiled(
    source: Path, files: Sequence[str], flags: Sequence[str], program: Path, link: Sequence[str]
) -> list[Finished]:
    """Run the compiler on all files and, if it accepts them, the linker; objects go beside the program."""
    objects = [program.parent / f"{number}.o" for number in range(len(files))]
    commands = [["g++", *flags, "-c", file, "-o", str(item)] for file, item in zip(files, objects, strict=True)]
    plain = {**os.environ, "LC_ALL": "C"}  # messages in English, with ASCII quotation marks
    done = run_tools(commands, source, plain)  # one compiler process per file
    if not any(one.returncode for one in done):
        done += run_tools([["g++", *link, *map(str, objects), "-o", str(program)]], source, plain)
    return done


def _digest(source: Path, words: Sequence[str]) -> str:
    """Digest of everything that the program depends on, except for the headers of the compiler itself."""
    digest = hashlib.sha256("\n".join(words).encode())
    outside = [Path(folder) for option, folder in pairwise(words) if option == "-isystem"]
    for root in (source, *outside):
        for path in sorted(root.rglob("*")):
            if path.suffix in (".h", ".cpp", ".hpp"):
                digest.update(f"\n{path.relative_to(root)}\n".encode() + path.read_bytes())
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
    """A normalized path, relative to the folder if inside it."""
    path, root = (folder / file).resolve(), folder.resolve()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
