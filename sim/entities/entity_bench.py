"""Simulates an entity beside its specification: GHDL runs the VHDL, the specification judges what it shows.

The inputs are drawn from the specification alone, so that they are the same for every version of the entity. Unlike the
proof of the same case, the bench runs the VHDL and not what synthesis makes of it; it begins where a simulation does,
at power-up.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.templates import template_environment
from bxnn.sim.bench.ghdl import run
from bxnn.sim.entities.judge import EntityPort, Judge, prepared
from bxnn.sim.entities.stimulus import Stimulus, stimulus
from bxnn.sim.process import run_tool
from bxnn.sim.proof.entity_wrapper import PROVEN
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.prover import synthesized, write_vhdl

CYCLES = 200
_TEMPLATE = "testbench.vhd.j2"
_GIVEN, _SHOWN = "given.txt", "shown.txt"
_PLACE = ("--std=08", "--workdir=.")
# A check of how an entity is used (severity error) may speak: the specification says what happens then.
_RUN = ("--ieee-asserts=disable", "--assert-level=failure", "--max-stack-alloc=0")
_MOST_SECONDS = 300.0  # a simulation takes a few
_METAVALUES = "UXZW-"


@dataclass(frozen=True)
class Difference:
    """Where an entity is first not what its specification says.

    Attributes:
        cycle: The cycle; that after the last one if the simulation ended early.
        runs: Runs in which it is wrong then.
        stopped: What GHDL said if it did not simulate all cycles.
    """

    cycle: int
    runs: tuple[int, ...]
    stopped: str = ""


class EntityBench:
    """The bench of one case.

    Attributes:
        case: The case.
        stimulus: The inputs.
    """

    def __init__(self, case: ProofCase, sources: Mapping[str, str], folder: Path) -> None:
        """Prepare specification and inputs.

        Args:
            case: The case, which has outputs.
            sources: VHDL by name of the unit, each after what it uses; of the entity only the ports count.
            folder: Where the tools work.

        Raises:
            ToolError: If a tool is not installed.
            VerificationError: If the specification cannot be simulated.
        """
        folder = folder.resolve()
        self.case = case
        self._judge: Judge = prepared(case, synthesized(case, sources, folder), folder)
        self.stimulus: Stimulus = stimulus(self._judge, CYCLES, case.name)
        self._given = "".join(f"{self._line(bits)}\n" for bits in self.stimulus.driven)

    def difference(self, sources: Mapping[str, str], folder: Path) -> Difference | None:
        """The first difference of an entity from its specification; ``None`` if there is none.

        Raises:
            VerificationError: If GHDL cannot analyse the VHDL.
        """
        folder = folder.resolve()
        files = write_vhdl(self.case, sources, folder)
        (folder / "testbench.vhd").write_text(self._testbench(files[-1].read_text(encoding="utf-8")), encoding="utf-8")
        (folder / _GIVEN).write_text(self._given, encoding="utf-8")
        command = ["ghdl", "-a", *_PLACE, *map(str, files), "testbench.vhd"]
        run(command, folder, folder / "ghdl.log", self.case.name, "ghdl could not analyse the VHDL")
        try:
            done = run_tool(["ghdl", "--elab-run", *_PLACE, "testbench", *_RUN], folder, timeout_seconds=_MOST_SECONDS)
            stopped = (done.stdout + done.stderr).strip() or "ghdl failed" if done.returncode != 0 else ""
        except subprocess.TimeoutExpired:
            stopped = f"it has not ended after {_MOST_SECONDS:.0f} s"
        shown = folder / _SHOWN
        rows = shown.read_text(encoding="utf-8").splitlines() if shown.is_file() else []
        return self._judged(rows[:CYCLES], stopped)

    def _judged(self, rows: Sequence[str], stopped: str) -> Difference | None:
        """The first difference in what was shown; a bit without value has to be right whether it is 0 or 1."""
        rows = [row for row in rows if len(row) == self._shown_width]
        found = [
            each
            for value in ("0", "1")
            if (each := self._first([self._planes(row, value) for row in rows])) is not None
        ]
        if found:
            return min(found, key=lambda each: each.cycle)
        return Difference(len(rows), (), stopped) if stopped or len(rows) < CYCLES else None

    def _first(self, shown: Sequence[Sequence[int]]) -> Difference | None:
        given, every = self.stimulus, (1 << self.stimulus.runs) - 1
        state, judged = given.first, every
        for cycle, (drawn, outputs) in enumerate(zip(given.drawn, shown, strict=False)):
            excluded, wrong, state = self._judge.judged(state, drawn, outputs, every)
            judged &= ~excluded
            if wrong & judged:
                return Difference(cycle, tuple(r for r in range(given.runs) if (wrong & judged) >> r & 1))
        return None

    @property
    def _shown_width(self) -> int:
        return self.stimulus.runs * sum(len(port.nets) for port in self._judge.shown)

    def _line(self, bits: Sequence[int]) -> str:
        """All inputs of a cycle, as the testbench reads them."""
        text, place = "", 0
        for port in self._judge.driven:
            planes = bits[place : place + len(port.nets)]
            rows = [format(plane, f"0{self.stimulus.runs}b") for plane in reversed(planes)]
            text += "".join(map("".join, zip(*rows, strict=True)))
            place += len(port.nets)
        return text

    def _planes(self, row: str, metavalue: str) -> list[int]:
        """The bits of all outputs in a cycle, each of all runs."""
        row = row.translate(str.maketrans("HL" + _METAVALUES, "10" + metavalue * len(_METAVALUES)))
        planes: list[int] = []
        for port in self._judge.shown:
            width = len(port.nets)
            words, row = row[: width * self.stimulus.runs], row[width * self.stimulus.runs :]
            planes += [int(words[width - 1 - bit :: width], 2) for bit in range(width)]
        return planes

    def _testbench(self, wrapper: str) -> str:
        """The VHDL that drives the entity of a wrapper."""
        vectors = set(re.findall(r"^\s*(\w+)\s*:\s*(?:in|out)\s+std_logic_vector", wrapper, re.MULTILINE))

        def connection(signal: str, port: EntityPort) -> str:
            width = len(port.nets)
            place = f"(r + 1) * {width} - 1 downto r * {width}" if port.name in vectors else "r"
            return f"{port.name} => {signal}_{port.name}({place})"

        judge = self._judge
        connections = [
            *(["clk => clk"] if judge.clocked else []),
            *(connection("i", port) for port in judge.driven),
            *(connection("o", port) for port in judge.shown),
        ]
        sides = {"driven": judge.driven, "shown": judge.shown}
        widths = {side: [{"name": p.name, "width": len(p.nets)} for p in ports] for side, ports in sides.items()}
        template = template_environment(Path(__file__).parent).get_template(_TEMPLATE)
        return template.render(entity=PROVEN, runs=self.stimulus.runs, connections=connections, **widths)
