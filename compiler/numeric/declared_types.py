"""Number formats declared in design.yaml where a model file has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bxnn.compiler.numeric.elementwise import FixedQuantizer


@dataclass(frozen=True)
class DeclaredTypes:
    """Types by name, as spelled in the model file.

    Attributes:
        inputs: Formats of network inputs.
        layers: Formats of the parts of a layer: ``kernel``, ``bias``, ``output``.
    """

    inputs: Mapping[str, FixedQuantizer] = field(default_factory=dict)
    layers: Mapping[str, Mapping[str, FixedQuantizer]] = field(default_factory=dict)


NO_TYPES = DeclaredTypes()
