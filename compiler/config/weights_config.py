"""`weights:` of design.yaml: layers whose weights are loaded at run time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bxnn.compiler.config.section import Section

ALL = "all"
WeightBus = Literal["port", "axi-lite", "ipbus"]
_LAYERS = "all, or a list of names of layers"


def _read_layers(value: Any) -> tuple[str, ...]:
    """The names in what design.yaml says, ``all`` among them.

    Raises:
        ValueError: With the problem in words.
    """
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names) or (isinstance(value, str) and value != ALL):
        raise ValueError(f"is not {_LAYERS}, such as [fc1, fc2]")
    return tuple(names)


class WeightsConfig(Section):
    """Which weights can be replaced while events arrive, and how.

    Attributes:
        layers: Names of layers; ``("all",)`` for all that have weights.
        bus: Ports through which they are loaded.
    """

    layers: Annotated[tuple[str, ...], BeforeValidator(_read_layers)] = Field(default=(ALL,), description=_LAYERS)
    bus: WeightBus = Field(default="port", description="port, axi-lite or ipbus")

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of layers; ``None`` for all that have weights."""
        return None if self.layers == (ALL,) else self.layers
