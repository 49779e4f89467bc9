"""Small builds that together use every entity of the library that a network can have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bxnn.compiler import driver
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape

# Options of design.yaml under which the dense network is built.
DENSE_OPTIONS = {
    "dense_1": "initiation_interval: 1",
    "dense_4": "initiation_interval: 4\nspacing_error: true",
    "dense_6": "initiation_interval: 6\nlatency: {cycles: 40}\ntag_bits: 3\nreset: {active: low, asynchronous: true}",
    "adders": "initiation_interval: 1\nstrategy: lut",
    "argmax": "initiation_interval: 3\noutputs: {relu2: argmax}",
}
EXAMPLES = {"activation": slice(0, None, 6)}  # roundings, thresholds, a format for every element
STREAMING = "initiation_interval: 40\nform: streaming\npixels_per_cycle: 2"


def write(folder: Path, *names: str) -> None:
    """Compile the designs with these names, or all; a build each.

    Args:
        folder: Where the builds go.
        names: Names of designs.
    """
    for name, graph, options in _designs():
        if names and name not in names:
            continue
        try:
            driver.compile_graph(graph, parse_config(options), folder / name)
        except ModelError:  # an example that cannot be a network alone
            continue


def _designs() -> Iterator[tuple[str, Graph, str]]:
    for name, options in DENSE_OPTIONS.items():
        yield name, _dense(), options
    yield "stream", _image(), STREAMING
    for kind, cls in layer_types().items():
        if issubclass(cls, HardwareLayer) and not cls.multiplies:
            for number in range(len(cls.examples()))[EXAMPLES.get(kind, slice(2))]:
                yield f"{kind}_{number}", _alone(f"{kind}_{number}", cls.examples()[number]), "initiation_interval: 3"


def _quantizer(signed: bool, integer_bits: int, fraction_bits: int) -> FixedQuantizer:
    return FixedQuantizer(FixedFormat(signed, integer_bits, fraction_bits), Rounding.RND_CONV, Overflow.SAT)


def _dense() -> Graph:
    rng = np.random.default_rng(3)
    layers: list[Layer] = [Input("x", (), (7,), _quantizer(True, 2, 3))]
    reads = "x"
    for number, (inputs, outputs) in enumerate(((7, 9), (9, 5)), 1):
        kernel, bias = rng.integers(-7, 8, (inputs, outputs)), rng.integers(-40, 40, outputs)
        layers.append(Dense(f"fc{number}", (reads,), FixedTensor(kernel, 3), FixedTensor(bias, 5)))
        layers.append(ActivationLayer(f"relu{number}", (f"fc{number}",), _quantizer(number > 1, 2, 3)))
        reads = f"relu{number}"
    return Graph("dense", tuple(layers), ("relu2",))


def _image() -> Graph:
    rng = np.random.default_rng(4)
    where = Window((3, 3), (1, 1), (1, 1), (1, 1), (1, 1))
    kernel = FixedTensor(rng.integers(-3, 4, (3, 3, 1, 2)), 2)
    layers = (
        Input("x", (), (6, 6, 1), _quantizer(True, 1, 3)),
        Conv2D("conv", ("x",), kernel, FixedTensor(rng.integers(-9, 10, 2), 4), where),
        ActivationLayer("relu", ("conv",), _quantizer(False, 2, 3)),
        MaxPool2D("pool", ("relu",), Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0))),
        Reshape("flat", ("pool",), (18,)),
        Dense("fc", ("flat",), FixedTensor(rng.integers(-3, 4, (18, 3)), 2), None),
    )
    return Graph("image", layers, ("fc",))


def _alone(name: str, example: Example) -> Graph:
    inputs = [
        Input(source, (), tensor.shape, FixedQuantizer(tensor.format, Rounding.RND, Overflow.SAT))
        for source, tensor in zip(example.layer.inputs, example.sources, strict=True)
    ]
    return Graph(name, (*inputs, example.layer), (example.layer.name,))
