"""Softmax: left out at the end of a classifier, else computed by tables with the quantizer after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.notices import Notice, TabulatedSoftmax
from bxnn.compiler.ir.reasons import LeftOutReason
from bxnn.compiler.ir.rounded_layer import RoundedLayer
from bxnn.compiler.ir.source import LayerSource, Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.real_curves import softmax
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.curve import CurveLayer
from bxnn.layers.decision import difference_of_two
from bxnn.layers.lookup import FABRIC_BITS

if TYPE_CHECKING:
    from bxnn.layers.softmax_tables import SoftmaxTables


@dataclass(frozen=True, eq=False)
class SoftmaxLayer(RoundedLayer):
    """``y = quantizer(exp(x) / sum(exp(x)))`` over the last axis; not emitted.

    At a network output it is left out: the logits have the same order, so every cut and every argmax has an equivalent
    on them. Elsewhere the pass ``fold`` merges the quantizer after it, and ``resolve_formats`` makes it tables: of two
    classes, the sigmoid of their difference, exactly; of more, exponentials and the reciprocal of their sum.

    Attributes:
        named: Whether it is a layer of the model rather than the activation of one.
        quantizer: The quantizer of its results; ``None`` until a quantizer after it has been merged.
        decision_bits: Without such a quantizer: fraction bits of the points at which readers decide.
    """

    kind: ClassVar[str] = "softmax"
    keras_classes: ClassVar[tuple[str, ...]] = ("Softmax",)
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Softmax",)

    named: bool = True
    quantizer: FixedQuantizer | None = None
    decision_bits: int | None = None

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        source.expect("axis", -1, len(source.input_shapes[0]), advice="use axis -1")
        source.finish()
        return (cls(source.name, (name,)),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        node.make(cls)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        score = FixedQuantizer(FixedFormat(False, 0, 6), Rounding.RND_CONV, Overflow.SAT)
        logits = Tensor.of_format((4,), FixedFormat(True, 2, 3))
        return tuple(Example(cls("y", ("x",), True, quantizer), (logits,)) for quantizer in (None, score))

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return self._computed(sources)[1][self.name]

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        parts, tensors = self._computed(sources)
        known = {self.inputs[0]: stacked(values)}
        for part in parts:
            inputs = [tensors[name] for name in part.inputs]
            known[part.name] = part.evaluate([known[name] for name in part.inputs], inputs)
        return known[self.name]

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        return self.rounded_reals(softmax(stacked(values)))

    def parts(self, sources: Sequence[Tensor], named: Callable[[str], str]) -> Sequence[Layer]:
        from bxnn.layers.activation import ActivationLayer  # which reads softmaxes

        (logits,), (source,) = self.inputs, sources
        if self.quantizer is None and self.decision_bits is None:
            raise ModelError(self.describe(), self.without_quantizer())
        if self._is_sigmoid(source):
            other, difference = difference_of_two(self.name, logits, source.shape)
            curve = CurveLayer(self.name, (difference.name,), Smooth(Curve.SIGMOID), self.quantizer, self.decision_bits)
            return other, difference, curve.resolved([difference.infer([source, other.infer([source])])])
        tables = self._tables(source)
        if self.quantizer is None:
            return tables.layers(self.name, logits, named)
        made = tables.layers(named("product"), logits, named)
        return *made, ActivationLayer(self.name, (made[-1].name,), self.quantizer)

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        """How far from the exact softmax results of tables may be."""
        undecided = self.quantizer is None and self.decision_bits is None
        if undecided or self._is_sigmoid(sources[0]):
            return None
        return TabulatedSoftmax(subject, float(self._tables(sources[0]).error))

    def left_out_at_output(self) -> LeftOutReason | None:
        return LeftOutReason.SAME_ORDER

    def names_output(self) -> bool:
        return self.named

    def _is_sigmoid(self, source: Tensor) -> bool:
        """Whether the difference of two logits, of one bit more, is short enough for a table."""
        return source.shape[-1] == 2 and source.bits < FABRIC_BITS

    def _tables(self, source: Tensor) -> SoftmaxTables:
        from bxnn.layers.softmax_tables import SoftmaxTables  # whose quantizers read softmaxes

        bits = self.quantizer.format.fraction_bits if self.quantizer is not None else self.decision_bits
        return SoftmaxTables.of(source, bits or 0)

    def without_quantizer(self) -> str:
        return (
            "softmax is supported as the last layer, where it is left out, and with a quantizer right after it; add "
            f"one, or {declare_result(self.name)}"
        )

    def _computed(self, sources: Sequence[Tensor]) -> tuple[Sequence[Layer], dict[str, Tensor]]:
        """The layers that compute it, and the tensors that they read and write."""
        parts = self.parts(sources, lambda part: f"{self.name}_{part}")
        tensors = {self.inputs[0]: sources[0]}
        for part in parts:
            tensors[part.name] = part.infer([tensors[name] for name in part.inputs])
        return parts, tensors
