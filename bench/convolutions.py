"""Measure convolutional networks in both hardware forms and write one table.

Usage, in the repository's root:
    python -m bench.convolutions [--only NAME] [--models ../shared/models] [--simulator ghdl|verilator]
                                 [--output docs/convolutions.md]
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from bench import convolutional_networks, machine
from bench.big_network import NetworkFiles
from bench.convolution_cases import CASES, CLOCK_MHZ, Case
from bench.process import run
from bench.scheduled import scheduled
from bench.target import Target
from bxnn.compiler.config.design_config import parse_config

ROOT = Path(__file__).resolve().parent.parent
SEED = 20210113
TIMEOUT_SECONDS = 7200.0
LARGE = 100  # DSPs from which the efficiency of a convolution has a target
SLACK_CYCLES = 4  # by which a packed design may be slower than its counterpart
INTRODUCTION = """\
# Convolutional networks

Written by `{command}`; figures are from this run on this machine, except that DSPs, cycles and
predictions are kept those of today's bxnn (`python -m bench.figures --write`).

{machine}

mnist_cnn is the third-party QKeras network (28x28x1, 380k MACs). Calorimeter (18x14x1, conv 2x2/2 with 4 filters, dense
16, dense 1: 5,056 MACs) and SVHN (the network of hls4ml's CNN paper, arXiv:2101.05108: 32x32x3, 841k MACs) have 6-bit
weights drawn with seed {seed} and `quantized_relu(6,2)`. Latency is counted from the cycle of `in_valid`; for streamed
images from the last beat. Simulations compare every output bit and every cycle with the integer reference, on random
images and on directed ones, back to back and with gaps. "Not measured" means that a command failed.
Targets are those of the packed design, which is the one simulated. "One product per DSP" is the same without
packing; "no slower" has the fewest DSPs with packing at the latency of that one. Both are compiled for comparison only.
"""


QUANTITIES = {  # key: label of the row, and the format of its number
    "dsp": ("DSP", ",.0f"),
    "latency": ("latency, cycles", ",.0f"),
    "last_beat": ("latency from the last beat, cycles", ",.0f"),
    "efficiency": (f"lowest efficiency of convolutions above {LARGE} DSP", ".3f"),
    "compile_seconds": ("compile, s", ".1f"),
    "peak_mb": ("compile, peak MB", ",.0f"),
    "images": ("images simulated", ",.0f"),
    "mismatches": ("mismatches", ",.0f"),
    "late": ("cycles off the predicted latency", ",.0f"),
    "packed": ("times fewer DSP by packing", ".2f"),
    "packed_latency": ("cycles slower by packing", ",.0f"),
}
PLAIN = ", one product per DSP, as fast"
PACKED = {"packed": Target(">=", 1.7), "packed_latency": Target("<=", SLACK_CYCLES)}
ALWAYS = {"mismatches": Target("==", 0), "late": Target("==", 0)}


def files_of(network: str, models: Path, work: Path) -> NetworkFiles:
    """The model's files; seeded networks are written first."""
    if network == "mnist_cnn":
        folder = models / "mnist_cnn"
        return NetworkFiles(folder / "qkeras_mnist_cnn.json", folder / "qkeras_mnist_cnn_weights.h5")
    plan = convolutional_networks.SVHN if network == "svhn" else convolutional_networks.CALORIMETER
    return convolutional_networks.write(work, network, plan, SEED)


def bxnn(errors: list[str], label: str, *arguments: object) -> tuple[float, float] | None:
    """Run the command line; wall seconds and peak megabytes, or None and a line in ``errors``."""
    command = [sys.executable, "-c", "from bxnn.compiler.cli import main; main()", *map(str, arguments)]
    finished = run(command, TIMEOUT_SECONDS)
    if finished.returncode:
        errors.append(f"{label}: {finished.complaint}")
        return None
    return finished.wall_seconds, finished.peak_rss_mb


def _design(case: Case, packing: str) -> str:
    return f"board: xcvu13p\nclock_mhz: {CLOCK_MHZ}\npacking: {packing}\n{case.design}"


def predicted_case(case: Case, files: NetworkFiles, packing: str) -> dict[str, float]:
    """What a compilation would predict, with nothing written."""
    _, report = scheduled(files.architecture, files.weights, parse_config(_design(case, packing)))
    return predicted(report.model_dump(mode="json"))


def compile_case(case: Case, files: NetworkFiles, build: Path, packing: bool, errors: list[str]) -> dict[str, float]:
    """Compile into an empty folder; what the report predicts."""
    shutil.rmtree(build, ignore_errors=True)
    config = build.with_suffix(".yaml")
    config.write_text(_design(case, "auto" if packing else "none"))
    ran = bxnn(errors, build.name, "compile", files.architecture, "--weights", files.weights, "-c", config, "-o", build)
    if ran is None:
        return {}
    report = json.loads((build / "report.json").read_text())
    return {"compile_seconds": ran[0], "peak_mb": ran[1], **predicted(report)}


def predicted(report: Mapping[str, Any]) -> dict[str, float]:
    """The quantities that a compilation gives."""
    found: dict[str, float] = {"dsp": report["dsp"], "latency": report["latency_cycles"]}
    large = [layer for layer in report["layers"] if layer["kind"] == "conv2d" and layer["dsp"] > LARGE]
    if large:
        found["efficiency"] = min(layer["dsp_efficiency"] for layer in large)
    if report.get("stream"):
        found["last_beat"] = report["stream"]["latency_from_last_beat_cycles"]
    return found


def simulate_case(case: Case, build: Path, errors: list[str]) -> dict[str, float]:
    """Random images through the firmware; what was measured."""
    shape = json.loads((build / "report.json").read_text())["inputs"][0]["elements"]
    pixels = np.random.default_rng(SEED).integers(0, 256, (case.images, shape)) / 256
    dark = np.random.default_rng(SEED + 1).random(pixels.shape) < 0.5
    dimensions = {"calorimeter": (18, 14, 1), "mnist_cnn": (28, 28, 1), "svhn": (32, 32, 3)}[case.network]
    data = build.with_suffix(".npy")
    np.save(data, np.where(dark, 0, pixels).reshape(-1, *dimensions))
    bxnn(errors, f"simulate {build.name}", "simulate", build, "--input", data, "--simulator", case.simulator)
    report = json.loads((build / "report.json").read_text())
    simulation: dict[str, Any] = report.get("simulation") or {}
    if not simulation:
        return {}
    late = abs(simulation["latency_cycles"] - report["latency_cycles"])
    if report.get("stream"):
        from_last = simulation["latency_from_last_beat_cycles"]
        late += abs(from_last - report["stream"]["latency_from_last_beat_cycles"])
    return {"images": simulation["events"], "mismatches": simulation["mismatches"], "late": late}


def title_of(case: Case) -> str:
    """A design in the table."""
    return case.design.splitlines()[0].replace("initiation_interval:", "II =")


def rows_of(case: Case, title: str, found: Mapping[str, float], targets: Mapping[str, Target]) -> tuple[list[str], int]:
    """The rows of one build, and how many targets are missed."""
    rows, missed = [], 0
    for key, (name, form) in QUANTITIES.items():
        value, target = found.get(key), targets.get(key)
        if value is None and target is None:
            continue
        bound, verdict, failed = Target.judged(target, value)
        missed += failed
        shown = "not measured" if value is None else format(value, form)
        where = f" in {case.simulator}" if key == "images" else ""
        rows.append(f"| {case.network} | {title} | {name}{where} | {shown} | {bound} | {verdict} |")
    return rows, missed


def measure(case: Case, models: Path, work: Path, errors: list[str]) -> tuple[list[str], int]:
    """Two builds of a case: packed, which is simulated, and one product per DSP at the same latency."""
    files = files_of(case.network, models, work)
    packed = compile_case(case, files, work / case.name, True, errors)
    if packed:
        packed.update(simulate_case(case, work / case.name, errors))
    plain = _unpacked(case, files, work, packed, errors)
    rows, missed = list[str](), 0
    for suffix, found, targets in (
        ("", packed, {**case.targets, **ALWAYS}),
        (PLAIN, plain, PACKED),
    ):
        lines, misses = rows_of(case, title_of(case) + suffix, found, targets)
        rows, missed = rows + lines, missed + misses
    return rows, missed


def _unpacked(
    case: Case, files: NetworkFiles, work: Path, packed: Mapping[str, float], errors: list[str]
) -> dict[str, float]:
    """One product per DSP, with the fewest DSPs at the latency of the packed design, within the slack."""
    if not packed:
        return {}
    found = compile_case(as_fast(case, packed), files, work / f"{case.name}_unpacked", False, errors)
    return found | by_packing(packed, found) if found else {}


def as_fast(case: Case, packed: Mapping[str, float]) -> Case:
    """The design with the latency of the packed one, within the slack, instead of its budget of DSPs."""
    limit = f"budget: {{latency_ns: {(packed['latency'] + SLACK_CYCLES + 0.01) / CLOCK_MHZ * 1000:.4f}}}"
    lines = (line for line in case.design.splitlines() if not line.startswith("budget"))
    return case._replace(design="\n".join(lines) + f"\n{limit}\n")


def by_packing(packed: Mapping[str, float], plain: Mapping[str, float]) -> dict[str, float]:
    """What packing saves, and what it costs."""
    return {"packed": plain["dsp"] / packed["dsp"], "packed_latency": packed["latency"] - plain["latency"]}


def main(
    only: Annotated[list[str] | None, typer.Option(help="Measure this case only; may be repeated.")] = None,
    models: Annotated[Path, typer.Option(help="Folder with mnist_cnn/.")] = Path("../shared/models"),
    simulator: Annotated[str | None, typer.Option(help="ghdl or verilator, instead of each case's own.")] = None,
    output: Annotated[Path, typer.Option(help="The page to write.")] = Path("docs/convolutions.md"),
    work: Annotated[Path, typer.Option(help="Folder for builds.")] = Path("build/convolutions"),
) -> None:
    """Compile and simulate the convolutional networks. Exit 1: something failed; the page has the rest."""
    work.mkdir(parents=True, exist_ok=True)
    facts, errors, rows, missed = machine.facts(), list[str](), list[str](), 0
    for case in CASES:
        if only and case.name not in only:
            continue
        typer.echo(f"{case.name}: measuring", err=True)
        chosen = case if simulator is None else case._replace(simulator=simulator)
        lines, misses = measure(chosen, models.resolve(), work.resolve(), errors)
        rows, missed = rows + lines, missed + misses
    output.write_text(page(shlex.join(["python", "-m", "bench.convolutions", *sys.argv[1:]]), facts, rows))
    for line in errors:
        typer.echo(f"failed: {line}", err=True)
    typer.echo(f"{output}: {missed} targets missed or not measured", err=True)
    raise typer.Exit(1 if errors else 0)


def page(command: str, facts: Mapping[str, str], rows: Sequence[str]) -> str:
    """The page in markdown."""
    lines = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    head = ["| network | design | quantity | measured | target | met |", "|---|---|---|---:|---:|---|"]
    introduction = INTRODUCTION.format(command=command, machine=lines, seed=SEED)
    return introduction + "\n" + "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    typer.run(main)
