"""Decisions of a float model that its firmware keeps, by width, after a search, and beside two other tools.

    python -m bench.calibration [--jets FILE] [--model FILE] [--only PART] [--without-peers]

The model of examples/own_model is calibrated on 10,000 jets and judged on 10,000 others, of a seed that neither its
training nor the choice of the algorithm has used; they are generated if the file does not exist, which takes minutes.
The autoencoder of examples/anomaly, without its quantizers, on events drawn for the purpose; a float mnist_cnn is
timed. Errors of differences are paired: both sides see the same events. Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bench import float_anomaly, float_images, float_peers
from bench.float_network import Firmware, Reals, firmware, paired
from bench.process import run

ROOT = Path(__file__).resolve().parents[1]
JETS = ROOT / "build/bench/jets_seed_2.npz"
GENERATED = {"--jets-per-class": 4000, "--test-fraction": 0.5, "--seed": 2, "--jobs": os.cpu_count()}
HOUR = 3600.0
MODEL = ROOT / "examples/own_model/model.keras"
WIDTHS = (8, 6, 5, 4)
SEARCHED = 4  # a search may cost what these uniform bits cost
PARTS = ("jets", "anomaly", "images")
CALIBRATED = 10_000
MOST_MB = 2000.0
KEPT = {8: 99.0, 6: 96.5}
MOST_LOST = 0.3  # percentage points of accuracy, at 6 bits


@dataclass
class Verdicts:
    """Figures against targets, in words."""

    missed: list[str] = field(default_factory=list)

    def at_least(self, name: str, value: float, bound: float) -> None:
        """Print and remember whether a figure reaches its target."""
        print(f"{'met   ' if value >= bound else 'MISSED'} {name}: {value:.4g}, at least {bound:g}")
        if value < bound:
            self.missed.append(name)

    def at_most(self, name: str, value: float, bound: float) -> None:
        """The same for an upper bound."""
        print(f"{'met   ' if value <= bound else 'MISSED'} {name}: {value:.4g}, at most {bound:g}")
        if value > bound:
            self.missed.append(name)

    def time_and_memory(self, name: str, found: Firmware, seconds: float) -> None:
        """Both of a calibration."""
        self.at_most(f"{name}, processor s", found.seconds, seconds)
        self.at_most(f"{name}, MB", found.peak_mb, MOST_MB)


def generate(path: Path) -> None:
    """Simulate jets.

    Raises:
        SystemExit: If that fails, as without the packages for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        files = {"--out": path, "--demo-out": Path(folder) / "demo.npz"}
        options = [str(part) for option in (GENERATED | files).items() for part in option]
        done = run([sys.executable, "-m", "examples.jet_tagger.generate", *options], HOUR)
    if done.returncode:
        raise SystemExit(f'jets of seed 2 (they need pip install "bxnn[examples]"): {done.complaint}')


def runs(model: Path, events: Path, x: Reals, folder: Path) -> dict[str, Firmware]:
    """Uniform widths, and a search at the cost of the narrowest."""
    found = {f"{bits} bits": firmware(model, events, x, folder / f"b{bits}", {"--bits": bits}) for bits in WIDTHS}
    uniform = found[f"{SEARCHED} bits"]
    budget = {"dsp": uniform.dsp, "lut": uniform.lut}
    return {**found, "search": firmware(model, events, x, folder / "search", {}, budget)}


