"""Time and memory of scheduling against the number of MACs, up to a million.

    python -m bench.schedule_time [--work build/schedule_time] [--output docs/schedule_time.md]

Networks 16-N-N-N-N-N-5 of `bench/big_network.py` (6-bit weights and activations) at one initiation interval, each in a
separate process: read, lowered and scheduled, its slot tables verified, nothing written. Processor seconds are
counted, so that other work on the machine matters little; memory is the kernel's peak for the process.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import big_network, machine
from bench.process import run
from bxnn.boards.board import load_board
from bxnn.compiler import driver
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.schedule import scheduling

ROOT = Path(__file__).resolve().parent.parent
UNITS = (50, 100, 200, 500)
SEED = 1
DESIGN = 'board: xcvu13p\ninitiation_interval: 128\ninputs: {input_1: "fixed<8,4,RND_CONV,SAT>"}\n'
MOST_SECONDS, MOST_MB = 60.0, 4000.0
INK, SOFT, BLUE = "#1c2733", "#5c6b7a", "#1f5fa8"


@dataclass(frozen=True)
class Timing:
    """One network: MACs, properties of the schedule, processor seconds, peak memory in 10**6 bytes."""

    name: str
    macs: int
    dsp: int
    latency_cycles: int
    lower_seconds: float
    schedule_seconds: float
    peak_rss_mb: float


def measure(widths: Sequence[int], work: Path) -> Timing:
    """Schedule one network in a separate process."""
    name = "-".join(map(str, widths))
    files = big_network.write(work / name, SEED, widths)
    done = run([sys.executable, "-m", "bench.schedule_time", "--one", *map(str, files)], timeout_seconds=3600)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.complaint}")
    macs = sum(a * b for a, b in pairwise(widths))
    return Timing(name, macs, peak_rss_mb=done.peak_rss_mb, **json.loads(done.stdout))


def widths_of(units: int) -> tuple[int, ...]:
    """Inputs, five layers of equal width, outputs."""
    return (16, *[units] * 5, 5)


def schedule_once(architecture: Path, weights: Path) -> dict[str, Any]:
    """Lower and schedule one network in this process."""
    config = parse_config(DESIGN)
    start = time.process_time()
    graph = driver.lower(load_model(architecture, weights, None), config)
    lowered = time.process_time()
    schedule = scheduling.schedule_graph(graph, config, load_board(config.board))
    done = time.process_time()
    facts = {"dsp": schedule.dsp, "latency_cycles": schedule.latency_cycles}
    return facts | {"lower_seconds": lowered - start, "schedule_seconds": done - lowered}


def growth(timings: Sequence[Timing]) -> float:
    """The exponent of time against MACs, fitted to all points: 1 means that time is proportional to MACs."""
    xs = [math.log(timing.macs) for timing in timings]
    ys = [math.log(timing.schedule_seconds) for timing in timings]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def draw(timings: Sequence[Timing], path: Path) -> None:
    """Time and memory against MACs, with a line proportional to the MACs."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    macs = [timing.macs for timing in timings]
    seconds = [timing.schedule_seconds for timing in timings]
    linear = [seconds[0] * count / macs[0] for count in macs]
    left.plot(macs, seconds, "o-", color=BLUE, label=f"scheduling, grows as MACs^{growth(timings):.2f}")
    left.plot(macs, linear, "--", color=SOFT, label="as fast as the MACs")
    left.axhline(MOST_SECONDS, color="#b3261e", linewidth=1, label=f"limit: {MOST_SECONDS:g} s")
    left.set_ylabel("processor time (s)")
    right.plot(macs, [timing.peak_rss_mb for timing in timings], "o-", color=BLUE, label="peak of the process")
    right.axhline(MOST_MB, color="#b3261e", linewidth=1, label=f"limit: {MOST_MB / 1000:g} GB")
    right.set_ylabel("memory (MB)")
    for panel in (left, right):
        panel.set(xscale="log", yscale="log")
        panel.set_xlabel("MACs per event")
        panel.grid(color="#dde3e9", which="both", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False, loc="upper left")
    right.set_ylim(top=20 * MOST_MB / 4)
    left.set_ylim(top=10 * MOST_SECONDS)
    figure.suptitle("Scheduling 16-N-N-N-N-N-5 at an initiation interval of 128 cycles", color=INK)
    figure.savefig(path, dpi=130)


def page(timings: Sequence[Timing], facts: dict[str, str]) -> str:
    """The page as Markdown."""
    lines = [
        "# Time to schedule",
        "",
        "Written by `python -m bench.schedule_time`; figures are from one run, except that DSPs and cycles are kept",
        "those of today's bxnn (`python -m bench.figures --write`). Networks 16-N-N-N-N-N-5 with 6-bit weights and",
        "activations at `initiation_interval: 128`, each read, lowered and scheduled in a separate process, with every",
        "slot table verified. Processor seconds on one core.",
        "",
        "![Time and memory against MACs](schedule_time.png)",
        "",
        "| network | MACs | lowering (s) | scheduling (s) | us per MAC | memory (MB) | DSP | cycles |",
        "|---" * 8 + "|",
    ]
    for timing in timings:
        per_mac = 1e6 * timing.schedule_seconds / timing.macs
        times = f"{timing.lower_seconds:.2f} | {timing.schedule_seconds:.2f} | {per_mac:.0f}"
        costs = f"{timing.peak_rss_mb:.0f} | {timing.dsp} | {timing.latency_cycles}"
        lines.append(f"| {timing.name} | {timing.macs} | {times} | {costs} |")
    largest = timings[-1]
    total = largest.lower_seconds + largest.schedule_seconds
    verdict = "kept" if total <= MOST_SECONDS and largest.peak_rss_mb <= MOST_MB else "NOT kept"
    lines += [
        "",
        f"The time grows as the number of MACs to the power of {growth(timings):.2f}. The limits for the largest",
        f"network, {MOST_SECONDS:g} s and {MOST_MB / 1000:g} GB, are {verdict}.",
        "",
        "## Machine",
        "",
        *(f"* {name}: {value}" for name, value in facts.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all networks and write table and plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "schedule_time")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "schedule_time.md")
    parser.add_argument("--one", nargs=2, type=Path, metavar=("M.json", "W.h5"), help="only this network; prints JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(schedule_once(*arguments.one)))
        return
    facts = machine.facts()
    timings = [measure(widths_of(units), arguments.work) for units in UNITS]
    arguments.output.write_text(page(timings, facts), encoding="utf-8")
    draw(timings, arguments.output.with_suffix(".png"))
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
