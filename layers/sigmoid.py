"""Sigmoid at the end of a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.layer import Layer, stacked
from bxnn.compiler.ir.notices import Notice
from bxnn.compiler.ir.reasons import LeftOutReason
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.real_curves import sigmoid
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.curve import CurveLayer
from bxnn.layers.softmax import SoftmaxLayer


@dataclass(frozen=True, eq=False)
class SigmoidLayer(SoftmaxLayer):
    """``y = 1 / (1 + exp(-x))``, the softmax of ``x`` and 0; not emitted.

    At a network output it is left out like any softmax: a cut on the score corresponds to a cut on the logit.
    """

    kind: ClassVar[str] = "sigmoid"
    keras_classes: ClassVar[tuple[str, ...]] = ()
    hls4ml_classes: ClassVar[tuple[str, ...]] = ()

    def rounded_by(self, quantizer: FixedQuantizer) -> Layer | None:
        return self._curve().rounded_by(quantizer)

    def decided_at(self, decision_bits: int, threshold: FinestThreshold | None) -> Layer:
        return self._curve().decided_at(decision_bits, threshold)

    def _curve(self) -> CurveLayer:
        return CurveLayer(self.name, self.inputs, Smooth(Curve.SIGMOID))

    def parts(self, sources: Sequence[Tensor], named: Callable[[str], str]) -> Sequence[Layer]:
        raise ModelError(self.describe(), self.without_quantizer())

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        return None

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        return sigmoid(stacked(values))

    def left_out_at_output(self) -> LeftOutReason | None:
        return LeftOutReason.LOGIT_OF_SCORE

    def without_quantizer(self) -> str:
        return (
            "sigmoid is supported as the last layer, where it is removed, and with a quantizer right after it; add one"
        )
