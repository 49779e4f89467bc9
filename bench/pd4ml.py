"""What the published networks of the shared tasks pd4ml need, and what a search finds within one device.

    python -m bench.pd4ml [--data DATASETS] [--task NAME ...] [--work build/pd4ml] [--page docs/pd4ml.md]

`--data` is a folder with downloads of pd4ml; without it, events are generated. Each network is built in Keras,
untrained, calibrated to 6 bits and compiled for the shortest of the intervals 8, 16, 32, ... cycles for which a
schedule fits the device and closes at its clock. Then `bxnn search` looks for a network that takes an event in every
bunch crossing, within half of the device. Results are kept by task in the folder of work; what is there is not done
again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import bxnn
from bench.pd4ml_page import Needs, page
from bxnn.boards.board import load_board
from bxnn.compiler.errors import ModelError, ScheduleError
from bxnn.compiler.numeric.integers import ceil_div
from examples.pd4ml.networks import network
from examples.pd4ml.tasks import TASKS, Array, Task

BOARD, CLOCK_MHZ, CLOCKS_PER_BX = "xcvu13p", 320.632, 8
BITS, CALIBRATED, SEARCHED = 6, 300, 6000
LONGEST = 1 << 14
SEARCH: dict[str, Any] = {
    "board": BOARD,
    "clock_mhz": CLOCK_MHZ,
    "initiation_interval": CLOCKS_PER_BX,
    "budget": {"latency_ns": 250, "dsp": 6144, "lut": 400000},
    "fidelity": {"epochs": 8},
    "engine": "random",
    "trials": 3,
    "verify": "cpp",
}
DENSE = {"depth": [1, 2], "widths": [4, 8, 16], "bits": [4, 6], "pruning": [0.5, 0.75], "strategy": "dsp"}
SPACES = {
    "TopTagging": {**DENSE, "family": "deepsets", "depth": 2, "widths": [4, 8]},
    "Airshower": {**DENSE, "depth": 1, "widths": [2, 4]},
}


def sample(task: Task, data: Path | None, events: int) -> tuple[Array, Array]:
    """Features and labels, real ones if there are any."""
    if data is None:
        return task.generate(events)
    x, y = task.load(data)
    return x[:events], y[:events]


def needs(task: Task, x: Array, work: Path) -> dict[str, Any]:
    """The published network: its multiplications, and the shortest interval that fits the device."""
    model = network(task)
    file = work / f"{task.name}.keras"
    model.save(file)
    formats = bxnn.calibrate(file, x[:CALIBRATED], bits=BITS)
    limit = load_board(BOARD).dsp
    interval = CLOCKS_PER_BX
    while interval <= LONGEST:
        config = {"board": BOARD, "clock_mhz": CLOCK_MHZ, "initiation_interval": interval, "strategy": "dsp"}
        try:
            report = bxnn.compile(file, work / f"{task.name}_build", config=config, formats=formats)
            break
        except (ScheduleError, ModelError):  # too many connections for one event at once, too
            interval *= 2
    else:
        raise ScheduleError(task.name, f"has no schedule up to {LONGEST} cycles")
    return {
        "macs": report.macs,
        "interval": report.initiation_interval,
        "latency_ns": report.latency_ns,
        "dsp": report.dsp,
        "dsp_share": report.dsp / limit,
        "lut": report.predicted.lut if report.predicted else None,
        "devices": ceil_div(report.initiation_interval, CLOCKS_PER_BX),
    }


def slim(task: Task, x: Array, y: Array, work: Path) -> dict[str, Any] | None:
    """The best network that a search finds within half of the device; ``None`` if it finds none."""
    x = x.reshape(len(x), -1, 4) if task.name == "TopTagging" else x.reshape(len(x), -1)
    config = {**SEARCH, "task": "regression" if task.regression else "classification"}
    found = bxnn.search(x, y, space=SPACES.get(task.name, DENSE), folder=work / f"{task.name}_search", config=config)
    if not found.front:
        return None
    best, counts = found.front[0], found.counts
    return {
        "network": best.description,
        "objective": found.config.objective,
        "value": best.test.value,
        "error": best.test.error,
        "macs": best.macs,
        "latency_ns": best.final.latency_ns,
        "dsp": best.final.dsp,
        "lut": best.final.lut,
        "trained": counts.trained,
        "refused": counts.refused,
        "spread": float(np.std(y)) if task.regression else None,
    }


def main(argv: list[str] | None = None) -> None:
    """Run what is missing, and write the page of what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with downloads of pd4ml; default: generated events")
    parser.add_argument("--task", choices=TASKS, nargs="+", default=list(TASKS))
    parser.add_argument("--work", type=Path, default=Path("build/pd4ml"))
    parser.add_argument("--page", type=Path, default=Path("docs/pd4ml.md"))
    chosen = parser.parse_args(argv)
    chosen.work.mkdir(parents=True, exist_ok=True)
    for name in chosen.task:
        kept = chosen.work / f"{name}.json"
        if kept.exists():
            continue
        x, y = sample(TASKS[name], chosen.data, SEARCHED)
        with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
            found = needs(TASKS[name], x, Path(folder))
        found |= {"slim": slim(TASKS[name], x, y, chosen.work), "real": chosen.data is not None}
        kept.write_text(json.dumps(found))
    paths = {name: chosen.work / f"{name}.json" for name in TASKS}
    known = [Needs(name, **json.loads(path.read_text())) for name, path in paths.items() if path.exists()]
    chosen.page.write_text(page(known, BOARD, CLOCK_MHZ))


if __name__ == "__main__":
    main()
