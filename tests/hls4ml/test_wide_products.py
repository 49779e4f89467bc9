"""Products of operands that are wider than the ports of a DSP slice: exact in all bits that the result keeps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.hls4ml_merge import read_merge
from bxnn.compiler.frontend.hls4ml.wide_product import Kept, multiply
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat, parse_type
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_fraction
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.add import Add
from bxnn.layers.multiply import Multiply
from bxnn.sim.reference import Reference
from tests.hls.project import check_project
from tests.hls.test_emulator import built, check
from tests.layers.firmware import check_firmware, random_codes, schedule

TRN, WRAP = Rounding.TRN, Overflow.WRAP
EVENTS = 60


def typed(text: str) -> FixedFormat:
    return parse_type(text)[0]


class Node(NodeLayers):
    """A ``Merge`` of two vectors that multiplies."""

    def __init__(self, pair: tuple[FixedFormat, FixedFormat], result: FixedQuantizer, size: int = EVENTS) -> None:
        sources = tuple(Tensor.of_format((size,), own) for own in pair)
        super().__init__(None, "y", ("a", "b"), sources, lambda text: f"{text}{len(self.layers)}")
        self.result = result

    subject = "y (Merge)"

    def word(self, key: str) -> str:
        return "multiply"

    def result_for(self, grid: int | None) -> FixedQuantizer:
        return self.result

    def graph(self) -> Graph:
        """The operands as inputs, and what was made of them."""
        ports = [
            Input(name, (), tensor.shape, FixedQuantizer(tensor.format, TRN, WRAP))
            for name, tensor in zip(self.inputs, self.sources, strict=True)
        ]
        return Graph("net", (*ports, *self.layers), (self.layers[-1].name,))

    def outputs(self, codes: list[list[int]]) -> list[int]:
        """Codes of the last layer, for one event with these codes."""
        given_codes = {name: np.array([own], np.int64) for name, own in zip(self.inputs, codes, strict=True)}
        (found,) = Reference(self.graph()).output_codes(given_codes).values()
        return list(map(int, found[0]))


def drawn(formats: tuple[FixedFormat, FixedFormat], seed: int) -> list[list[int]]:
    """Codes of both operands: the ends of their formats with each other, those beside zero, and others."""
    rng = np.random.default_rng(seed)
    found = []
    for number, own in enumerate(formats):
        ends = [own.low, own.high, max(own.low, -1), 0, min(own.high, 1)]
        border = [ends[place // 5 ** (1 - number) % 5] for place in range(25)]
        found.append(border + [int(code) for code in rng.integers(own.low, own.high, EVENTS - 25, endpoint=True)])
    return found


def converted(value: Fraction, quantizer: FixedQuantizer) -> int:
    """A value in a type, in integers of any size."""
    own = quantizer.format
    code = round_fraction(value * Fraction(2) ** own.fraction_bits, quantizer.rounding)
    if quantizer.overflow is not WRAP:
        return max(quantizer.low, min(quantizer.high, code))
    return (code - own.low) % (1 << own.bits) + own.low


formats = st.builds(
    lambda signed, bits, fraction: FixedFormat(signed, bits - fraction - signed, fraction),
    *(st.booleans(), st.integers(12, 44), st.integers(-6, 40)),
)
results = st.builds(FixedQuantizer, formats, st.sampled_from(Rounding), st.sampled_from([WRAP, WRAP, Overflow.SAT]))
W32, W16 = typed("fixed<32,16>"), typed("fixed<16,6>")


@settings(max_examples=150, deadline=None)
@given(st.tuples(formats, formats), results, st.integers(0, 2**32 - 1))
@example((W32, W32), FixedQuantizer(W32, TRN, WRAP), 0)
@example((W32, W32), FixedQuantizer(W32, TRN, Overflow.SAT), 0)
@example((typed("ufixed<32,16>"), W32), FixedQuantizer(W16, Rounding.RND_CONV, WRAP), 0)
def test_products(pair: tuple[FixedFormat, FixedFormat], result: FixedQuantizer, seed: int) -> None:
    """What ap_fixed gives for ``result(a * b)``, most negative times most negative included."""
    node = Node(pair, result)
    try:
        read_merge(node)
    except ModelError as error:
        assert "of their bits, more than" in str(error)
        assume(False)
    codes = drawn(pair, seed)
    grid = Fraction(2) ** -(pair[0].fraction_bits + pair[1].fraction_bits)
    expected = [converted(a * b * grid, result) for a, b in zip(*codes, strict=True)]
    last = node.tensors[-1].format.fraction_bits  # a conversion that changes no value is left out
    scaled = [Fraction(code) * Fraction(2) ** (result.format.fraction_bits - last) for code in node.outputs(codes)]
    assert scaled == expected


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(12, 34)] * 2), st.integers(8, 34), st.sampled_from(Rounding), st.integers(0, 2**32 - 1))
def test_sums_of_products(widths: tuple[int, int], bits: int, rounding: Rounding, seed: int) -> None:
    """Two products that are added before they are converted, as in an LSTM: no bit below may be dropped."""
    pair = FixedFormat(True, 4, widths[0] - 5), FixedFormat(True, 7, widths[1] - 8)
    result = FixedQuantizer(FixedFormat(True, 3, bits - 4), rounding, WRAP)
    node = Node(pair, result)
    kept = Kept.by(result, alone=False)
    try:
        node.append(Add, [multiply(node, ("a", "b"), kept), multiply(node, ("b", "b"), kept)])
    except ModelError as error:
        assume("more than" not in str(error))
        raise
    node.finish()
    codes = drawn(pair, seed)
    first, second = (Fraction(2) ** -own.fraction_bits for own in pair)
    expected = [converted(a * b * first * second + b * b * second**2, result) for a, b in zip(*codes, strict=True)]
    last = node.tensors[-1].format.fraction_bits
    scaled = [Fraction(code) * Fraction(2) ** (result.format.fraction_bits - last) for code in node.outputs(codes)]
    assert scaled == expected


def test_narrow_operands_take_one_product() -> None:
    node = Node((typed("fixed<18,6>"), typed("fixed<25,6>")), FixedQuantizer(W16, TRN, WRAP))
    read_merge(node)
    assert [layer.kind for layer in node.layers] == ["multiply", "activation"]


@pytest.mark.parametrize(
    ("first", "second", "result", "products"),
    [
        ("fixed<32,16>", "fixed<32,16>", "fixed<32,16>", 4),
        ("fixed<11,2>", "fixed<32,16>", "fixed<32,16>", 2),  # of 24 bits, not of 17
        ("fixed<35,16>", "fixed<49,20>", "fixed<16,6>", 4),
        ("fixed<36,16>", "fixed<25,16>", "fixed<16,6>", 3),
        ("fixed<32,32>", "fixed<32,32>", "fixed<32,32>", 3),  # the product of the highest parts is above the result
        ("fixed<32,32>", "fixed<32,32>", "fixed<16,16>", 1),
    ],
)
def test_as_few_products_as_possible(first: str, second: str, result: str, products: int) -> None:
    node = Node((typed(first), typed(second)), FixedQuantizer(typed(result), TRN, WRAP))
    read_merge(node)
    read = {name for layer in node.layers for name in layer.inputs}
    assert sum(isinstance(layer, Multiply) for layer in node.layers) == products
    assert {layer.name for layer in node.layers[:-1]} <= read, "no layer in vain"


def test_bits_below_the_result_are_not_added() -> None:
    """Of the sum, those that the lowest parts alone decide are gone before it."""
    node = Node((W32, W32), FixedQuantizer(W32, TRN, WRAP))
    read_merge(node)
    (total,) = (place for place, layer in enumerate(node.layers) if isinstance(layer, Add))
    assert node.tensors[total].bits == 34 and [layer.kind for layer in node.layers[total:]] == ["add", "activation"]


def test_too_wide_products_are_refused() -> None:
    node = Node((W32, W32), FixedQuantizer(W32, Rounding.RND_CONV, Overflow.SAT))
    with pytest.raises(ModelError) as caught:
        read_merge(node)
    assert str(caught.value) == (
        "y (Merge): multiplies 32 bits by 32 bits and needs 64 of their bits, more than 59; quantize its inputs, "
        "or give its result a type with TRN and WRAP"
    )


@pytest.mark.parametrize(
    ("first", "second", "result", "interval"),
    [
        ("fixed<32,16>", "fixed<32,16>", "fixed<32,16,TRN,WRAP>", 1),
        ("ufixed<27,3>", "fixed<32,9>", "fixed<24,8,RND_CONV,SAT>", 4),
    ],
)
def test_firmware(first: str, second: str, result: str, interval: int, tmp_path: Path) -> None:
    """The VHDL in GHDL, the HLS C++ and the emulator have the bits of the reference, at the ends of all ranges too."""
    number_format, modes = parse_type(result)
    quantizer = FixedQuantizer(number_format, Rounding[modes[0]], Overflow[modes[1]])
    node = Node((typed(first), typed(second)), quantizer, 3)
    read_merge(node)
    graph = node.graph()
    chosen = schedule(graph, interval)
    assert sum(step.binding.dsp for step in chosen.steps) == (12 if interval == 1 else 4)
    check_firmware(graph, chosen, tmp_path, events=30)
    check_project(graph, chosen, tmp_path)
    check(built(graph, tmp_path), random_codes(graph, 40, 1))


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fixed<32,16>", "fixed<32,16,RND,WRAP>", "fixed<27,12>"])
def test_bits_of_hls4ml(precision: str, tmp_path: Path) -> None:
    """Its C simulation of a product of two layers, large enough to wrap."""
    import hls4ml
    import hls4ml.utils
    import keras

    inputs = [keras.Input((6,), name=name) for name in ("first", "second")]
    model = keras.Model(inputs, keras.layers.Multiply(name="product")(inputs))
    events = np.random.default_rng(5).uniform(-400, 400, (2, 500, 6)).astype(np.float32)
    events[:, 0] = -(2.0**11)
    found = []
    for backend in ("bxnn", "Vitis"):
        config = hls4ml.utils.config_from_keras_model(model, "name", backend, default_precision=precision)
        config["LayerName"]["product"]["Precision"]["result"] = precision
        options = {"hls_config": config, "output_dir": str(tmp_path / backend), "backend": backend}
        project = hls4ml.converters.convert_from_keras_model(model, **options)
        project.compile()
        found.append(project.predict([np.ascontiguousarray(own) for own in events]))
    assert np.array_equal(*found) and len(np.unique(found[0])) > 2000
