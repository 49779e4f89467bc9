"""Layers whose results are not binary fractions, and are exact together with the quantizer after them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.real_layer import Reads
from bxnn.compiler.ir.resolved_layer import ResolvedLayer
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer


class RoundedLayer(ResolvedLayer):
    """A layer that waits for the quantizer of its results, which the pass ``fold`` merges into it.

    Attributes:
        quantizer: The quantizer; ``None`` until then.
        decision_bits: Without such a quantizer: fraction bits of the points at which readers decide.
    """

    takes_output: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    reads: ClassVar[Reads] = Reads.ADDRESS

    quantizer: FixedQuantizer | None
    decision_bits: int | None

    @abstractmethod
    def without_quantizer(self) -> str:
        """The problem of the layer if no quantizer follows it, and the way out."""

    def rounded_by(self, quantizer: FixedQuantizer) -> Layer | None:
        fits = self.quantizer is None and not quantizer.slope_shift
        return self._with(quantizer=quantizer) if fits else None

    def decided_at(self, decision_bits: int, threshold: FinestThreshold | None) -> Layer:
        return self if self.quantizer is not None else self._with(decision_bits=decision_bits)

    def left_over_in(self, graph: Graph) -> str:
        return self.without_quantizer()

    def known_quantizer(self) -> FixedQuantizer:
        """The quantizer.

        Raises:
            ModelError: If there is none.
        """
        if self.quantizer is None:
            raise ModelError(self.describe(), self.without_quantizer())
        return self.quantizer

    def rounded_reals(self, values: Reals) -> Reals:
        """Results in float64 after the quantizer, if there is one."""
        return values if self.quantizer is None else self.quantizer.quantize_real(values) * self.quantizer.format.lsb

    def _with(self, **changes: Any) -> Layer:
        return replace(self, **changes)
