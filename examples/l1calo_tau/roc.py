"""Prints and draws how well taus are separated from jets: isolation cuts, float and quantized network, firmware.

    python -m examples.l1calo_tau.roc [--firmware scores.npy]

`scores.npy` is what `bxnn predict BUILD --input towers.npz --output scores.npy` writes, one logit per window.
"""

from __future__ import annotations

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # QKeras needs Keras 2; TensorFlow reads this only once, on import
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import matplotlib as mpl
import numpy as np
import typer
from numpy.typing import NDArray
from qkeras.utils import load_qmodel
from sklearn.metrics import roc_auc_score, roc_curve

from examples.l1calo_tau.isolation import Array, baselines

mpl.use("Agg")

import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
EFFICIENCIES = (0.5, 0.7, 0.8, 0.9)  # of taus, for which the table gives the jets kept
REFERENCE = "QKeras"  # the curve by which the lower panel divides
STYLES: dict[str, dict[str, Any]] = {
    "core / 6 x 6": {"color": "#009E73", "linestyle": (0, (1, 1)), "linewidth": 2.0},
    "core / 4 x 4": {"color": "#555555", "linestyle": "--"},
    "EM ring / core": {"color": "#CC79A7", "linestyle": "-."},
    "float": {"color": "#E69F00", "linestyle": "-", "linewidth": 2.8},
    "QKeras": {"color": "#0072B2", "linestyle": "-"},
    "firmware": {
        "color": "black",
        "linestyle": "none",
        "marker": "o",
        "markersize": 3.5,
        "fillstyle": "none",
    },
}


@dataclass(frozen=True)
class Curve:
    """One discriminant: the fractions of taus and jets kept by each possible cut, and the area."""

    name: str
    taus: Array
    jets: Array
    area: float

    def jets_at(self, taus: Array | float) -> Array:
        """The fraction of jets kept when `taus` of the taus are, interpolated between cuts."""
        return np.asarray(np.interp(taus, self.taus, self.jets), dtype=np.float64)


def make_curve(name: str, labels: NDArray[np.int64], score: Array) -> Curve:
    """The ROC of a score that is larger for taus."""
    jets, taus, _ = roc_curve(labels, score)
    return Curve(name, taus, jets, float(roc_auc_score(labels, score)))


def model_scores(path: Path, x: NDArray[np.float32]) -> Array:
    """Logits of a Keras or QKeras model, shape (windows,)."""
    model = load_qmodel(str(path), compile=False)
    return np.asarray(model.predict(x, batch_size=4096, verbose=0), dtype=np.float64).ravel()


def firmware_scores(path: Path, windows: int) -> Array:
    """The firmware's logits, shape (windows,).

    Raises:
        typer.BadParameter: The file does not have one value per window.
    """
    values = np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
    if values.size != windows:
        raise typer.BadParameter(f"{path}: {values.size} values for {windows} windows")
    return values.ravel()


def print_table(curves: list[Curve], labels: NDArray[np.int64]) -> None:
    """AUC and jets kept at fixed tau efficiency; the errors are binomial, from the number of jets alone."""
    jets = int(np.sum(labels == 0))
    typer.echo(f"{labels.size} windows, {jets} of them jets; jets kept (%) at a tau efficiency of")
    typer.echo("                   AUC  " + "".join(f"{efficiency:>14.0%}" for efficiency in EFFICIENCIES))
    for curve in curves:
        kept = [float(curve.jets_at(efficiency)) for efficiency in EFFICIENCIES]
        errors = [(fraction * (1 - fraction) / jets) ** 0.5 for fraction in kept]
        cells = "".join(f"{100 * k:8.2f} +-{100 * e:4.2f}" for k, e in zip(kept, errors, strict=True))
        typer.echo(f"{curve.name:16}{curve.area:8.4f}{cells}")


def draw(curves: list[Curve], labels: NDArray[np.int64], path: Path) -> None:
    """The curves and, below, each divided by the quantized network's, with its binomial error as a band."""
    figure, (upper, lower) = plt.subplots(
        2, 1, sharex=True, figsize=(6.4, 6.6), height_ratios=(3, 1), layout="constrained"
    )
    taus = np.linspace(0.3, 0.99, 70)
    reference = next(curve for curve in curves if curve.name == REFERENCE).jets_at(taus)
    error = np.sqrt(reference * (1 - reference) / np.sum(labels == 0))
    for axes, scale in ((upper, np.ones_like(reference)), (lower, reference)):
        band = ((reference - error) / scale, (reference + error) / scale)
        axes.fill_between(taus, *band, color=STYLES[REFERENCE]["color"], alpha=0.2, linewidth=0)
        for curve in curves:
            points = taus[::3] if curve.name == "firmware" else taus
            kept = curve.jets_at(points) / np.interp(points, taus, scale)
            axes.plot(points, kept, label=f"{curve.name}  (AUC {curve.area:.3f})", **STYLES[curve.name])
        axes.grid(alpha=0.3)
    upper.set(yscale="log", ylim=(0.02, 1.0), ylabel="fraction of jets kept")
    upper.set_title("Hadronic tau against jet at 13.6 TeV", loc="left", fontsize=11)
    upper.set_title(f"{np.sum(labels == 1)} taus, {np.sum(labels == 0)} jets", loc="right", fontsize=9)
    upper.legend(loc="lower right", frameon=False, fontsize=9)
    lower.set(xlabel="fraction of taus kept", ylabel=f"ratio to {REFERENCE}", ylim=(0.6, 2.6), xlim=(0.3, 1.0))
    figure.savefig(path, dpi=150, metadata={"Software": None})
    plt.close(figure)


def main(
    data: Annotated[Path, typer.Option(help="x and y; an is_test selects rows.")] = HERE / "towers.npz",
    model: Annotated[Path, typer.Option(help="The quantized model.")] = HERE / "model.h5",
    float_model: Annotated[Path, typer.Option(help="Its float twin.")] = HERE / "float.h5",
    firmware: Annotated[Path | None, typer.Option(help="Firmware logits of the same rows, .npy.")] = None,
    out: Annotated[Path, typer.Option(help="The plot.")] = HERE / "roc.png",
) -> None:
    """Compares all discriminants on the same windows."""
    with np.load(data, allow_pickle=False) as arrays:
        rows = arrays["is_test"] if "is_test" in arrays else np.ones(len(arrays["y"]), dtype=np.bool_)
        x, labels = arrays["x"][rows], arrays["y"][rows]
    quantized = model_scores(model, x)
    by_name = {**baselines(x), "float": model_scores(float_model, x), REFERENCE: quantized}
    if firmware is not None:
        by_name["firmware"] = firmware_scores(firmware, labels.size)
        difference = np.abs(by_name["firmware"] - quantized).max()
        typer.echo(f"largest difference between firmware and QKeras logits: {difference:g}")
    curves = [make_curve(name, labels, score) for name, score in by_name.items()]
    print_table(curves, labels)
    draw(curves, labels, out)
    typer.echo(f"-> {out}")


if __name__ == "__main__":
    typer.run(main)
