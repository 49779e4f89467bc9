"""Softmax at the end of a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.reasons import LeftOutReason
from bxnn.compiler.ir.source import LayerSource, Reals
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.real_curves import softmax
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class SoftmaxLayer(Layer):
    """``y = exp(x) / sum(exp(x))`` over the last axis; not emitted.

    At a network output it is left out: the logits have the same order, so every cut and every argmax has an equivalent
    on them. Anywhere else it is refused.

    Attributes:
        named: Whether it is a layer of the model rather than the activation of one.
    """

    kind: ClassVar[str] = "softmax"
    keras_classes: ClassVar[tuple[str, ...]] = ("Softmax",)
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Softmax",)

    takes_output: ClassVar[bool] = True
    left_over: ClassVar[str] = "softmax is supported only as the last layer, where it is left out; remove it"

    named: bool = True

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
        return (Example(cls("y", ("x",)), (Tensor.of_format((4,), FixedFormat(True, 2, 3)),)),)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        raise ModelError(self.describe(), self.left_over)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        raise TypeError(f"{self.kind} is not exact on codes; the pass leave_out_at_outputs removes it")

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        return softmax(stacked(values))

    def left_out_at_output(self) -> LeftOutReason | None:
        return LeftOutReason.SAME_ORDER

    def names_output(self) -> bool:
        return self.named
