"""Build a bxnn emulator from scratch, time it on one core and compare it with the reference; prints one line of JSON.

Usage: python -m bench.time_emulator BUILD EVENTS SEED
"""

from __future__ import annotations

import importlib
import json
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

REPEATS = 5
BLOCK = 20_000  # events that the reference evaluates at a time


def main() -> None:
    """Random codes over the whole range of each input; rates are those for real values in and out."""
    numpy = importlib.import_module("numpy")
    project = importlib.import_module("bxnn.compiler.backend.build_folder")
    sim = {name: importlib.import_module(f"bxnn.sim.{name}") for name in ("emulator", "events", "reference")}
    folder, events, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    build = project.Build.open(folder)
    reference = sim["reference"].Reference(build.graph)
    scratch = folder.with_name(f"{folder.name}_emulator")
    shutil.rmtree(scratch, ignore_errors=True)
    start = time.perf_counter()
    emulator = sim["emulator"].Emulator(build.emulator, scratch, reference)
    facts: dict[str, Any] = {"events": events, "seed": seed, "build_seconds": time.perf_counter() - start}
    codes = sim["events"].random_codes(reference, events, seed)
    values = {name: array * reference.tensors[name].format.lsb for name, array in codes.items()}
    for key, function, data in (("", emulator.predict, values), ("codes_", emulator.output_codes, codes)):
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            function(data)
            seconds.append(time.perf_counter() - start)
        facts[f"{key}events_per_second"] = events / statistics.median(seconds)
    found, wrong = emulator.output_codes(codes), 0
    for first in range(0, events, BLOCK):
        block = {name: array[first : first + BLOCK] for name, array in codes.items()}
        expected = reference.output_codes(block)
        differs = numpy.zeros(len(next(iter(block.values()))), bool)
        for name, array in expected.items():
            same = found[name][first : first + BLOCK] == array
            differs |= ~same.reshape(len(same), -1).all(axis=1)
        wrong += int(differs.sum())
    print(json.dumps(facts | {"mismatches": wrong}))


if __name__ == "__main__":
    main()
