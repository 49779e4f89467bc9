"""Every hardware layer as C++, compiled with g++: the examples of all classes, many in one project."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.hardware.convolution import Convolution
from bxnn.compiler.ir import registry
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from tests.hls.project import check_project
from tests.ir.networks import activation, dense, network, sat, source
from tests.layers.firmware import schedule
from tests.layers.refused_types import refusal
from tests.layers.test_contract import HARDWARE, awkward_dense, declared

WIDE = Tensor.of_format((3,), FixedFormat(True, 29, 30))
FINE = Tensor.of_format((2,), FixedFormat(False, -40, 43))


def side_by_side(examples: list[Example]) -> Graph:
    """Many examples in one network; input k of example n is called ``x<n>_<k>``."""
    layers: list[Layer] = []
    for number, example in enumerate(examples):
        names = tuple(f"x{number}_{k}" for k in range(len(example.sources)))
        layers += [declared(name, example, k) for k, name in enumerate(names)]
        layers.append(replace(example.layer, name=f"y{number}", inputs=names))
    return Graph("net", tuple(layers), tuple(f"y{number}" for number in range(len(examples))))


def quantizers() -> list[Example]:
    """Quantizers from and to awkward formats, in all modes: shifts far beyond the widths, one bit, 62 bits."""
    modes = [(rounding, overflow) for rounding in Rounding for overflow in Overflow]
    formats = [
        FixedFormat(True, 5, 40),
        FixedFormat(True, 30, -8),
        FixedFormat(False, 0, 1),
        FixedFormat(True, 60, -58),
        FixedFormat(True, 0, 61),
        FixedFormat(True, 0, 0),
        FixedFormat(True, -90, 92),
        FixedFormat(False, 100, -97),
    ]
    found = []
    for number, (rounding, overflow) in enumerate(modes):
        for tensor in (WIDE, FINE):
            function = FixedQuantizer(formats[number % len(formats)], rounding, overflow)
            found.append(Example(ActivationLayer("y", ("x",), function), (tensor,)))
    leaky = FixedQuantizer(FixedFormat(True, 1, 3), Rounding.RND_CONV, Overflow.SAT, -7, 15, 70)
    return [*found, Example(ActivationLayer("y", ("x",), leaky), (WIDE,))]


def test_all_examples_through_gxx(tmp_path: Path) -> None:
    examples = [example for cls in HARDWARE.values() for example in cls.examples()]
    graph = side_by_side(examples)
    check_project(graph, schedule(graph, 3), tmp_path)


def test_awkward_layers_through_gxx(tmp_path: Path) -> None:
    """Dense layers in both bindings and in LUTs, and quantizers in all modes between extreme formats."""
    awkward = list(awkward_dense())
    graph = side_by_side([*awkward, *awkward, *awkward, *quantizers()])
    choices = [LayerSettings("output_serial", 3), LayerSettings("input_serial", 3), LayerSettings(strategy="lut")]
    settings = {f"y{number}": choices[number // len(awkward)] for number in range(3 * len(awkward))}
    chosen = schedule(graph, 3, settings)
    assert {"output_serial", "input_serial", "lut"} <= {step.binding.name for step in chosen.steps}
    check_project(graph, chosen, tmp_path, events=300)


def test_a_convolutional_network_through_gxx(tmp_path: Path) -> None:
    """Padded and strided convolutions, pools, a branch that is added, and a Dense layer, one after another."""
    _, padded, *_ = registry.layer_types()["conv2d"].examples()
    assert isinstance(padded.layer, Convolution)
    rng = np.random.default_rng(5)
    image = source("x", 3, 5, 2, integer_bits=1, fraction_bits=3)
    convolution = replace(padded.layer, name="conv", inputs=("x",))
    pool = MaxPool2D("pool", ("relu",), replace(padded.layer.window, size=(2, 2)), True)
    size = int(np.prod(pool.output_shape([convolution.output_shape([(3, 5, 2)])])))
    add = layer_types()["add"]("sum", ("relu", "narrow"))
    graph = network(
        image,
        convolution,
        activation("relu", "conv"),
        activation("narrow", "conv", sat(True, 1, 4)),
        add,
        pool,
        Reshape("flat", ("pool",), (size,)),
        dense("fc", "flat", rng.integers(-8, 8, (size, 4))),
        layer_types()["argmax"]("best", ("fc",)),
        outputs=("best", "fc", "sum"),
    )
    check_project(graph, schedule(graph, 4), tmp_path, events=200)


def test_a_hardware_layer_without_hls_template_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vhdl").symlink_to(registry.TEMPLATES / "vhdl")
    (tmp_path / "hls/layers").mkdir(parents=True)
    for path in (registry.TEMPLATES / "hls/layers").glob("*.j2"):
        if path.name != "dense.h.j2":
            (tmp_path / "hls/layers" / path.name).symlink_to(path)
    assert refusal(tmp_path, monkeypatch) == "layer type dense: has no template dense.h.j2 in hls_templates/hls/layers"
