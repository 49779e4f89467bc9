"""The third-party jet tagger at one event per bunch crossing, at several clocks: what closes, and how long it takes.

    python -m bench.clock_sweep [--models ../shared/models] [--output docs/clock_sweep.md]

At n clocks per bunch crossing the initiation interval is n. Each clock closes with pessimistic delays, or with typical
ones only, or is refused; the page says which, with the path that limits it. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.scheduled import scheduled
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.hardware.lhc_clock import LHC_CLOCK_MHZ

ROOT = Path(__file__).resolve().parent.parent
CLOCKS_PER_BX = (4, 6, 8, 10, 12, 16)
BOARD = "xcvu9p"
_DESIGN = """board: {board}
clock_mhz: {mhz:.3f}
initiation_interval: {interval}
inputs: {{fc1_input: "fixed<8,4,RND_CONV,SAT>"}}
timing: {{estimate: {estimate}}}
"""
_INTRODUCTION = """# The jet tagger at several clocks

Written by `python -m bench.clock_sweep`; every figure is from one run.

The third-party network 16-64-32-32-5 on an {board} -2, one event per bunch crossing: at n clocks per bunch crossing,
II = n. "closes" means that every path fits the period less 5 % with pessimistic delays of nets; "typical" that it does
so only with typical ones ([timing.md](timing.md)). The slowest path is the one that limits the clock; LUTs and
flip-flops are predicted ([cost_model.md](cost_model.md)).

| clocks per BX = II | MHz | | cycles | ns | BX | DSP | LUT | FF | closes up to | slowest path |
|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---|
"""


@dataclass(frozen=True)
class Point:
    """One clock.

    Attributes:
        clocks_per_bx: Clocks per bunch crossing, and the initiation interval.
        clock_mhz: The clock.
        estimate: ``pessimistic`` or ``typical``: the delays with which it closes; ``None`` if it is refused.
        latency_cycles: Latency.
        latency_ns: The same.
        latency_bx: The same.
        dsp: DSP slices.
        lut: Predicted look-up tables.
        ff: Predicted flip-flops.
        max_clock_mhz: The clock up to which the design closes, with the delays of ``estimate``.
        told: What limits the clock: the slowest path, or the reason of the refusal.
    """

    clocks_per_bx: int
    clock_mhz: float
    estimate: str | None = None
    latency_cycles: int | None = None
    latency_ns: float | None = None
    latency_bx: float | None = None
    dsp: int | None = None
    lut: int | None = None
    ff: int | None = None
    max_clock_mhz: float | None = None
    told: str = ""


def measure(models: Path, clocks_per_bx: int) -> Point:
    """The fastest design at a clock."""
    mhz, folder, refused = clocks_per_bx * LHC_CLOCK_MHZ, models / "jet_tagger", ""
    files = folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    for estimate in ("pessimistic", "typical"):
        text = _DESIGN.format(board=BOARD, mhz=mhz, interval=clocks_per_bx, estimate=estimate)
        try:
            _, found = scheduled(*files, parse_config(text))
        except LimitMissedError as error:
            refused = refused or str(error)
            continue
        assert found.timing is not None and found.predicted is not None
        return Point(
            clocks_per_bx,
            mhz,
            estimate,
            found.latency_cycles,
            found.latency_ns,
            found.latency_bx,
            found.dsp,
            found.predicted.lut,
            found.predicted.ff,
            found.timing.max_clock_mhz,
            found.timing.worst_path or "",
        )
    return Point(clocks_per_bx, mhz, told=refused)


def page(points: Sequence[Point]) -> str:
    """The page as Markdown."""
    return _INTRODUCTION.format(board=BOARD) + "\n".join(map(row_of, points)) + "\n"


def row_of(point: Point) -> str:
    """A row of the page."""
    first = f"| {point.clocks_per_bx} | {point.clock_mhz:.1f} "
    if point.estimate is None:
        return f"{first}| refused | | | | | | | | {point.told} |"
    closes = "closes" if point.estimate == "pessimistic" else "typical"
    time = f"{point.latency_cycles} | {point.latency_ns:.1f} | {point.latency_bx:.2f}"
    return (
        f"{first}| {closes} | {time} | {point.dsp} | {point.lut} | {point.ff} | {point.max_clock_mhz:.1f} MHz "
        f"| {point.told} |"
    )


def main() -> None:
    """Compile at all clocks, write the page and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "clock_sweep.md")
    arguments = parser.parse_args()
    points = [measure(arguments.models, clocks) for clocks in CLOCKS_PER_BX]
    arguments.output.write_text(page(points), encoding="utf-8")
    closing = sum(point.estimate == "pessimistic" for point in points)
    fastest = min(points, key=lambda point: point.latency_ns or float("inf"))
    facts = {f"clocks_{point.clocks_per_bx}": asdict(point) for point in points}
    print(json.dumps({**facts, "closing": closing, "shortest_ns": fastest.latency_ns}))


if __name__ == "__main__":
    main()
