"""docs/adder_graph_clocks.md from the analysed designs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

MOST_NS, MOST_LUT = 0.8, 0.9  # what bxnn may take of alkaid's


class Design(Protocol):
    """What the page must know about a design (``bench.adder_graph_clocks.Analysed`` has it)."""

    @property
    def tool(self) -> str:
        """Tool that wrote the VHDL."""

    @property
    def setting(self) -> str:
        """What it was asked for."""

    @property
    def stages(self) -> int:
        """Stages of logic."""

    @property
    def lut(self) -> int:
        """Look-up tables."""

    @property
    def ff(self) -> int:
        """Flip-flops."""

    @property
    def worst_ns(self) -> float:
        """The slowest path."""

    @property
    def clock_mhz(self) -> float:
        """The fastest clock at which it closes."""

    @property
    def latency_ns(self) -> float:
        """The latency at that clock."""


_INTRODUCTION = """# Adder graphs, each at its own fastest clock

Written by `python -m bench.adder_graph_clocks`; every figure is from the netlists of one flow.

The jet tagger 16-64-32-32-5 without a DSP at II = 1, as bxnn (`strategy: lut`) and alkaid write it in VHDL. Both go
through the same synthesis (`bxnn synthesize`: GHDL, yosys `synth_xilinx -family xc7`) and the same analysis
(`sim/timing/`, pessimistic delays of an xcvu9p -2; a design closes where its slowest path fits the period less 5 %).
bxnn places registers by the clock that it is asked for; alkaid by `latency_cutoff`. Latency is the number of stages of
logic between registers times the shortest period at which the netlist closes. alkaid registers its inputs, bxnn leaves
that to what drives it: the stage before that register is not counted, its flip-flops are. Some of alkaid's sums have
three operands; yosys makes two rows of LUTs and a carry chain of such a sum, a vendor's tool may do better.

| tool | asked for | stages | slowest path, ns | closes at | latency, ns | LUT | FF |
|---|---|---:|---:|---:|---:|---:|---:|
"""


def page(designs: Sequence[Design], facts: Mapping[str, str]) -> str:
    """The page as Markdown."""
    rows = "\n".join(
        f"| {d.tool} | {d.setting} | {d.stages} | {d.worst_ns:.2f} | {d.clock_mhz:.1f} MHz | {d.latency_ns:.1f} "
        f"| {d.lut} | {d.ff} |"
        for d in designs
    )
    machine = "\n".join(f"* {name}: {value}" for name, value in facts.items())
    return f"{_INTRODUCTION}{rows}\n\n{comparison(designs)}\n\n## Machine\n\n{machine}\n"


def comparison(designs: Sequence[Design]) -> str:
    """Each of bxnn's designs beside the shortest latency of alkaid, with a verdict."""
    theirs = min((design for design in designs if design.tool == "alkaid"), key=lambda design: design.latency_ns)
    lines = [f"Beside alkaid's shortest latency, {theirs.latency_ns:.1f} ns at {theirs.setting}:", ""]
    for design in designs:
        if design.tool == "bxnn":
            ns, lut, ff = (getattr(design, name) / getattr(theirs, name) for name in ("latency_ns", "lut", "ff"))
            kept = "kept" if ns <= MOST_NS and lut <= MOST_LUT else "NOT kept"
            ratios = f"{ns:.2f} of the latency, {lut:.2f} of the LUTs, {ff:.2f} of the flip-flops"
            lines.append(f"* bxnn for {design.setting}: {ratios}; limits {MOST_NS} and {MOST_LUT} are {kept}")
    return "\n".join(lines)
