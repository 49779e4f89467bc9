"""What ``python -m bench.verification`` runs: networks, engines, and how many events or flips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_DESIGNS = ROOT / "bench" / "designs"
_HGQ = "initiation_interval: 8\n"


@dataclass(frozen=True)
class Network:
    """A model with its design.

    Attributes:
        name: Used in file names.
        model: Its file below the folder of models; the file itself if absolute.
        weights: Likewise; ``None`` if they are in the model.
        design: Text of its design.yaml.
    """

    name: str
    model: Path
    weights: Path | None
    design: str


@dataclass(frozen=True)
class Part:
    """A command on the build of a network.

    Attributes:
        network: The network.
        engine: An engine of ``bxnn verify``, or ``flip``.
        count: Events or flips.
    """

    network: Network
    engine: str
    count: int

    @property
    def key(self) -> str:
        """The name of the part."""
        return f"{self.network.name}-{self.engine}"

    def arguments(self, build: Path) -> list[object]:
        """The command."""
        if self.engine == "flip":
            return ["flip", build, "--flips", self.count]
        return ["verify", build, "--events", self.count, "--engines", self.engine]


def _text(name: str) -> str:
    return (_DESIGNS / name).read_text(encoding="utf-8")


_JETS, _MNIST, _TAU = Path("jet_tagger"), Path("mnist_cnn"), ROOT / "examples" / "l1calo_tau"
_JET_FILES = _JETS / "qkeras_3layer.json", _JETS / "qkeras_3layer_weights.h5"
_MNIST_FILES = _MNIST / "qkeras_mnist_cnn.json", _MNIST / "qkeras_mnist_cnn_weights.h5"
TAGGER = Network("tagger", *_JET_FILES, _text("jet_tagger.yaml"))
MNIST = Network("mnist_cnn", *_MNIST_FILES, _text("mnist_cnn_stream.yaml"))
TAU = Network("l1calo_tau", _TAU / "model.h5", None, (_TAU / "design.yaml").read_text(encoding="utf-8"))
HGQ2 = Network("hgq2_mlp", Path("hgq2/mlp.keras"), None, _HGQ)
ONNX = Network("qonnx_mlp", Path("qonnx/po2_mlp.onnx"), None, _HGQ)
STREAM = Network("hgq2_conv_stream", Path("hgq2/conv.keras"), None, "initiation_interval: 64\nform: streaming\n")

_MILLION = 1_000_000
PARTS = (
    *(Part(TAGGER, engine, _MILLION) for engine in ("cpp", "hls", "verilator")),
    Part(TAGGER, "ghdl", 100_000),
    Part(TAGGER, "flip", 10_000),
    *(Part(network, engine, _MILLION) for network in (TAU, HGQ2, ONNX) for engine in ("cpp", "hls", "verilator")),
    *(Part(MNIST, engine, 10_000) for engine in ("cpp", "hls")),
    Part(MNIST, "verilator", 1_000),
    Part(STREAM, "verilator", 10_000),
    Part(STREAM, "flip", 10_000),
)