def jets(path: Path, model: Path, folder: Path, peers: bool, verdicts: Verdicts) -> None:
    """The jet tagger."""
    with np.load(path, allow_pickle=False) as data:
        is_test = data["is_test"]
        x, y = np.asarray(data["x"][is_test], np.float64), data["y"][is_test]
        own = {"x": data["x"][~is_test][:CALIBRATED], "y": data["y"][~is_test][:CALIBRATED]}
    events, network = folder / "train.npz", folder / "float.onnx"
    np.savez(events, **own)
    float_peers.onnx_network(float_peers.dense_layers(model), network)
    wanted = float_peers.run_onnx(network, x)
    found = runs(model, events, x, folder)
    answers = {name: own.outputs for name, own in found.items()}
    if peers:
        answers["onnxruntime, 8 bits"] = float_peers.static_quantization(network, own["x"], x)
        for bits in (8, 6, 4):
            hls = float_peers.hls4ml_profiled(model, bits, own["x"], x, folder / f"hls{bits}")
            answers[f"hls4ml, {bits} bits"] = hls
    decided = {name: outputs.argmax(axis=1) for name, outputs in answers.items()}
    right, ours = wanted.argmax(axis=1) == y, wanted.argmax(axis=1)
    print(f"jets: {len(x)} test jets, float accuracy {100 * right.mean():.2f} %")
    print(f"{'':20} {'decisions kept, %':>20} {'accuracy lost':>24} {'rms':>7}   DSP    LUT cycles      s     MB")
    for name, outputs in answers.items():
        rms = np.sqrt(np.mean((outputs - wanted) ** 2) / wanted.var())
        lost = paired(right, decided[name] == y)
        print(
            f"{name:20} {_share(decided[name] == ours)} {_both(lost)} {rms:7.4f} {_cost(found.get(name))}", flush=True
        )
    for bits, bound in KEPT.items():
        verdicts.at_least(f"decisions kept, {bits} bits, %", 100 * np.mean(decided[f"{bits} bits"] == ours), bound)
    verdicts.at_most("accuracy lost, 6 bits, points", paired(right, decided["6 bits"] == y)[0], MOST_LOST)
    more, error = paired(decided["search"] == ours, decided[f"{SEARCHED} bits"] == ours)
    print(f"search at the cost of {SEARCHED} bits: {more:+.2f} ± {error:.2f} points of decisions kept")
    verdicts.at_least("gain of the search, in its errors", more / error if error else 0.0, 2.0)
    verdicts.time_and_memory("jets, 8 bits", found["8 bits"], 60)
    verdicts.time_and_memory("jets, search", found["search"], 60)


def anomaly(folder: Path) -> None:
    """The autoencoder: heavy events above the threshold."""
    model, events = folder / "autoencoder.keras", folder / "both.npz"
    float_anomaly.write(model)
    x, heavy = float_anomaly.sample(2 * CALIBRATED)
    chosen = np.arange(len(x)) % 2 == 0
    np.savez(events, x=x[chosen][:: int(chosen.sum()) // CALIBRATED])  # of both kinds: heavy ones are what must fit
    x, heavy = x[~chosen], heavy[~chosen]
    wanted = float_anomaly.score(model, x)
    passed = float_anomaly.passing(wanted, heavy)
    print(f"autoencoder: {heavy.sum()} heavy events, {100 * passed.mean():.2f} % pass in float")
    for name, own in runs(model, events, x, folder / "anomaly").items():
        lost = paired(passed, float_anomaly.passing(own.outputs, heavy))
        same = passed == float_anomaly.passing(own.outputs, heavy)
        print(f"{name:20} {_share(same)} {_both(lost)} {'':7} {_cost(own)}", flush=True)


def images(folder: Path, verdicts: Verdicts) -> None:
    """The time of a float mnist_cnn."""
    model, events = folder / "cnn.keras", folder / "images.npz"
    x = float_images.write(model, events)
    found = firmware(model, events, x, folder / "cnn", {"--bits": 8}, scheduled=float_images.DESIGN)
    verdicts.time_and_memory("mnist_cnn, 8 bits", found, 300)


def _share(same: NDArray[np.bool_]) -> str:
    value = float(same.mean())
    return f"{100 * value:12.2f} ± {100 * np.sqrt(value * (1 - value) / same.size):.2f}"


def _both(estimate: tuple[float, float]) -> str:
    return f"{estimate[0]:17.2f} ± {estimate[1]:.2f}"


def _cost(own: Firmware | None) -> str:
    return "" if own is None else f"{own.dsp:5d} {own.lut:6d} {own.cycles:6d} {own.seconds:6.1f} {own.peak_mb:6.0f}"


def main() -> int:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jets", type=Path, default=JETS, help="other jets, from examples.jet_tagger.generate")
    parser.add_argument("--model", type=Path, default=MODEL, help="another float jet tagger of the same inputs")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part of the bench; all by default")
    parser.add_argument("--without-peers", action="store_true", help="neither onnxruntime nor hls4ml")
    options = parser.parse_args()
    chosen = options.only or PARTS
    if "jets" in chosen and not options.jets.exists():
        if options.jets != JETS:
            parser.error(f"{options.jets} does not exist")
        generate(JETS)
    verdicts = Verdicts()
    with TemporaryDirectory() as folder:
        if "jets" in chosen:
            jets(options.jets, options.model, Path(folder), not options.without_peers, verdicts)
        if "anomaly" in chosen:
            (Path(folder) / "anomaly").mkdir()
            anomaly(Path(folder))
        if "images" in chosen:
            images(Path(folder), verdicts)
    return 1 if verdicts.missed else 0


if __name__ == "__main__":
    sys.exit(main())
