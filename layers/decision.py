"""Decision: whether results reach a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.notices import ConstantDecision, Notice
from bxnn.compiler.ir.real_scale import RealScale
from bxnn.compiler.ir.reasons import LeftOutReason
from bxnn.compiler.ir.resolved_layer import ResolvedLayer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.layers.gather import Gather
from bxnn.layers.subtract import Subtract
from bxnn.layers.threshold import Threshold

_BIT = FixedFormat(False, 1, 0)


@dataclass(frozen=True, eq=False)
class Decision(ResolvedLayer):
    """``y = 1`` where ``score(x) >= threshold``, or ``>`` if strict, else 0; one bit per element; not emitted.

    Everything between the code of ``x`` and the threshold is monotone, so the pass ``resolve_formats`` makes it one
    integer that the code is compared with, exactly.

    Attributes:
        threshold: In units of the network's output; compared as the rational number that the float is.
        strict: Whether a score equal to the threshold gives 0.
        scale: What codes of ``x`` stand for, where their format does not say it; rounded to float64, as the host does.
        curve: The final layer of the model that is left out of the firmware: ``score`` of what ``x`` stands for.
    """

    kind: ClassVar[str] = "decision"
    left_over: ClassVar[str] = "a decision becomes a comparison once its input has a format"

    threshold: float
    strict: bool
    scale: RealScale | None = None
    curve: Smooth | None = None

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed = Tensor.of_format((3,), FixedFormat(True, 2, 3))
        scale = RealScale((0.3, -0.3, 0.0), (0.1,))
        cases = (
            (0.5, False, None, None),
            (0.5, True, None, None),
            (0.3, False, scale, None),
            (0.7, False, None, Smooth(Curve.SIGMOID)),
            (99.0, False, None, None),
        )
        return tuple(Example(cls("y", ("x",), *case), (signed,)) for case in cases)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def resolved(self, sources: Sequence[Tensor]) -> Layer:
        """The comparison with an integer per channel, or for all if their codes have one scale."""
        source = sources[0]
        channels = source.shape[-1] if self.scale is not None and self.scale.several else 1
        rows = np.array([self._steps(source.format, channel) for channel in range(channels)], np.int64)
        grid = source.format.fraction_bits
        base, step = (FixedTensor(rows[:, column], 0) for column in (1, 2))
        return Threshold(self.name, self.inputs, FixedTensor(rows[:, :1], grid), base, step, _BIT)

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        found = self.infer(sources)
        if (found.low != found.high).any():
            return None
        return ConstantDecision(subject, self.threshold)

    def decides_at(self) -> int | None:
        exact = self.scale is None and self.curve is None
        return Fraction(self.threshold).denominator.bit_length() - 1 if exact else None

    def finest_threshold(self) -> float | None:
        return self.threshold

    def on_logits(
        self, reason: LeftOutReason, logits: str, shape: tuple[int, ...], scale: RealScale | None
    ) -> tuple[Layer, ...] | None:
        """Layers that decide the same on the logits of a sigmoid or softmax that is left out.

        A softmax of two classes is a sigmoid of their difference. One of more has no such equivalent: ``None``.

        Args:
            reason: Which of the two it is.
            logits: The tensor that it reads.
            shape: Its shape.
            scale: What its codes stand for.
        """
        curve = Smooth(Curve.SIGMOID)
        if reason is LeftOutReason.LOGIT_OF_SCORE:
            return (replace(self, inputs=(logits,), scale=scale, curve=curve),)
        if shape[-1] != 2 or (scale is not None and scale.several):
            return None
        other, difference = difference_of_two(self.name, logits, shape)
        scale = None if scale is None else RealScale(scale.factors, (0.0,))
        return other, difference, replace(self, inputs=(difference.name,), scale=scale, curve=curve)

    def _steps(self, number_format: FixedFormat, channel: int) -> tuple[int, int, int]:
        """The code from which a channel's bit changes, the bit before it, and whether it rises (1) or falls (-1)."""
        low, high = number_format.low, number_format.high
        before, after = (self._passes(code, number_format, channel) for code in (low, high))
        if before == after:
            return high + 1, int(before), 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._passes(middle, number_format, channel) == before:
                low = middle
            else:
                high = middle
        return high, int(before), 1 if after else -1

    def _passes(self, code: int, number_format: FixedFormat, channel: int) -> bool:
        """The bit for a code, exactly."""
        if self.scale is None:
            score = code / Fraction(2) ** number_format.fraction_bits
        else:
            score = Fraction(float(self.scale.of(np.full(self._width(), code, np.int64))[channel]))
        if self.curve is not None:
            score = self.curve(score)
        return score > self.threshold if self.strict else score >= self.threshold

    def _width(self) -> int:
        return 1 if self.scale is None else max(len(self.scale.factors), len(self.scale.shifts))


def difference_of_two(name: str, logits: str, shape: tuple[int, ...]) -> tuple[Gather, Subtract]:
    """Layers, named after ``name``, that subtract the other from each of two logits along the last axis."""
    places: Int = np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)[..., ::-1]
    other = Gather.of(f"{name}_other", logits, places)
    return other, Subtract(f"{name}_difference", (logits, other.name))
