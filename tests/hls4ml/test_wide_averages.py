"""hls4ml's averages of wide pixels: exact, though a product with a reciprocal would not fit 62 bits."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_fraction
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.average_of_sums import average_of_sums, hls4ml_average
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.sim.reference import Reference
from tests.hls.project import check_project
from tests.layers.firmware import check_firmware, schedule

TRN, WRAP = Rounding.TRN, Overflow.WRAP


class Node(NodeLayers):
    """An average of rows of pixels, in whose accumulator sums may wrap."""

    subject = "y (Pooling1D)"

    def __init__(self, own: FixedFormat, count: int, positions: int = 5) -> None:
        source = Tensor.of_format((positions * count, 2), own)
        super().__init__(None, "y", ("x",), (source,), lambda text: f"{text}{len(self.layers)}")

    def finish(self) -> None:
        """No result type: the averages are the output."""

    def graph(self) -> Graph:
        port = Input("x", (), self.sources[0].shape, FixedQuantizer(self.sources[0].format, TRN, WRAP))
        return Graph("net", (port, *self.layers), (self.layers[-1].name,))


def averages(own: FixedFormat, count: int, accum: FixedFormat) -> Node:
    node = Node(own, count)
    window = Window((count,), (count,), (1,), (0,), (0,))
    average_of_sums(node, window, True, FixedQuantizer(accum, TRN, WRAP))
    return node


def wrapped(code: int, bits: int) -> int:
    return (code + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


@settings(max_examples=60, deadline=None)
@given(
    st.booleans(), st.integers(20, 40), st.integers(-3, 30), st.integers(2, 9), st.integers(-2, 3), st.integers(0, 999)
)
@example(True, 32, 16, 3, 0, 0)
def test_averages(signed: bool, bits: int, fraction_bits: int, count: int, spare: int, seed: int) -> None:
    """As hls4ml's C++: the sum modulo ``2**W`` of accum, its quotient toward zero on accum's grid."""
    own = FixedFormat(signed, bits - fraction_bits - signed, fraction_bits)
    accum = FixedFormat(True, bits + spare - fraction_bits, fraction_bits)
    node = averages(own, count, accum)
    rng = np.random.default_rng(seed)
    x = rng.integers(own.low, own.high, (30, 5 * count, 2), endpoint=True)
    x[0], x[1], x[2] = own.low, own.high, max(own.low, -1)
    (found,) = Reference(node.graph()).output_codes({"x": x}).values()
    sums = x.reshape(30, 5, count, 2).astype(object).sum(axis=2)
    exact = [round_fraction(Fraction(wrapped(int(total), accum.bits), count), Rounding.TRN_ZERO) for total in sums.flat]
    grid = node.tensors[-1].format.fraction_bits
    assert [Fraction(int(code)) * Fraction(2) ** (fraction_bits - grid) for code in found.flat] == exact


@settings(max_examples=60, deadline=None)
@given(
    *(st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3), st.integers(-3, 3)),
    *(st.integers(4, 34), st.integers(0, 999)),
)
def test_a_border_that_counts(
    size: int, stride: int, before: int, after: int, spare: int, bits: int, seed: int
) -> None:
    """The zeros around the image are pixels; sums wrap in accum, and quotients are those of all pixels."""
    own, pixels = FixedFormat(True, bits - 3, 2), size + 4
    accum = FixedFormat(True, bits - 3 + spare, 2)
    attributes = {"pool_width": size, "stride_width": stride, "pad_left": before, "pad_right": after, "count_pad": True}
    attributes |= {"n_in": pixels, "n_filt": 2, "n_out": (pixels + before + after - size) // stride + 1}
    node = Node(own, pixels, 1)
    node.node = SimpleNamespace(class_name="Pooling1D", name="y", get_attr=attributes.get)
    node.type_of = lambda role, grid=None: FixedQuantizer(accum, TRN, WRAP)  # type: ignore[method-assign]
    hls4ml_average(node)
    x = np.random.default_rng(seed).integers(own.low, own.high, (20, pixels, 2), endpoint=True)
    x[0], x[1] = own.low, own.high
    (found,) = Reference(node.graph()).output_codes({"x": x}).values()
    image = np.pad(x, ((0, 0), (before, after), (0, 0))).astype(object)
    starts = range(0, pixels + before + after - size + 1, stride)
    sums = np.stack([image[:, start : start + size].sum(axis=1) for start in starts], axis=1)
    exact = [round_fraction(Fraction(wrapped(int(total), accum.bits), size), Rounding.TRN_ZERO) for total in sums.flat]
    assert [
        Fraction(int(code)) * Fraction(2) ** (2 - node.tensors[-1].format.fraction_bits) for code in found.flat
    ] == exact


def test_only_wide_sums_take_two_divisions() -> None:
    for bits, divisions in ((16, 1), (32, 2)):
        own = FixedFormat(True, bits - 9, 8)
        node = averages(own, 3, FixedFormat(True, bits - 7, 8))
        assert sum(isinstance(layer, AveragePool2D) for layer in node.layers) == divisions


def test_firmware(tmp_path: Path) -> None:
    """The VHDL in GHDL and the HLS C++, at the ends of all ranges too."""
    node = averages(FixedFormat(True, 15, 16), 3, FixedFormat(True, 15, 16))
    graph = node.graph()
    chosen = schedule(graph, 1)
    check_firmware(graph, chosen, tmp_path, events=20)
    check_project(graph, chosen, tmp_path, 20)


@pytest.mark.slow
def test_bits_of_hls4ml(tmp_path: Path) -> None:
    """Its C simulation of an average over three pixels of 32 bits, which wraps in its accumulator."""
    import hls4ml
    import hls4ml.utils
    import keras

    model = keras.Sequential([keras.Input((9, 2)), keras.layers.AveragePooling1D(3, name="pool")])
    events = np.random.default_rng(5).uniform(-30000, 30000, (300, 9, 2)).astype(np.float32)
    found = []
    for backend in ("bxnn", "Vitis"):
        config = hls4ml.utils.config_from_keras_model(model, backend=backend, default_precision="fixed<32,16>")
        options = {"hls_config": config, "output_dir": str(tmp_path / backend), "backend": backend}
        project = hls4ml.converters.convert_from_keras_model(model, **options)
        project.compile()
        found.append(project.predict(events).reshape(300, -1))
    assert np.array_equal(*found) and len(np.unique(found[0])) > 1000
