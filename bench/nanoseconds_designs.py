"""The designs of the timing requirements, and what each of them must reach."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.target import Target

ROOT = Path(__file__).resolve().parent.parent
_DESIGNS = ROOT / "bench" / "designs"


@dataclass(frozen=True)
class Case:
    """A design that is compiled by the command line, in its own process.

    Attributes:
        name: In words.
        model: Folder and name of the model, below the folder of models; the example itself if absolute.
        weights: Likewise; ``None`` if they are in the model.
        design: The design.yaml.
        goals: What it must reach: a figure of ``bench.nanoseconds.Figures`` and its bound.
        synthesizes: Whether synthesis takes minutes rather than hours.
    """

    name: str
    model: Path
    weights: Path | None
    design: Path
    goals: tuple[tuple[str, Target], ...]
    synthesizes: bool = True


def _at_most(**bounds: float) -> tuple[tuple[str, Target], ...]:
    return tuple((name, Target("<=", bound)) for name, bound in bounds.items())


_JETS = Path("jet_tagger") / "qkeras_3layer.json", Path("jet_tagger") / "qkeras_3layer_weights.h5"
_AXOL1TL = Path("axol1tl_v4") / "axol1tl_v4.json", Path("axol1tl_v4") / "axol1tl_v4_weights.h5"
_MNIST = Path("mnist_cnn") / "qkeras_mnist_cnn.json", Path("mnist_cnn") / "qkeras_mnist_cnn_weights.h5"
_TAU = ROOT / "examples" / "l1calo_tau"

CASES = (
    Case(
        "jet tagger, II = 8",
        *_JETS,
        _DESIGNS / "jet_tagger.yaml",
        _at_most(dsp=266, cycles=36, lut=7500, ff=4000, compile_s=2),
    ),
    Case(
        "jet tagger, II = 8, within 150 DSP and 20,000 LUT",
        *_JETS,
        _DESIGNS / "jet_tagger_choice.yaml",
        _at_most(dsp=150, lut=20000, cycles=24),
    ),
    Case("axol1tl_v4, II = 8, no DSP", *_AXOL1TL, _DESIGNS / "axol1tl_lut.yaml", _at_most(dsp=0, ns=50, lut=12000)),
    Case("axol1tl_v4, II = 8, DSPs", *_AXOL1TL, _DESIGNS / "axol1tl_dsp.yaml", _at_most(ns=100, dsp=135, lut=5000)),
    Case(
        "mnist_cnn, streaming, II = 784",
        *_MNIST,
        _DESIGNS / "mnist_cnn_stream.yaml",
        _at_most(dsp=400, cycles_from_last_beat=140, compile_s=6),
    ),
    Case("l1calo_tau, II = 8", _TAU / "model.h5", None, _TAU / "design.yaml", _at_most(cycles=36)),
    Case(
        "mnist_cnn, frame-parallel, II = 64",
        *_MNIST,
        _DESIGNS / "mnist_cnn.yaml",
        _at_most(compile_s=15),
        synthesizes=False,
    ),
)
