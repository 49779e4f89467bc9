"""docs/place_and_route.md from the routed designs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Design(Protocol):
    """What the page must know about a routed design (``bench.place_and_route.Routed`` has it)."""

    @property
    def tool(self) -> str:
        """Tool that wrote the VHDL."""

    @property
    def setting(self) -> str:
        """Logic between two registers."""

    @property
    def stages(self) -> int:
        """Stages of logic between registers."""

    @property
    def fmax_mhz(self) -> float:
        """Median over the seeds."""

    @property
    def fmax_all_mhz(self) -> tuple[float, ...]:
        """One per seed."""

    @property
    def lut(self) -> int:
        """LUT4s."""

    @property
    def ff(self) -> int:
        """Flip-flops."""

    @property
    def critical_path(self) -> str:
        """Description of the slowest path."""


_INTRODUCTION = """# Place and route

Written by `python -m bench.place_and_route --seeds {seeds} --widths {widths}`; every figure is from one run.

The network {network} (`bench/big_network.py`: weights and activations of 6 bits, inputs `fixed<8,4,RND_CONV,SAT>`,
II = 1, no DSP) as bxnn (`strategy: lut`) and alkaid write it in VHDL, at several depths of logic between two registers.
Both go through `ghdl --synth`, yosys `synth_ecp5` and nextpnr-ecp5 for an ECP5 (LFE5UM5G-45F, speed grade 8), with the
same seeds. alkaid registers its inputs; bxnn leaves that to whatever drives them, so a register is added here.
Stages count the logic from that register to the one at the output: `latency_cycles` of bxnn, the solver's pipeline of
alkaid.
"""


def page(designs: Sequence[Design], widths: Sequence[int], seeds: int, facts: Mapping[str, str]) -> str:
    """The page as Markdown."""
    listed = "-".join(map(str, widths))
    header = f"| tool | logic per stage | stages | Fmax (median of {seeds}) | all seeds (MHz) | ns | LUT4 | FF |"
    lines = [
        _INTRODUCTION.format(seeds=seeds, widths=listed.replace("-", " "), network=listed),
        header,
        "|---" * 8 + "|",
    ]
    for each in designs:
        rates = ", ".join(f"{rate:.1f}" for rate in each.fmax_all_mhz)
        cells = (each.tool, each.setting, str(each.stages), f"{each.fmax_mhz:.1f} MHz", rates, f"{_ns(each):.0f}")
        lines.append("| " + " | ".join((*cells, str(each.lut), str(each.ff))) + " |")
    lines += [
        "",
        "ns: stages times the shortest clock period.",
        "",
        fastest(designs),
        "",
        "## At the same number of stages or fewer",
        "",
    ]
    lines += [f"* {line}" for line in comparison(designs)]
    lines += ["", "## Slowest paths", ""]
    lines += [f"* {each.tool}, {each.setting}: {each.critical_path}" for each in designs]
    lines += ["", "## Machine", "", *(f"* {name}: {value}" for name, value in facts.items())]
    return "\n".join(lines) + "\n"


def fastest(designs: Sequence[Design]) -> str:
    """The shortest latency of each tool at its own clock, and their ratio."""
    best = {tool: min(_ns(each) for each in designs if each.tool == tool) for tool in ("bxnn", "alkaid")}
    told = "; ".join(f"{tool} {ns:.1f} ns" for tool, ns in best.items())
    return f"Shortest latency of each tool at its own routed clock: {told}, {best['bxnn'] / best['alkaid']:.2f} x."


def _ns(design: Design) -> float:
    return design.stages * 1000.0 / design.fmax_mhz


def comparison(designs: Sequence[Design]) -> list[str]:
    """For each design of alkaid, the fastest one of bxnn with no more stages, and which of the two is faster."""
    lines = []
    for other in (each for each in designs if each.tool == "alkaid"):
        ours = [each for each in designs if each.tool == "bxnn" and each.stages <= other.stages]
        if not ours:
            lines.append(f"alkaid, {other.stages} stages, {other.fmax_mhz:.1f} MHz: bxnn has no design as short")
            continue
        best = max(ours, key=lambda each: each.fmax_mhz)
        ratio = best.fmax_mhz / other.fmax_mhz
        verdict = "faster" if ratio > 1 else "SLOWER"
        lines.append(
            f"alkaid {other.fmax_mhz:.1f} MHz in {other.stages} stages, bxnn {best.fmax_mhz:.1f} MHz in {best.stages}: "
            f"bxnn is {verdict} ({ratio:.2f} x)"
        )
    return lines
