"""Measure bxnn through its command line; prints one line of JSON.

Three networks: the third-party jet tagger at II = 8, the third-party mnist_cnn at II = 64, and a
16-200-200-200-200-200-5 network at II = 32. A
command that fails is named under ``errors``, and its figures are omitted, never 0.

The compiler runs first, while this process is small: the kernel counts the caller's memory towards a
child's peak.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench import big_network, cpp
from bench.process import Finished, run
from bxnn.compiler.numeric.integers import ceil_div

ROOT = Path(__file__).resolve().parent.parent

DESIGNS = ROOT / "bench" / "designs"
SEED = 20190328
NOISE = 0.1  # standard deviation added to the tiled jets; the inputs are standardised
PREDICT_EVENTS = 1_000_000
GHDL_TIMED_EVENTS = 200
GHDL_CHECKED_EVENTS = 1_000
BIG_EVENTS = 4
EMULATOR_EVENTS = 1_000_000
CNN_EMULATOR_EVENTS = 5_000
CNN_CSIM_EVENTS = 50
TIMEOUT_SECONDS = 1200.0
REPORT_KEYS = ("dsp", "latency_cycles", "initiation_interval", "dsp_efficiency", "macs", "macs_nonzero")

Facts = dict[str, Any]


@dataclass
class Session:
    """Where things are, and what went wrong so far.

    Attributes:
        bxnn: The command line tool.
        python: The interpreter of the environment that bxnn is installed in.
        work: Folder for builds and arrays; leftovers of an earlier run are overwritten.
        errors: One line for each command that failed.
    """

    bxnn: Path
    python: Path
    work: Path
    errors: list[str] = field(default_factory=list)

    def command(self, label: str, command: Sequence[object]) -> Finished | None:
        """Run a command; None and a line in ``errors`` if it cannot start or does not exit with 0."""
        try:
            finished = run([str(part) for part in command], TIMEOUT_SECONDS)
        except OSError as error:
            self.errors.append(f"{label}: {error}")
            return None
        if finished.returncode != 0:
            self.errors.append(f"{label}: {finished.complaint}")
            return None
        return finished

    def report(self, build: Path) -> Facts:
        """The build's report.json; empty, with a line in ``errors``, if it cannot be read."""
        try:
            report: Facts = json.loads((build / "report.json").read_text())
        except (OSError, json.JSONDecodeError) as error:
            self.errors.append(f"{build.name}/report.json: {error}")
            return {}
        return report


def compile_network(session: Session, name: str, model: Path, weights: Path) -> tuple[Path, Facts]:
    """Compile into an empty folder, in a separate process; the facts are empty if that fails."""
    build = session.work / name
    shutil.rmtree(build, ignore_errors=True)
    command = [
        session.bxnn,
        "compile",
        model,
        "--weights",
        weights,
        "-c",
        DESIGNS / f"{name}.yaml",
        "-o",
        build,
    ]
    finished = session.command(f"compile {name}", command)
    if finished is None:
        return build, {}
    report = session.report(build)
    facts: Facts = {key: report.get(key) for key in REPORT_KEYS}
    facts |= {"compile_seconds": finished.wall_seconds, "compile_peak_rss_mb": finished.peak_rss_mb}
    return build, facts


def simulate(session: Session, build: Path, jets: Path, events: int) -> Facts:
    """Simulate the first jets with GHDL; wall seconds, and bxnn's measurements from report.json."""
    label = f"simulate {build.name} {events} events"
    command = [
        session.bxnn,
        "simulate",
        build,
        "--input",
        jets,
        "--events",
        str(events),
        "--simulator",
        "ghdl",
    ]
    finished = session.command(label, command)
    simulation = session.report(build).get("simulation") if finished else None
    if finished is None or not simulation:
        return {}
    if simulation.get("events") != events:
        session.errors.append(f"{label}: report.json counts {simulation.get('events')} events")
    keys = ("events", "mismatches", "latency_cycles", "passed")
    return {"seconds": finished.wall_seconds} | {key: simulation.get(key) for key in keys}


