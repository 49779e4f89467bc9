"""Elements that nothing reads: found exactly, and no multiplier computes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.read_elements import ReadElements
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.multiply import Multiply, present
from bxnn.layers.reshape import Reshape
from bxnn.layers.sum import Sum
from bxnn.sim.reference import Reference
from tests.layers.firmware import check_firmware, random_codes, schedule
from tests.layers.test_contract import HARDWARE_EXAMPLES, alone

CODES = FixedQuantizer(FixedFormat(True, 3, 2), Rounding.RND, Overflow.SAT)


def kernel(rng: np.random.Generator, shape: tuple[int, ...]) -> FixedTensor:
    """Weights of which none is zero."""
    return FixedTensor(np.asarray(rng.integers(1, 8, shape) * rng.choice([-1, 1], shape), np.int64), 2)


def image(seed: int, size: tuple[int, int], pool: tuple[int, int], stride: tuple[int, int]) -> tuple[Layer, ...]:
    """A convolution, a pool that may leave out a border, a quantizer with a channel of no bits, and a pruned layer."""
    rng = np.random.default_rng(seed)
    window = Window(pool, stride, (1, 1), (0, 0), (0, 0))
    formats = np.array([[2, 0, 2], [-8, 0, -4], [7, 0, 3]], np.int64)[:, np.newaxis, np.newaxis]
    rows, columns = window.positions((size[0] - 1, size[1] - 1))
    weights = kernel(rng, (rows * columns * 3, 2)).codes * (rng.random((rows * columns * 3, 1)) < 0.7)
    return (
        Input("x", (), (*size, 1), CODES),
        Conv2D("conv", ("x",), kernel(rng, (2, 2, 1, 3)), FixedTensor(np.array([3, 5, -7]), 4), Window.whole((2, 2))),
        MaxPool2D("pool", ("conv",), window),
        ActivationLayer("quant", ("pool",), ElementQuantizer.of_columns(formats, Rounding.RND, False)),
        Reshape("flat", ("quant",), (rows * columns * 3,)),
        Dense("y", ("flat",), FixedTensor(np.asarray(weights, np.int64), 2), None),
    )


def network(layers: Sequence[Layer]) -> Graph:
    return Graph("net", tuple(layers), (layers[-1].name,))


DRAWN = st.builds(
    image,
    st.integers(0, 9999),
    st.tuples(st.integers(4, 6), st.integers(4, 6)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
)


def changed(graph: Graph, name: str, codes: dict[str, Int], elements: Int) -> Int:
    """Outputs of a network with other codes for some elements of a tensor."""
    return Reference(graph).output_codes(codes)["y"] if not elements.size else _replaced(graph, name, codes, elements)


def _replaced(graph: Graph, name: str, codes: dict[str, Int], elements: Int) -> Int:
    reference = Reference(graph)
    values = {key: value.astype(np.int64) for key, value in reference.evaluate(codes).items()}
    tensors = graph.tensors()
    flat = values[name].reshape(len(values[name]), -1).copy()
    low, high = tensors[name].low.ravel()[elements], tensors[name].high.ravel()[elements]
    flat[:, elements] = low + high - flat[:, elements]
    values[name] = flat.reshape(values[name].shape)
    after = [layer.name for layer in graph.layers].index(name) + 1
    for layer in graph.layers[after:]:
        values[layer.name] = layer.evaluate([values[read] for read in layer.inputs], graph.sources(layer, tensors))
    return values["y"]


@settings(max_examples=30, deadline=None)
@given(DRAWN)
def test_other_codes_of_unread_elements_change_nothing(layers: tuple[Layer, ...]) -> None:
    graph = network(layers)
    codes = random_codes(graph, 20, 5)
    expected = Reference(graph).output_codes(codes)["y"]
    for name, read in ReadElements.of(graph).masks.items():
        found = changed(graph, name, codes, np.flatnonzero(~read))
        assert (found == expected).all(), name


@pytest.mark.parametrize("example", HARDWARE_EXAMPLES)
def test_no_element_that_counts_is_left_out(example: Example) -> None:
    """Each result decides which elements of its inputs are read: others may have any code."""
    layer, rng = example.layer, np.random.default_rng(2)
    assert isinstance(layer, HardwareLayer)
    if layer.linear_map(example.sources) is not None:
        return
    codes = list(random_codes(alone(example), 40, 3).values())
    expected = layer.evaluate(codes, example.sources)
    shape = layer.output_shape([source.shape for source in example.sources])
    for place in rng.permutation(int(np.prod(shape)))[:4]:
        read = np.arange(int(np.prod(shape))).reshape(shape) == place
        taken = layer.elements_read(read, example.sources)
        others = [np.where(mask, code, np.roll(code, 1, axis=0)) for mask, code in zip(taken, codes, strict=True)]
        assert (layer.evaluate(others, example.sources)[:, read] == expected[:, read]).all()


@pytest.mark.parametrize("example", HARDWARE_EXAMPLES)
def test_no_other_element_of_elementwise_layers_and_sums_is_read(example: Example) -> None:
    layer = example.layer
    assert isinstance(layer, HardwareLayer)
    shape = layer.output_shape([source.shape for source in example.sources])
    terms = example.sources[0].size // int(np.prod(shape)) if isinstance(layer, Sum) else 1
    if not layer.elementwise and not isinstance(layer, Sum):
        return
    product = isinstance(layer, Multiply)
    there = present(example.sources) if product else np.ones(int(np.prod(shape)), np.bool_)  # others are always 0
    for place in range(int(np.prod(shape))):
        read = np.arange(int(np.prod(shape))).reshape(shape) == place
        counts = [int(mask.sum()) for mask in layer.elements_read(read, example.sources)]
        assert counts == [terms * int(there[place])] * len(example.sources)


def branches(channels: int, unread: int) -> tuple[Layer, ...]:
    """Two layers of 1x1 windows, added, summed over pixels, and quantized; nothing reads some of the channels then."""
    rng = np.random.default_rng(channels)
    bits = np.where(np.arange(channels) < unread, 0, 4)
    formats = np.array([bits, np.zeros_like(bits), (1 << bits) - 1], np.int64)
    convs = (Conv2D(name, ("x",), kernel(rng, (1, 1, 2, channels)), None, Window.whole((1, 1))) for name in "ab")
    return (
        Input("x", (), (2, 2, 2), CODES),
        *convs,
        Add("both", ("a", "b")),
        Sum("pooled", ("both",), (0, 1)),
        ActivationLayer("quant", ("pooled",), ElementQuantizer.of_columns(formats, Rounding.RND, False)),
        Dense("y", ("quant",), kernel(rng, (channels, 2)), None),
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 5), st.data())
def test_channels_that_a_sum_after_a_branch_does_not_read_take_no_multiplier(
    channels: int, data: st.DataObject
) -> None:
    unread = data.draw(st.integers(1, channels - 1))
    graph = network(branches(channels, unread))
    masks = ReadElements.of(graph).masks
    assert all((masks[name].reshape(-1, channels) == (np.arange(channels) >= unread)).all() for name in ("a", "both"))
    settings_ = {name: LayerSettings(packing=1) for name in ("a", "b", "y")}
    left = (channels - unread) * (2 * 4 * 2 + 2)
    assert schedule(graph, 1, settings_).dsp == left


def test_border_of_an_image_takes_no_multiplier() -> None:
    """A 5x5 result of which a pool with stride 2 reads 4x4: 16 of 25 pixels are computed."""
    graph = network(image(1, (6, 6), (2, 2), (2, 2))[:3])
    read = ReadElements.of(graph).masks["conv"].reshape(5, 5, 3)
    assert read[:4, :4].all() and not read[4].any() and not read[:, 4].any()
    assert schedule(graph, 1, {"conv": LayerSettings(packing=1)}).dsp == 16 * 3 * 4


def test_firmware_without_unread_channels_of_branches(tmp_path: Path) -> None:
    graph = network(branches(4, 2))
    check_firmware(graph, schedule(graph, 4), tmp_path)


def test_firmware_without_what_is_not_read(tmp_path: Path) -> None:
    graph = network(image(3, (5, 5), (2, 2), (3, 3)))
    check_firmware(graph, schedule(graph, 4), tmp_path)
