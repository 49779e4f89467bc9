"""Chooses the types of kernels and factors, and how their numbers are rounded, for what their layers really read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bxnn.compiler.calibration.chosen_format import merged, weight_formats
from bxnn.compiler.calibration.float_network import FloatStep
from bxnn.compiler.calibration.joint_rounding import rounding_steps
from bxnn.compiler.calibration.moments import Moments, moments_of
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.elementwise import FixedQuantizer

Trail = tuple[int, ...]  # widths of everything before a layer


@dataclass(frozen=True, eq=False)
class KernelTypes:
    """Types of the kernels of a network.

    Attributes:
        real: Results of all layers of the float model, and the inputs.
        per_channel: Whether each output channel has its own type.
        origin: Where the types are written.
        formats: Chosen so far, by layer, part and width.
        types: With their rounding, which depends on everything before them.
        moments: Of what layers read in the float model.
    """

    real: Mapping[str, Reals]
    per_channel: bool
    origin: str
    formats: dict[tuple[str, str, int], tuple[FixedQuantizer, ...]] = field(default_factory=dict)
    types: dict[tuple[str, str, int, Trail], DeclaredType] = field(default_factory=dict)
    moments: dict[str, Moments | None] = field(default_factory=dict)

    def chosen(self, step: FloatStep, part: str, bits: int, read: Reals, trail: Trail) -> DeclaredType:
        """The type of a kernel or of factors.

        Args:
            step: The layer.
            part: ``kernel`` or ``scale``.
            bits: Width.
            read: What the layer reads, rounded.
            trail: What that depends on.
        """
        key = (step.layer.name, part, bits, trail)
        if key not in self.types:
            found = self._formats(step, part, bits)
            self.types[key] = DeclaredType(found, self._rounding(step, part, read, found), self.origin)
        return self.types[key]

    def _formats(self, step: FloatStep, part: str, bits: int) -> tuple[FixedQuantizer, ...]:
        key = (step.layer.name, part, bits)
        if key not in self.formats:
            moments, channels = self._moments(step), step.layer.channels()
            importance = np.ones(1) if moments is None else moments.importance(channels)
            own = weight_formats(step.floats[part], importance, bits, channels if self.per_channel else 1)
            self.formats[key] = merged(own)
        return self.formats[key]

    def _rounding(
        self, step: FloatStep, part: str, read: Reals, formats: tuple[FixedQuantizer, ...]
    ) -> tuple[int, ...]:
        known = self._moments(step)
        if known is None or known.covariance is None:
            return ()
        own = moments_of(step.layer, self.real[step.layer.inputs[0]], read)
        assert own is not None and own.covariance is not None and own.crossed is not None
        return rounding_steps(step.floats[part], own.covariance, own.crossed, formats)

    def _moments(self, step: FloatStep) -> Moments | None:
        """Of what the weights of a layer multiply; ``None`` if it has none."""
        name = step.layer.name
        if name not in self.moments:
            self.moments[name] = moments_of(step.layer, self.real[step.layer.inputs[0]])
        return self.moments[name]