def accuracy(session: Session, build: Path, jets: Path) -> float | None:
    """Fraction of jets whose largest output is the label's."""
    with np.load(jets) as file:
        x, labels = file["x"], file["y"]
    inputs, outputs = session.work / "jets_x.npy", session.work / "jets_y.npy"
    outputs.unlink(missing_ok=True)
    np.save(inputs, x)
    command = [session.bxnn, "predict", build, "--input", inputs, "--output", outputs]
    if session.command("predict jets", command) is None:
        return None
    try:
        scores = np.load(outputs).reshape(len(labels), -1)
    except (OSError, ValueError) as error:
        session.errors.append(f"predict jets: {error}")
        return None
    return float((scores.argmax(axis=1) == labels).mean())


def predict_rates(session: Session, build: Path, jets: Path) -> Facts:
    """Rate of the emulator on a million jets with seeded noise: for the call alone, and for the whole command."""
    with np.load(jets) as file:
        x = file["x"].astype(np.float32)
    random = np.random.default_rng(SEED)
    batch = np.tile(x, (ceil_div(PREDICT_EVENTS, len(x)), 1))[:PREDICT_EVENTS]
    batch += np.float32(NOISE) * random.standard_normal(batch.shape, dtype=np.float32)
    inputs, outputs = session.work / "million_x.npy", session.work / "million_y.npy"
    np.save(inputs, batch)
    facts: Facts = {"events": PREDICT_EVENTS, "seed": SEED, "noise": NOISE}

    call = session.command("time_predict", [session.python, "-m", "bench.time_predict", build, inputs])
    if call is not None:
        seconds = json.loads(call.stdout.splitlines()[-1])["predict_seconds"]
        facts |= {"call_seconds": seconds, "call_events_per_second": PREDICT_EVENTS / seconds}
    command = [session.bxnn, "predict", build, "--input", inputs, "--output", outputs]
    whole = session.command("predict a million", command)
    if whole is not None:
        facts |= {"command_seconds": whole.wall_seconds, "command_peak_rss_mb": whole.peak_rss_mb}
        facts["command_events_per_second"] = PREDICT_EVENTS / whole.wall_seconds
    return facts


def measure(session: Session, models: Path) -> Facts:
    """Run every measurement; the keys are those of the JSON line."""
    folder = models / "jet_tagger"
    jets = folder / "jets.npz"
    session.work.mkdir(parents=True, exist_ok=True)
    big_files = big_network.write(session.work / "models", SEED)

    jet_build, jet = compile_network(
        session, "jet_tagger", folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    )
    big_build, big = compile_network(session, "big_network", big_files.architecture, big_files.weights)
    cnn_files = models / "mnist_cnn"
    cnn_build, cnn = compile_network(
        session, "mnist_cnn", cnn_files / "qkeras_mnist_cnn.json", cnn_files / "qkeras_mnist_cnn_weights.h5"
    )
    if jet:
        jet["ghdl_timed"] = simulate(session, jet_build, jets, GHDL_TIMED_EVENTS)
        jet["ghdl_checked"] = simulate(session, jet_build, jets, GHDL_CHECKED_EVENTS)
        jet["accuracy"] = accuracy(session, jet_build, jets)
        jet["predict"] = predict_rates(session, jet_build, jets)
        jet["csim"] = cpp.csim(session, jet_build, jets)
        jet["emulator"] = cpp.emulator(session, jet_build, EMULATOR_EVENTS, SEED)
    if cnn:
        cnn["csim"] = cpp.csim(session, cnn_build, events=CNN_CSIM_EVENTS)
        cnn["emulator"] = cpp.emulator(session, cnn_build, CNN_EMULATOR_EVENTS, SEED)
    if big:
        big["ghdl"] = simulate(session, big_build, jets, BIG_EVENTS)
    return {"tool": "bxnn", "jet_tagger": jet, "mnist_cnn": cnn, "big_network": big, "errors": session.errors}


def main() -> None:
    """Parse the command line, measure, print one line of JSON; exit 1 if a command failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder of jet_tagger/")
    parser.add_argument("--work", type=Path, default=ROOT / "build/bench/bxnn", help="folder for the builds")
    parser.add_argument("--bxnn", type=Path, default=ROOT / ".venv/bin/bxnn", help="the tool to measure")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv/bin/python", help="its interpreter")
    arguments = parser.parse_args()
    facts = measure(Session(arguments.bxnn, arguments.python, arguments.work), arguments.models)
    print(json.dumps(facts))
    sys.exit(1 if facts["errors"] else 0)


if __name__ == "__main__":
    main()
