"""GHDL: analyses VHDL-2008, simulates it, and turns it into Verilog."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench import vendor_library
from bxnn.sim.bench.log import failure
from bxnn.sim.process import run_tool
from bxnn.sim.toolchain import require

if TYPE_CHECKING:
    from cocotb_tools.runner import Runner

_STANDARD = "--std=08"
_UNSIZED = re.compile(r'"([01]{33,})"')
_WAVES = {".vcd": "--vcd", ".fst": "--fst", ".ghw": "--wave"}


@dataclass(frozen=True)
class Ghdl:
    """Simulates the VHDL itself.

    A metavalue in arithmetic would print a warning per operation; the scoreboard sees a wrong bit instead.

    Attributes:
        waves: File in the folder of the simulation to which all signals are written; none by default.
    """

    waves: str | None = None

    name = "ghdl"
    language = "vhdl"
    run_arguments = (_STANDARD, "-P.")  # a library of primitives is in the folder of the simulation

    @property
    def plus_arguments(self) -> tuple[str, ...]:
        """Options of the running simulation."""
        traced = () if self.waves is None else (f"{_WAVES[Path(self.waves).suffix]}={self.waves}",)
        return ("--ieee-asserts=disable", "--assert-level=error", "--max-stack-alloc=0", *traced)

    def version(self) -> str:
        """Version for the report."""
        return f"GHDL {require('ghdl').version}"

    def key(self) -> str:
        """What a build depends on apart from sources and ports."""
        return f"{self.version()} {_STANDARD}"

    def require_tools(self) -> None:
        """Refuse to continue without a tool.

        Raises:
            ToolError: Naming it.
        """
        for name in ("cocotb", "ghdl"):
            require(name)

    def runner(self) -> Runner:
        """Cocotb's runner."""
        from cocotb_tools.runner import get_runner

        return get_runner("ghdl")

    def build(self, folder: Path, sources: Sequence[Path], interface: Interface) -> None:
        """Analyse.

        Raises:
            VerificationError: With GHDL's first message.
        """
        log = folder / "build.log"
        for stale in folder.glob("work-obj*.cf"):
            stale.unlink()
        analyse_primitives(folder, vendor_library.model_files(sources), interface.top)
        place = ["--work=work", f"--workdir={folder}", f"-P{folder}"]
        command = ["ghdl", "-a", _STANDARD, *place, *map(str, sources)]
        run(command, folder, log, interface.top, "ghdl could not analyse the VHDL")


def analyse_primitives(folder: Path, files: Sequence[Path], top: str) -> None:
    """Analyse the files into the library of primitives below ``folder``; without files, nothing happens.

    Raises:
        VerificationError: With GHDL's first message.
    """
    for stale in folder.glob(f"{vendor_library.LIBRARY}-obj*.cf"):
        stale.unlink()
    if files:
        command = ["ghdl", "-a", _STANDARD, f"--work={vendor_library.LIBRARY}", f"--workdir={folder}", *map(str, files)]
        run(command, folder, folder / "primitives.log", top, "ghdl failed to analyse the models of primitives")


def to_verilog(folder: Path, sources: Sequence[Path], top: str) -> Path:
    """Synthesise VHDL to one Verilog file, bit and cycle true.

    Raises:
        VerificationError: With GHDL's first message.
    """
    require("ghdl")
    log, result = folder / "ghdl-synth.log", folder / f"{top}.v"
    analyse_primitives(folder, vendor_library.model_files(sources), top)
    command = [
        "ghdl",
        "--synth",
        _STANDARD,
        "--out=verilog",
        f"--workdir={folder}",
        f"-P{folder}",
        *map(str, sources),
        "-e",
        top,
    ]
    run(command, folder, log, top, "ghdl could not turn the VHDL into Verilog", result)
    return result


def run(
    command: Sequence[str],
    folder: Path,
    log: Path,
    subject: str,
    problem: str,
    output: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a tool with its messages in ``log`` and, if requested, the Verilog that it prints in ``output``.

    Raises:
        VerificationError: If it fails.
    """
    done = run_tool(command, folder, environment)
    log.write_text(done.stderr if output else done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise VerificationError(subject, failure(problem, log))
    if output is not None:
        output.write_text(sized(done.stdout), encoding="utf-8")


def sized(verilog: str) -> str:
    """Verilog with the size of every constant.

    GHDL writes constants of 33 bits as strings of digits, which in Verilog have eight bits for each digit: what follows
    in a concatenation would move.
    """
    return _UNSIZED.sub(lambda found: f"{len(found[1])}'b{found[1]}", verilog)
