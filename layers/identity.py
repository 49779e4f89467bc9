"""Layers that do nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.reasons import NoOpReason
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor

_TRAINING_ONLY = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
)


@dataclass(frozen=True, eq=False)
class Identity(Layer):
    """``y = x``; removed by the pass ``remove_no_ops``.

    Attributes:
        reason: Why the layer does nothing.
    """

    kind: ClassVar[str] = "identity"
    keras_classes: ClassVar[tuple[str, ...]] = _TRAINING_ONLY
    left_over: ClassVar[str] = "does nothing and has no hardware; remove it"

    reason: NoOpReason

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        source.ignore("rate", "noise_shape", "seed", "stddev", "l1", "l2", "activity_regularizer", "data_format")
        source.finish()
        return (cls(source.name, (name,), NoOpReason.TRAINING_ONLY),)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        tensor = Tensor.of_format((4,), FixedFormat(True, 2, 3))
        return tuple(Example(cls("y", ("x",), reason), (tensor,)) for reason in NoOpReason)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return sources[0]

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return stacked(values)

    def elided(self) -> NoOpReason | None:
        return self.reason
