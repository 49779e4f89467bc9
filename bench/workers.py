"""How many events per second GHDL simulates on one process and on two, on an idle machine; takes two or three minutes.

    python -m bench.workers [--models ../shared/models] [--work build/workers]

The network is the jet tagger, the command `bxnn verify --engines ghdl`, start of the processes included, compilation of
the VHDL not. Exit 1: two processes verify less than 1.7 times as fast as one, or fewer than 60 events in a second.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bench import machine
from bench.verification import built
from bench.verification_parts import ROOT, TAGGER
from bxnn.compiler.report import load_report
from bxnn.compiler.verification import verify
from bxnn.compiler.verification.shard import shards_of

ENGINE = "ghdl"
PIECES = 4
LEAST_GAIN = 1.7
LEAST_EVENTS_PER_SECOND = 60.0


def seconds_of(build: Path, events: int, workers: int, engine: str = ENGINE) -> float:
    """Wall time of a verification, which must find nothing."""
    start = time.monotonic()
    verify(build, events, engines=(engine,), workers=workers)
    return time.monotonic() - start


def told(events: int, one: float, two: float) -> tuple[list[str], list[str]]:
    """What was measured, and what is missed.

    Args:
        events: Of each run.
        one: Seconds of the run on one process.
        two: Of that on two.
    """
    gain, speed = one / two, events / two
    measured = [
        f"one process: {events / one:.1f} events per second",
        f"two processes: {speed:.1f} events per second, {gain:.2f} times as many",
    ]
    missed = []
    if gain < LEAST_GAIN:
        missed.append(f"two processes are {gain:.2f} times as fast as one, below {LEAST_GAIN}")
    if speed < LEAST_EVENTS_PER_SECOND:
        missed.append(f"{speed:.1f} events per second on two processes, below {LEAST_EVENTS_PER_SECOND:.0f}")
    return measured, missed


def main() -> None:
    """Parse the command line, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder of the models")
    parser.add_argument("--work", type=Path, default=ROOT / "build/workers", help="folder for the build")
    arguments = parser.parse_args()
    for name, value in machine.facts().items():
        print(f"{name}: {value}")
    build = built(TAGGER, arguments.work, arguments.models.resolve())
    piece = next(shards_of(ENGINE, sys.maxsize, load_report(build / "report.json").macs)).events
    seconds_of(build, 1, 1)  # compiles the VHDL
    one, two = (seconds_of(build, PIECES * piece, workers) for workers in (1, 2))
    measured, missed = told(PIECES * piece, one, two)
    print("\n".join(measured))
    for line in missed:
        print(line, file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
