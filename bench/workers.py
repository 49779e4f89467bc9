"""How many events per second GHDL and Verilator simulate on one process and on two, on an idle machine.

    python -m bench.workers [--models ../shared/models] [--work build/workers]

The network is the jet tagger, the command `bxnn verify --engines ENGINE`, start of the processes included, compilation
not. What the machine allows is measured beside it: the same GHDL simulation started by hand, once and then twice at
once. Takes five minutes. Exit 1: two processes verify less than 1.7 times as fast as one, or GHDL fewer than 60 events
in a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import machine
from bench.verification import built
from bench.verification_parts import ROOT, TAGGER
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report import load_report
from bxnn.compiler.verification import verify
from bxnn.compiler.verification.shard import shards_of
from bxnn.sim.bench.replay import Replay
from bxnn.sim.events import random_codes
from bxnn.sim.reference import Reference

ENGINES = "ghdl", "verilator"
PIECES, VERILATED_EVENTS = 4, 1_000_000
LEAST_GAIN = 1.7
LEAST_EVENTS_PER_SECOND = {"ghdl": 60.0}


def seconds_of(build: Path, events: int, workers: int, engine: str) -> float:
    """Wall time of a verification, which must find nothing."""
    start = time.monotonic()
    verify(build, events, engines=(engine,), workers=workers)
    return time.monotonic() - start


def gain_by_hand(build: Path, events: int) -> float:
    """How many times the events of one GHDL two that run at once simulate, with neither bxnn nor Dask around them."""
    opened = Build.open(build)
    codes = random_codes(Reference(opened.graph), events, seed=0)
    flat = {name: array.reshape(events, -1) for name, array in codes.items()}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        replay = Replay.build(opened.vhdl, Interface.load(opened.interface), folder / "ghdl")

        def seconds(simulations: int) -> float:
            places = [folder / f"{simulations}_{number}" for number in range(simulations)]
            for place in places:
                place.mkdir()
            start = time.monotonic()
            with ThreadPoolExecutor(simulations) as pool:
                list(pool.map(lambda place: replay.output_codes(flat, place), places))
            return time.monotonic() - start

        return 2 * seconds(1) / seconds(2)


def told(engine: str, events: int, one: float, two: float) -> tuple[list[str], list[str]]:
    """What was measured, and what is missed.

    Args:
        engine: That was run.
        events: Of each run.
        one: Seconds of the run on one process.
        two: Of that on two.
    """
    gain, speed, least = one / two, events / two, LEAST_EVENTS_PER_SECOND.get(engine, 0.0)
    measured = [
        f"{engine}, one process: {events / one:,.1f} events per second",
        f"{engine}, two processes: {speed:,.1f} events per second, {gain:.2f} times as many",
    ]
    missed = []
    if gain < LEAST_GAIN:
        missed.append(f"{engine}: two processes are {gain:.2f} times as fast as one, below {LEAST_GAIN}")
    if speed < least:
        missed.append(f"{engine}: {speed:.1f} events per second on two processes, below {least:.0f}")
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
    piece = next(shards_of("ghdl", sys.maxsize, load_report(build / "report.json").macs)).events
    failed = False
    for engine in ENGINES:
        events = PIECES * piece if engine == "ghdl" else VERILATED_EVENTS
        seconds_of(build, 1, 1, engine)  # compiles
        measured, missed = told(engine, events, *(seconds_of(build, events, workers, engine) for workers in (1, 2)))
        failed = failed or bool(missed)
        print("\n".join(measured), flush=True)
        for line in missed:
            print(line, file=sys.stderr)
    print(f"ghdl, two simulations by hand: {gain_by_hand(build, piece):.2f} times as many events as one", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
