"""Simulates bxnn_held_check, which has no outputs: what it reports, and when, is its result."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bxnn.compiler.templates import template_environment
from bxnn.sim.bench.ghdl import run
from bxnn.sim.process import run_tool
from bxnn.sim.proof.entity_wrapper import PROVEN
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.prover import write_vhdl

ENTITY = "bxnn_held_check"
_CYCLES, _PERIOD_NS, _EDGE_NS = 200, 9, 8  # as in the testbench
_REPORT = re.compile(r"@(\d+)ns:\(report error\): the data of an event changes (\d+) cycles too early")
_PLACE = ("--std=08", "--workdir=.")
_ODDS_VALID, _ODDS_CHANGE, _ODDS_RESET = 0.25, 0.4, 0.05

Inputs = tuple[int, int, int]  # rst, valid, x


def wrong_reports(case: ProofCase, sources: Mapping[str, str], folder: Path) -> set[tuple[int, int]]:
    """Reports that are missing or too many: the cycle, and for how many more cycles data are held.

    Args:
        case: Case of the entity.
        sources: VHDL by name of the unit, each after what it uses.
        folder: Where GHDL works.

    Raises:
        VerificationError: If GHDL cannot analyse the VHDL.
    """
    folder = folder.resolve()
    files = write_vhdl(case, sources, folder)
    cycles, width = case.generics["CYCLES"], case.generics["WIDTH"]
    assert isinstance(cycles, int) and isinstance(width, int)
    inputs = list(_inputs(width))
    rows = [f"{rst}{valid}{x:0{width}b}\n" for rst, valid, x in inputs]
    (folder / "given.txt").write_text("".join(rows), encoding="utf-8")
    template = template_environment(Path(__file__).parent).get_template("testbench.vhd.j2")
    ports = [{"name": "rst", "width": 1}, {"name": "valid", "width": 1}, {"name": "x", "width": width}]
    connections = ["clk => clk", "rst => i_rst(r)", "valid => i_valid(r)", "x => i_x"]
    text = template.render(entity=PROVEN, runs=1, connections=connections, driven=ports, shown=[])
    (folder / "testbench.vhd").write_text(text, encoding="utf-8")
    command = ["ghdl", "-a", *_PLACE, *map(str, files), "testbench.vhd"]
    run(command, folder, folder / "ghdl.log", case.name, "ghdl could not analyse the VHDL")
    done = run_tool(["ghdl", "--elab-run", *_PLACE, "testbench", "--assert-level=failure"], folder)
    said = _REPORT.findall(done.stdout + done.stderr)
    found = {((int(time) - _EDGE_NS) // _PERIOD_NS, int(left)) for time, left in said}
    return found ^ set(_expected(inputs, cycles))


def _inputs(width: int) -> Iterator[Inputs]:
    rng = random.Random(ENTITY)
    x = (1 << width) - 1  # not what the register of the check begins with
    yield 0, 0, x
    for _ in range(_CYCLES - 1):
        if rng.random() < _ODDS_CHANGE:
            x = rng.getrandbits(width)
        yield int(rng.random() < _ODDS_RESET), int(rng.random() < _ODDS_VALID), x


def _expected(inputs: Sequence[Inputs], cycles: int) -> Iterator[tuple[int, int]]:
    """Data of an event stay for ``cycles`` cycles, unless there is another event or a reset."""
    for now, (rst, valid, x) in enumerate(inputs):
        if rst or valid:
            continue
        for age in range(1, min(cycles, now + 1)):
            rst_then, valid_then, _ = inputs[now - age]
            if rst_then:
                break
            if valid_then:
                if x != inputs[now - 1][2]:
                    yield now, cycles - age
                break
