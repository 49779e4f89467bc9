"""Transcendental activations: with the quantizer after them, they become thresholds or a table, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.hls4ml_tables import TABLES
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.notices import Notice, UndecidedEntries
from bxnn.compiler.ir.rounded_layer import RoundedLayer
from bxnn.compiler.ir.source import LayerSource, Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.monotone import Monotone
from bxnn.compiler.numeric.real_curves import real_curve
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.staircase import staircase_of
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.hls4ml_curves import activation_table, hard_activation
from bxnn.layers.lookup import TABLE_BITS
from bxnn.layers.table_entries import between_decisions, numbers, rounded

_FEW_BITS = 4  # of a result, up to which an increasing function takes comparators
_FLOAT32 = Fraction(1, 2**20)  # relative distance from a boundary that float32 may not resolve


@dataclass(frozen=True, eq=False)
class CurveLayer(RoundedLayer):
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
            hard_activation(node)
        else:
            activation_table(node, TABLES[node.word("activation")])
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

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        return self.rounded_reals(real_curve(self.function, stacked(values)))

    def resolved(self, sources: Sequence[Tensor]) -> Layer:
        from bxnn.layers.activation import ActivationLayer  # which reads curves

        (source,) = sources
        if self.quantizer is None and self.decision_bits is not None:
            exact = [self.function(number) for number in numbers(self, source, within=True)]
            return between_decisions(self, [exact], self.decision_bits)
        quantizer = self.known_quantizer()
        if self.function.is_monotone and quantizer.format.bits <= _FEW_BITS and quantizer.overflow is not Overflow.WRAP:
            return ActivationLayer(self.name, self.inputs, self._steps(source, quantizer))
        return rounded(self, [[self.function(number) for number in numbers(self, source)]], quantizer)

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
        pairs = zip(source.format.by_address.tolist(), numbers(self, source), strict=True)
        found = tuple(code for code, number in pairs if _is_undecided(self.function(number), bits, rounding))
        return UndecidedEntries(subject, found, 1 << source.bits) if found else None

    def without_quantizer(self) -> str:
        function = self.function.curve.value
        return f"{function} has no exact result; put a quantizer right after it, or {declare_result(self.name)}"

    def _steps(self, source: Tensor, quantizer: FixedQuantizer) -> StepFunction:
        """Thresholds on the input that are equal to the function and its quantizer."""
        bits = source.format.fraction_bits
        stair = staircase_of(Monotone((self.function,)), quantizer, source)
        thresholds = tuple((int(code), bits) for code in stair.thresholds)
        if not thresholds:  # a constant, represented by a threshold out of reach
            thresholds = ((int(source.high.max()) + 1, bits),)
        return StepFunction(quantizer.format, thresholds, (False,) * len(thresholds), stair.base, 1)


def _is_undecided(exact: Fraction, bits: int, rounding: Rounding) -> bool:
    """Whether a result is so close to where rounding to ``bits`` fraction bits changes that float32 may miss it."""
    scaled = exact * Fraction(2) ** bits
    truncates = rounding in (Rounding.TRN, Rounding.TRN_ZERO)
    boundary = Fraction(round(scaled)) if truncates else Fraction(scaled.__floor__() * 2 + 1, 2)
    return 0 < abs(scaled - boundary) < _FLOAT32 * max(Fraction(1), abs(scaled))
