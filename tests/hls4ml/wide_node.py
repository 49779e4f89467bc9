"""A node of hls4ml with a Dense layer of any types, and what it computes in fractions of any size."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.hls4ml_type import Hls4mlType
from bxnn.compiler.frontend.hls4ml.node_sums import NodeSums
from bxnn.compiler.frontend.hls4ml.wide_value import WideValue
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_fraction
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.dense import Dense
from bxnn.sim.reference import Reference

TRN, WRAP = Rounding.TRN, Overflow.WRAP
EVENTS = 40


def typed(width: int, whole: int, rounding: Rounding = TRN, overflow: Overflow = WRAP) -> Hls4mlType:
    return Hls4mlType(f"fixed<{width},{whole}>", True, whole - 1, width - whole, rounding, overflow)


AUTO = typed(400, 200)


class Node(NodeLayers):
    """A node with a Dense layer."""

    def __init__(
        self, source: FixedFormat | Node, size: int, result: Hls4mlType = AUTO, accum: Hls4mlType = AUTO
    ) -> None:
        self.names: set[str] = source.names if isinstance(source, Node) else {"x"}
        if isinstance(source, Node):
            self.before = source.all_layers
            inputs, sources, wide = (source.layers[-1].name,), (source.tensors[-1],), source.wide
        else:
            port = Input("x", (), (size,), FixedQuantizer(source, TRN, WRAP))
            self.before = [port]
            inputs, sources, wide = ("x",), (port.infer(()),), dict[str, WideValue]()
        name = f"fc{sum(name.startswith('fc') and '_' not in name for name in self.names)}"
        super().__init__(SimpleNamespace(name="fc"), name, inputs, sources, self.unused, wide=wide)
        self.result, self.accum = result, accum

    subject = "fc (Dense)"
    input_tensor: Tensor

    def unused(self, wanted: str) -> str:
        found = next(name for place in range(999) if (name := f"{wanted}{place or ''}") not in self.names)
        self.names.add(found)
        return found

    @property
    def declared_result(self) -> Hls4mlType:
        return self.result

    def declared(self, role: str) -> Hls4mlType:
        return self.accum

    def result_for(self, grid: int | None) -> FixedQuantizer:
        return self.result.quantizer("fc", "result", grid)

    def type_of(self, role: str, grid: int | None = None) -> FixedQuantizer:
        return self.accum.quantizer("fc", role, grid)

    def dense(self, kernel: FixedTensor, bias: FixedTensor) -> Node:
        NodeSums(self).accumulate(Dense, self.inputs, kernel, bias)
        self.finish()
        self.names |= {layer.name for layer in self.layers}
        return self

    @property
    def all_layers(self) -> list[Layer]:
        return [*self.before, *self.layers]

    def graph(self) -> Graph:
        last = self.wide_output
        outputs = (self.all_layers[-1].name,) if last is None else (last.high, last.low)
        return Graph("net", tuple(self.all_layers), outputs)

    def values(self, codes: np.ndarray[Any, Any]) -> list[list[Fraction]]:
        """The outputs for codes of the input, in fractions."""
        graph = self.graph()
        found = Reference(graph).output_codes({"x": codes})
        return [
            [
                sum((scaled(found[name][event, place], graph.tensors()[name]) for name in graph.outputs), Fraction(0))
                for place in range(found[graph.outputs[0]].shape[1])
            ]
            for event in range(len(codes))
        ]


def scaled(code: Any, tensor: Tensor) -> Fraction:
    return int(code) / Fraction(2) ** tensor.format.fraction_bits


def converted(value: Fraction, kind: Hls4mlType) -> Fraction:
    """A value in a type, in integers of any size."""
    lsb = Fraction(2) ** -kind.fraction_bits
    code, size = round_fraction(value / lsb, kind.rounding), 1 << kind.width
    low = -size // 2 if kind.signed else 0
    if kind.overflow is WRAP:
        return ((code - low) % size + low) * lsb
    low += kind.overflow is Overflow.SAT_SYM and kind.signed
    return max(low, min(-size // 2 + size - 1 if kind.signed else size - 1, code)) * lsb


def sums(values: list[list[Fraction]], kernel: FixedTensor, bias: FixedTensor) -> list[list[Fraction]]:
    """``values @ kernel + bias`` in fractions."""
    weights = [[int(code) / Fraction(2) ** kernel.fraction_bits for code in row] for row in kernel.codes]
    shifts = [int(code) / Fraction(2) ** bias.fraction_bits for code in bias.codes]
    columns = list(zip(*weights, strict=True))
    return [
        [sum(map(Fraction.__mul__, row, column), shift) for column, shift in zip(columns, shifts, strict=True)]
        for row in values
    ]


def drawn(source: FixedFormat, size: int, seed: int) -> np.ndarray[Any, Any]:
    """Codes of events: all elements at an end of the format, each at some end or beside zero, and others."""
    rng = np.random.default_rng(seed)
    ends = np.array([source.low, source.high, max(source.low, -1), 0, 1])
    same, each = np.repeat(ends[:, np.newaxis], size, 1), rng.choice(ends, (EVENTS // 2, size))
    return np.concatenate([same, each, rng.integers(source.low, source.high, (EVENTS // 2, size), endpoint=True)])


def tensor(shape: tuple[int, ...], bits: int, fraction_bits: int, seed: int) -> FixedTensor:
    """Constants, the most negative one among them."""
    codes = np.random.default_rng(seed).integers(-(1 << (bits - 1)), 1 << (bits - 1), shape)
    codes.flat[0] = -(1 << (bits - 1))
    return FixedTensor(codes, fraction_bits)


def exact(codes: np.ndarray[Any, Any], source: FixedFormat) -> list[list[Fraction]]:
    return [[int(code) / Fraction(2) ** source.fraction_bits for code in row] for row in codes]
