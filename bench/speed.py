"""How many events of the jet tagger per second Verilator and the emulator verify, on all cores of an idle machine.

    python -m bench.speed [--models ../shared/models] [--work build/speed]

For Verilator it is the time of day of `bxnn verify --events 1000000 --engines verilator` on a fresh build: GHDL,
Verilator and g++, the random events, the reference and the comparison are included. For the emulator, codes in and
codes out in memory, one call per core at a time. Takes a minute. Exit 1: fewer than 40,000 or 6,000,000 events in a
second.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import machine
from bench.verification import built
from bench.verification_parts import ROOT, TAGGER
from bench.workers import seconds_of
from bxnn.compiler.backend.build_folder import Build
from bxnn.sim.emulator import Emulator
from bxnn.sim.events import random_codes
from bxnn.sim.reference import Reference

EVENTS = 1_000_000
CALLS = 5
LEAST = {"verilator": 40_000, "emulator": 6_000_000}


def emulated_per_second(build: Path, scratch: Path, cores: int) -> float:
    """Events per second of the emulator, which is compiled before."""
    opened = Build(build)
    reference = Reference(opened.graph)
    emulator = Emulator(opened.emulator, scratch, reference)
    codes = random_codes(reference, EVENTS // 2, 1)
    emulator.output_codes(codes)
    with ThreadPoolExecutor(cores) as pool:
        start = time.monotonic()
        done = list(pool.map(emulator.output_codes, [codes] * (CALLS * cores)))
        seconds = time.monotonic() - start
    return len(done) * (EVENTS // 2) / seconds


def told(found: dict[str, float]) -> tuple[list[str], list[str]]:
    """What was measured, and what is missed.

    Args:
        found: Events per second of each engine.
    """
    measured = [f"{name}: {speed:,.0f} events per second" for name, speed in found.items()]
    missed = [
        f"{name}: {speed:,.0f} events per second, below {LEAST[name]:,}"
        for name, speed in found.items()
        if speed < LEAST[name]
    ]
    return measured, missed


def main() -> None:
    """Parse the command line, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder of the models")
    parser.add_argument("--work", type=Path, default=ROOT / "build/speed", help="folder for the build")
    arguments = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    for name, value in machine.facts().items():
        print(f"{name}: {value}")
    shutil.rmtree(arguments.work, ignore_errors=True)  # what was compiled before would not be measured
    build = built(TAGGER, arguments.work, arguments.models.resolve())
    verified = EVENTS / seconds_of(build, EVENTS, cores, "verilator")
    emulated = emulated_per_second(build, arguments.work / "emulator", cores)
    measured, missed = told({"verilator": verified, "emulator": emulated})
    print("\n".join(measured))
    for line in missed:
        print(line, file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
