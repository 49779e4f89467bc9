"""Which tools are installed, what each is needed for, and the commands that install the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bxnn.compiler.installing import install_command, install_commands
from bxnn.compiler.report.table import Table

_PROGRAMS = (
    ("ghdl", "simulate, synthesize"),
    ("g++", "csim, simulate --simulator verilator"),
    ("make", "simulate --simulator verilator"),
    ("perl", "simulate --simulator verilator"),
)
_PACKAGES = (
    ("cocotb", "simulate"),
    ("verilator", "simulate --simulator verilator"),
    ("pyosys", "synthesize"),
    ("hls4ml", "csim: its ap_int headers"),
    ("alkaid", "strategy lut"),
    ("matplotlib", "sweep"),
    ("distributed", "verify, sweep, search"),
    ("smac", "search"),
    ("tensorflow", "comparison with the float model"),
    ("qkeras", "comparison with the float model"),
)


@dataclass(frozen=True)
class Tool:
    """A program or a Python package.

    Attributes:
        name: As people know it.
        found: Its version; ``None`` if it is not installed.
        broken: Why it does not run, if it is installed and does not.
        needed_for: What needs it.
    """

    name: str
    found: str | None
    broken: str | None
    needed_for: str

    @property
    def usable(self) -> bool:
        """Whether it is installed and runs."""
        return self.found is not None and self.broken is None

    @property
    def state(self) -> str:
        """Version, or what to do."""
        if self.broken is not None:
            return f"broken: {self.broken}"
        return f"missing: {install_command(self.name)}" if self.found is None else self.found


def tools() -> tuple[Tool, ...]:
    """Everything that a command may need, as it is on this machine."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    found = [Tool("bxnn", version("bxnn"), None, "everything"), Tool("python", python, None, "everything")]
    found += [_program(name, need) for name, need in _PROGRAMS]
    return (*found, *(Tool(name, _package(name), None, need) for name, need in _PACKAGES))


def table(found: tuple[Tool, ...]) -> Table:
    """One row per tool: name, version or how to install it, what needs it."""
    rows = tuple((tool.name, tool.state, tool.needed_for) for tool in found)
    return Table("Tools", ("tool", "found", "needed for"), rows)


def remedies(found: tuple[Tool, ...]) -> tuple[str, ...]:
    """The commands that install everything that is missing: one for programs, one for packages."""
    return install_commands([tool.name for tool in found if tool.found is None])


def _program(name: str, need: str) -> Tool:
    path = shutil.which(name)
    if path is None:
        return Tool(name, None, None, need)
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Tool(name, "", f"{Path(path).name} --version: {error}", need)
    if done.returncode != 0:
        return Tool(name, "", f"{Path(path).name} --version: exit code {done.returncode}", need)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return Tool(name, lines[0].strip()[:60] if lines else "found", None, need)


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
