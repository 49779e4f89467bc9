"""Layers one behind the other, in the making: what the networks of benchmarks and tests are built on."""

from __future__ import annotations

from typing import Self

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer


class LayerChain:
    """A network in which every layer reads the last one.

    Attributes:
        layers: So far, the input first.
        shape: Of what the last one gives.
    """

    def __init__(self, source: Layer, shape: tuple[int, ...]) -> None:
        self.layers, self.shape = [source], shape

    def graph(self) -> Graph:
        """The network so far."""
        return Graph("net", tuple(self.layers), (self._last,))

    @property
    def _last(self) -> str:
        return self.layers[-1].name

    def _name(self, stem: str) -> str:
        return f"{stem}{len(self.layers)}"

    def _add(self, layer: Layer) -> Self:
        self.layers.append(layer)
        self.shape = layer.output_shape([self.shape])
        return self
