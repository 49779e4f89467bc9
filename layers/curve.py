"""Transcendental activations: with the quantizer after them, they become thresholds or a table, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.hls4ml_tables import TABLES, ActivationTable
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.notices import Notice, UndecidedEntries
from bxnn.compiler.ir.real_layer import Reads
from bxnn.compiler.ir.source import LayerSource, Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.monotone import Monotone
from bxnn.compiler.numeric.real_curves import real_curve
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding, round_fraction, sticky
from bxnn.compiler.numeric.scaled_quantizer import AnyRounding, ScaledQuantizer
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.staircase import staircase
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.lookup import TABLE_BITS, Lookup

_FEW_BITS = 4  # of a result, up to which an increasing function takes comparators
_FLOAT32 = Fraction(1, 2**20)  # relative distance from a boundary that float32 may not resolve


@dataclass(frozen=True, eq=False)
class CurveLayer(Layer):
    """``y = quantizer(function(x))``, the exact value rounded once; not emitted.

    The pass ``fold`` merges the quantizer after the function into the layer; ``resolve_formats`` makes it thresholds,
    for increasing functions with few output bits, or else a table of all codes of the input.

    Attributes:
        function: The activation.
        quantizer: The quantizer of its results; ``None`` until a quantizer after it has been merged.
        decision_bits: Without such a quantizer: fraction bits of the points at which readers decide. The table then
            holds, for each code, a number on the same side of all of them.

    Source: definitions of Keras 3.15 (``gelu`` is exact, ``elu`` has alpha 1).
    """

    kind: ClassVar[str] = "curve"
    keras_classes: ClassVar[tuple[str, ...]] = ("ELU",)
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("HardActivation",)
    takes_output: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    reads: ClassVar[Reads] = Reads.ADDRESS

    function: Smooth
    quantizer: FixedQuantizer | None = None
    decision_bits: int | None = None

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, alpha = source.one_input(), source.get("alpha", 1.0)
        if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < alpha < 1e6:
            raise source.refuse("alpha", "use a positive number")
        source.finish()
        return (cls(source.name, (name,), Smooth(Curve.ELU, Fraction(alpha))),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """hls4ml's own table, which is coarser than the function; ``ActivationLayer`` reads these nodes.

        ``HardActivation`` is ``clip(slope * x + shift, 0, 1)``, or twice that less one.
        """
        if node.class_name == "HardActivation":
            _hard(node)
        else:
            _table(node, TABLES[node.word("activation")])
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        source = Tensor.of_format((4,), FixedFormat(True, 2, 3))
        fine = FixedQuantizer(FixedFormat(True, 1, 6), Rounding.RND_CONV, Overflow.SAT)
        few = FixedQuantizer(FixedFormat(False, 0, 3), Rounding.TRN, Overflow.SAT)
        cases = (Smooth(Curve.GELU), fine), (Smooth(Curve.SIGMOID), few), (Smooth(Curve.ELU, Fraction(7, 10)), fine)
        return tuple(Example(cls("y", ("x",), *case), (source,)) for case in cases)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return self.resolved(sources).infer(sources)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return self.resolved(sources).evaluate(values, sources)

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        found = real_curve(self.function, stacked(values))
        return found if self.quantizer is None else self.quantizer.quantize_real(found) * self.quantizer.format.lsb

    def rounded_by(self, quantizer: FixedQuantizer) -> Layer | None:
        fits = self.quantizer is None and not quantizer.slope_shift
        return replace(self, quantizer=quantizer) if fits else None

    def decided_at(self, decision_bits: int, threshold: FinestThreshold | None) -> Layer:
        return self if self.quantizer is not None else replace(self, decision_bits=decision_bits)

    def left_over_in(self, graph: Graph) -> str:
        return self._without_quantizer()

    def resolved(self, sources: Sequence[Tensor]) -> Layer:
        from bxnn.layers.activation import ActivationLayer  # which reads curves

        source = sources[0]
        if self.quantizer is None and self.decision_bits is not None:
            return self._between_decisions(source, self.decision_bits)
        quantizer = self._quantizer()
        if self.function.is_monotone and quantizer.format.bits <= _FEW_BITS and quantizer.overflow is not Overflow.WRAP:
            return ActivationLayer(self.name, self.inputs, self._steps(source, quantizer))
        self._check_room(source)
        codes = np.array([self._code(code, source, quantizer) for code in _codes(source)], np.int64)
        table = FixedTensor(codes[np.newaxis], quantizer.format.fraction_bits)
        return Lookup(self.name, self.inputs, table, quantizer.format)

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        """Which entries of the table float32 might round to another code, if any."""
        source = sources[0]
        if source.bits > TABLE_BITS:
            return None
        if self.quantizer is not None:
            bits, rounding = self.quantizer.format.fraction_bits, self.quantizer.rounding
        elif self.decision_bits is not None:
            bits, rounding = self.decision_bits, Rounding.TRN  # at any multiple
        else:
            return None
        found = tuple(code for code in _codes(source) if self._is_undecided(code, source, bits, rounding))
        return UndecidedEntries(subject, found, 1 << source.bits) if found else None

    def _quantizer(self) -> FixedQuantizer:
        if self.quantizer is None:
            raise ModelError(self.describe(), self._without_quantizer())
        return self.quantizer

    def _without_quantizer(self) -> str:
        function = self.function.curve.value
        return f"{function} has no exact result; put a quantizer right after it, or {declare_result(self.name)}"

    def _check_room(self, source: Tensor) -> None:
        if source.bits > TABLE_BITS:
            problem = f"reads {counted(source.bits, 'bit')}, but its table has room for {TABLE_BITS}"
            raise ModelError(self.describe(), f"{problem}; quantize its input to {TABLE_BITS} bits")

    def _between_decisions(self, source: Tensor, bits: int) -> Lookup:
        """The table for readers that decide at multiples of ``2**-bits``; codes out of range repeat the nearest."""
        self._check_room(source)
        low, high = int(source.low.min()), int(source.high.max())
        values = [self._scaled(min(max(code, low), high), source, 0) for code in _codes(source)]
        codes = np.array([sticky(value, bits) for value in values], np.int64)
        result = FixedFormat.covering(int(codes.min()), int(codes.max()), bits + 1)
        return Lookup(self.name, self.inputs, FixedTensor(codes[np.newaxis], bits + 1), result)

    def _scaled(self, code: int, source: Tensor, fraction_bits: int) -> Fraction:
        """The result at a code of the input, in LSBs of a grid."""
        value = self.function(code / Fraction(2) ** source.format.fraction_bits)
        return value * Fraction(2) ** fraction_bits

    def _code(self, code: int, source: Tensor, quantizer: FixedQuantizer) -> int:
        rounded = round_fraction(self._scaled(code, source, quantizer.format.fraction_bits), quantizer.rounding)
        codes = np.array([max(min(rounded, 1 << 61), -(1 << 61))], np.int64)
        return int(quantizer.evaluate(codes, quantizer.format.fraction_bits)[0])  # already rounded: overflow only

    def _is_undecided(self, code: int, source: Tensor, bits: int, rounding: Rounding) -> bool:
        scaled = self._scaled(code, source, bits)
        truncates = rounding in (Rounding.TRN, Rounding.TRN_ZERO)
        boundary = Fraction(round(scaled)) if truncates else Fraction(scaled.__floor__() * 2 + 1, 2)
        return 0 < abs(scaled - boundary) < _FLOAT32 * max(Fraction(1), abs(scaled))

    def _steps(self, source: Tensor, quantizer: FixedQuantizer) -> StepFunction:
        """Thresholds on the input that are equal to the function and its quantizer."""
        unit = Fraction(1) / Fraction(2) ** quantizer.format.fraction_bits
        mode = AnyRounding.of(quantizer.rounding)
        scaled = ScaledQuantizer((unit,), 0, quantizer.low, quantizer.high, mode, False)
        low, high, bits = int(source.low.min()), int(source.high.max()), source.format.fraction_bits
        stair = staircase(Monotone((self.function,)), scaled, 0, low, high, bits)
        thresholds = tuple((int(code), bits) for code in stair.thresholds)
        if not thresholds:  # a constant, represented by a threshold out of reach
            thresholds = ((high + 1, bits),)
        return StepFunction(quantizer.format, thresholds, (False,) * len(thresholds), stair.base, 1)


def _table(node: NodeSource, table: ActivationTable) -> None:
    """The address, the table, and what is added to it above zero."""
    from bxnn.layers.activation import ActivationLayer

    size, channels = node.number("table_size", 1024), node.sources[0].shape[-1]
    if not 16 <= size <= 1 << TABLE_BITS or size & (size - 1):
        raise node.refuse(f"table_size {size} is not supported; use a power of two from 16 to {1 << TABLE_BITS}")
    place = FixedFormat(True, ceil_log2(-table.low), table.address_bits(size))
    most = 0 if table.one_sided else None
    node.make(ActivationLayer, FixedQuantizer(place, Rounding.TRN_ZERO, Overflow.SAT, None, most))
    kind = node.type_of("table")
    entries = kind.quantize_real(table.entries(size).astype(np.float64))[table.places(node.tensor, size)]
    factor = FixedTensor(np.ones(1, np.int64), 0)
    if node.get("activ_param") is not None:
        parameter = node.type_of("param")
        code = parameter.quantize_real(np.asarray([node.get("activ_param")]))
        factor = FixedTensor(code, parameter.format.fraction_bits)
    found = FixedTensor(entries[np.newaxis] * factor.codes, kind.format.fraction_bits + factor.fraction_bits)
    result = FixedFormat.covering(int(found.codes.min()), int(found.codes.max()), found.fraction_bits)
    below = node.make(Lookup, found, result)
    if table.one_sided:
        above = node.append(ActivationLayer, node.inputs, Rectifier())
        if table.slope != 1:
            slope = FixedQuantizer(FixedFormat(False, 1, 15), Rounding.TRN, Overflow.WRAP)
            code = slope.quantize_real(np.full(channels, table.slope))
            above = node.make(Affine, FixedTensor(code, slope.format.fraction_bits), None)
        node.append(Add, (below.name, above.name))


def _hard(node: NodeSource) -> None:
    from bxnn.layers.activation import ActivationLayer
    from bxnn.layers.batchnorm import BatchNorm

    channels = node.sources[0].shape[-1]
    parts = []
    for role in ("slope", "shift"):
        kind = node.type_of(role)
        code = kind.quantize_real(np.full(channels, float(node.get(role))))
        parts.append(FixedTensor(code, kind.format.fraction_bits))
    node.make(BatchNorm, *parts)
    node.make(ActivationLayer, Rectifier(None, (1, 0)))
    if node.word("activation") == "hard_tanh":
        two, one = (FixedTensor(np.full(channels, code), 0) for code in (2, -1))
        node.make(BatchNorm, two, one)


def _codes(source: Tensor) -> list[int]:
    """The code of every raw address."""
    raw = range(1 << source.bits)
    return [code - (1 << source.bits) if code > source.format.high else code for code in raw]
