"""Handmade graphs, for the tests of passes, schedules and firmware."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.dense import Dense

RELU6 = FixedQuantizer(FixedFormat(False, 0, 6), Rounding.RND_CONV, Overflow.SAT)


def sat(signed: bool, integer_bits: int, fraction_bits: int) -> FixedQuantizer:
    """A quantizer that rounds to the nearest code, ties to even, and saturates."""
    return FixedQuantizer(FixedFormat(signed, integer_bits, fraction_bits), Rounding.RND_CONV, Overflow.SAT)


def source(name: str, *shape: int, signed: bool = True, integer_bits: int = 3, fraction_bits: int = 4) -> Input:
    """A network input with a number format."""
    return Input(name, (), shape, sat(signed, integer_bits, fraction_bits))


def dense(
    name: str, reads: str, kernel: Int | Sequence[Sequence[int]], bias: Int | Sequence[int] | None = None,
    fraction_bits: int = 3, bias_fraction_bits: int = 5,
) -> Dense:  # fmt: skip
    """A Dense layer of kernel codes (inputs, outputs) and bias codes."""
    constant = None if bias is None else FixedTensor(np.asarray(bias, np.int64), bias_fraction_bits)
    return Dense(name, (reads,), FixedTensor(np.asarray(kernel, np.int64), fraction_bits), constant)


def activation(name: str, reads: str, function: ElementFunction = RELU6) -> ActivationLayer:
    """An activation layer."""
    return ActivationLayer(name, (reads,), function)


def network(*layers: Layer, outputs: Sequence[str] = (), name: str = "net") -> Graph:
    """A graph whose output is its last layer unless specified."""
    return Graph(name, layers, tuple(outputs) or (layers[-1].name,))


def identity(size: int) -> Int:
    """Kernel codes of ``y = x``."""
    return np.eye(size, dtype=np.int64)


def random_kernel(rng: np.random.Generator, inputs: int, outputs: int, bits: int, sparsity: float) -> Int:
    """Kernel codes of ``bits`` bits, a fraction ``sparsity`` of which is zero, and sometimes whole rows or columns."""
    high = max(1, (1 << (bits - 1)) - 1)
    codes = rng.integers(-high, high, (inputs, outputs), endpoint=True)
    codes[rng.random(codes.shape) < sparsity] = 0
    if sparsity and rng.random() < 0.3:
        codes[rng.integers(inputs)] = 0
        codes[:, rng.integers(outputs)] = 0
    return codes


@st.composite
def element_functions(draw: st.DrawFn) -> ElementFunction:
    """Activations as found in networks."""
    bits = draw(st.integers(1, 8))
    rounding = draw(st.sampled_from(Rounding))
    choices: list[ElementFunction] = [
        FixedQuantizer(FixedFormat(False, draw(st.integers(0, 2)), bits), rounding, Overflow.SAT),
        FixedQuantizer(FixedFormat(True, draw(st.integers(0, 3)), bits), rounding, draw(st.sampled_from(Overflow))),
        FixedQuantizer(FixedFormat(True, 2, bits), rounding, Overflow.SAT, slope_shift=draw(st.integers(1, 4))),
        StepFunction(FixedFormat(True, 1, 0), ((-21, 6), (21, 6)), (True, False), -1, 1),
        StepFunction(FixedFormat(True, 1, 0), ((0, 0),), (False,), -1, 2),
        Rectifier(),
        Rectifier(draw(st.integers(1, 3))),
        Rectifier(None, (3, 1)),
    ]
    return draw(st.sampled_from(choices))


@st.composite
def networks(draw: st.DrawFn, most_layers: int = 4, most_width: int = 20) -> Graph:
    """Small networks: a tree of Dense layers and activations after one or two inputs, with one or more outputs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    widths: dict[str, int] = {}
    layers: list[Layer] = []
    for number in range(draw(st.integers(1, 2))):
        quantizer = draw(st.sampled_from([sat(True, 2, 3), sat(False, 0, 4), sat(True, 4, -1), sat(False, 1, 0)]))
        widths[f"x{number}"] = draw(st.integers(1, most_width))
        layers.append(Input(f"x{number}", (), (widths[f"x{number}"],), quantizer))
    free = set(widths)
    for number in range(max(len(free), draw(st.integers(1, most_layers)))):
        reads = draw(st.sampled_from(sorted(name for name in free if name.startswith("x")) or sorted(widths)))
        name, outputs = f"fc{number}", draw(st.integers(1, most_width))
        kernel = random_kernel(rng, widths[reads], outputs, draw(st.integers(1, 8)), draw(st.sampled_from([0, 0, 0.5])))
        bias = rng.integers(-40, 40, outputs) if draw(st.booleans()) else None
        layers.append(dense(name, reads, kernel, bias, draw(st.integers(-1, 6)), draw(st.integers(0, 9))))
        free.discard(reads)
        if draw(st.booleans()):
            layers.append(activation(f"act{number}", name, draw(element_functions())))
            name = f"act{number}"
        widths[name] = outputs
        free.add(name)
    inner = [layer.name for layer in layers if layer.inputs and layer.name not in free]
    also = draw(st.lists(st.sampled_from(inner), max_size=1)) if inner else []
    return Graph("net", tuple(layers), (*sorted(free), *also))
