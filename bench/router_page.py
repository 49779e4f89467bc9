"""docs/router_check.md from the routed and predicted periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bench.route_fit import Fit
from bxnn.compiler.plural import counted

NEAR, FAR, MEAN = 0.15, 0.25, 0.05  # limits of the errors: of at least ten designs, of all, of their mean
LEAST_NEAR = 10


class Row(Protocol):
    """What the page must know about a design (``bench.router_check.Checked`` has it)."""

    @property
    def name(self) -> str:
        """In words."""

    @property
    def cells(self) -> int:
        """Primitives."""

    @property
    def routed_ns(self) -> tuple[float, ...]:
        """Period for each seed."""

    @property
    def predicted_ns(self) -> float:
        """Predicted period."""

    @property
    def mean_ns(self) -> float:
        """Mean over the seeds."""

    @property
    def error(self) -> float:
        """Error relative to the mean."""


_INTRODUCTION = """# The timing analysis against a real router

Written by `python -m bench.router_check --seeds {seeds}`; every figure is from one run.

No vendor tool runs here, but nextpnr does, for an ECP5 (LFE5U-45F, speed grade 8). Each design goes through `ghdl
--synth`, yosys `synth_ecp5` and nextpnr-ecp5, with registers at all inputs and outputs, and the same netlist through
the analysis of `bxnn synthesize` (`sim/timing/`) with the delays of the ECP5 (`boards/delays/ecp5/`). Delays of cells
are exact; delays of nets are fitted to the slowest paths of all *other* designs, so no design predicts itself. Besides
fan-out, a model before placement must know four things here: a net to a carry chain is longer than one to a LUT, nets
inside a slice are fixed, multipliers that share operands are far apart, and a carry that is read in the fabric leaves
through the sum of another cell of its chain, which the router inserts. The terms for multipliers and for the size of a
design are from an earlier experiment and are not fitted again. The terms for nets to carry chains and for carries that
are read were added after runs of these designs (the latter without a coefficient to fit); only the coefficients are
cross-validated, one design at a time.
"""


def page(
    rows: Sequence[Row], wrong: Sequence[tuple[Row, Row]], whole: Fit, seeds: int, facts: Mapping[str, str]
) -> str:
    """The page as Markdown."""
    lines = [_INTRODUCTION.format(seeds=seeds)]
    lines += ["| design | cells | routed ns (seeds) | mean | predicted | ratio |", "|---" * 6 + "|"]
    for row in rows:
        periods = ", ".join(f"{period:.2f}" for period in row.routed_ns)
        cells = (row.name, str(row.cells), periods, f"{row.mean_ns:.2f}", f"{row.predicted_ns:.2f}")
        lines.append("| " + " | ".join((*cells, f"{1 + row.error:.2f}")) + " |")
    lines += ["", "## Errors", "", *(f"* {line}" for line in verdicts(rows, wrong))]
    route = whole.delays.route
    fit = (
        f"{whole.samples} nets: {route.to_lut:.3f} ns to a LUT, {route.to_carry:.3f} ns to a carry chain, "
        f"{route.per_doubling:.3f} ns for every doubling of the fan-out; standard deviation {whole.deviation:.3f} ns"
    )
    lines += ["", "## Nets, fitted on all designs", "", fit]
    lines += ["", "## Machine", "", *(f"* {name}: {value}" for name, value in facts.items())]
    return "\n".join(lines) + "\n"


def checks(rows: Sequence[Row], wrong: Sequence[tuple[Row, Row]]) -> tuple[tuple[str, bool], ...]:
    """The requirements, and whether they are met."""
    near, far = (sum(abs(row.error) <= bound for row in rows) for bound in (NEAR, FAR))
    mean = sum(row.error for row in rows) / len(rows)
    worst = max(rows, key=lambda row: abs(row.error))
    return (
        (f"{near} of {len(rows)} within {NEAR:.0%}", near >= LEAST_NEAR),
        (f"{far} of {len(rows)} within {FAR:.0%}; worst {worst.error:+.0%} ({worst.name})", far == len(rows)),
        (f"mean {mean:+.1%}", abs(mean) <= MEAN),
        (f"{counted(len(wrong), 'pair')} in the wrong order among those that differ by more than 15 %", not wrong),
    )


def verdicts(rows: Sequence[Row], wrong: Sequence[tuple[Row, Row]]) -> list[str]:
    """The same in words."""
    return [f"{text}: {'met' if met else 'MISSED'}" for text, met in checks(rows, wrong)]
