"""Float networks drawn at random, from the file to verified firmware, which is close to what onnxruntime computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession

import bxnn
from tests.onnx.handmade import Model

ACTIVATIONS = ("Relu", "Sigmoid", "Tanh", "Elu", "Selu", "Softplus", "Softsign", "HardSigmoid", "LeakyRelu", "PRelu")
MOST_RMS = 0.2  # twice the error that calibration states, in standard deviations of the output, with 10 bits


class Drawn:
    """A network of one input, with parts that are drawn.

    Args:
        shape: Of the input, without the batch axis; images and sequences have their channels first.
        seed: Of the draws.
    """

    def __init__(self, shape: tuple[int, ...], seed: int) -> None:
        self.model, self.rng = Model(shape), np.random.default_rng(seed)

    def dense(self, x: str, inputs: int, outputs: int) -> str:
        """A Gemm with a bias."""
        kernel = self.rng.normal(0, inputs**-0.5, (inputs, outputs))
        bias = self.model.constant(self.rng.normal(0, 0.2, outputs))
        return self.model.node("Gemm", [x, self.model.constant(kernel), bias])

    def activation(self, x: str, slopes: tuple[int, ...]) -> str:
        """Any function of elements; a PRelu has slopes of a shape."""
        name = str(self.rng.choice(ACTIVATIONS))
        return self.model.node(name, [x, *self._stored(name == "PRelu", slopes)])

    def _stored(self, has: bool, shape: tuple[int, ...]) -> list[str]:
        return [self.model.constant(self.rng.uniform(0.01, 0.5, shape))] if has else []

    def joined(self, x: str, other: str) -> str:
        """Two vectors of 8 elements as one."""
        name = str(self.rng.choice(["Add", "Sub", "Mul", "Max", "Mean", "Concat", "none"]))
        if name == "none":
            return other
        if name == "Concat":
            return self.dense(self.model.node(name, [x, other], axis=1), 16, 8)
        return self.model.node(name, [x, other])

    def convolution(self, x: str, inputs: int, outputs: int, axes: int) -> str:
        """A plain one, or one of each channel by itself with one of single pixels after it; normalized or not."""
        rng, model = self.rng, self.model
        pads = [int(rng.integers(2))] * 2 * axes
        if rng.random() < 0.5:
            kernel = rng.normal(0, (inputs * 3**axes) ** -0.5, (outputs, inputs, *[3] * axes))
            x = model.node("Conv", [x, model.constant(kernel)], pads=pads)
        else:
            own, pixels = rng.normal(0, 3 ** (-axes / 2), (inputs, 1, *[3] * axes)), (outputs, inputs, *[1] * axes)
            x = model.node("Conv", [x, model.constant(own)], pads=pads, group=inputs)
            x = model.node("Conv", [x, model.constant(rng.normal(0, inputs**-0.5, pixels))])
        if rng.random() < 0.5:
            means = rng.normal(1, 0.2, outputs), *rng.normal(0, 0.2, (2, outputs)), rng.uniform(0.5, 1.5, outputs)
            x = model.node("BatchNormalization", [x, *map(model.constant, means)])
        return self.activation(x, (outputs, *[1] * axes))


def vectors(seed: int) -> tuple[Drawn, str]:
    """Dense layers whose results are joined with what they read."""
    drawn = Drawn((6,), seed)
    x = drawn.dense("x", 6, 8)
    for _ in range(int(drawn.rng.integers(1, 4))):
        x = drawn.joined(x, drawn.activation(drawn.dense(x, 8, 8), (8,)))
    return drawn, drawn.dense(x, 8, 3)


def pixels(axes: int, seed: int) -> tuple[Drawn, str]:
    """Two convolutions and a pool of sequences or images."""
    drawn = Drawn((2, *[7] * axes), seed)
    x = drawn.convolution(drawn.convolution("x", 2, 4, axes), 4, 3, axes)
    pool = str(drawn.rng.choice(["GlobalAveragePool", "GlobalMaxPool"]))
    return drawn, drawn.dense(drawn.model.node("Flatten", [drawn.model.node(pool, [x])]), 3, 2)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["vectors", "sequences", "images"])
def test_a_drawn_network(kind: str, seed: int, tmp_path: Path) -> None:
    drawn, output = vectors(seed) if kind == "vectors" else pixels(1 + (kind == "images"), seed)
    path = drawn.model.save(tmp_path, output)
    x = np.random.default_rng(seed).normal(size=(200, *drawn.model.shape)).astype(np.float32)
    formats = bxnn.calibrate(path, x, bits=10, input_bits=12)
    bxnn.compile(path, tmp_path / "build", config={"initiation_interval": 8}, formats=formats)
    (expected,) = InferenceSession(path.read_bytes()).run(None, {"x": x})
    firmware = np.asarray(bxnn.predict(tmp_path / "build", x))
    found = np.sqrt(np.mean((firmware - expected) ** 2)) / expected.std()
    assert formats.measured is not None and found < 2 * formats.measured.rms_error < MOST_RMS
