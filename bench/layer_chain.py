"""Layers one after another, under construction: the basis of the networks of benchmarks and tests."""

from __future__ import annotations

from typing import Self

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer


class LayerChain:
    """A network in which every layer reads the last one.

    Attributes:
        layers: The layers so far, the input first.
        shape: Shape of the last one's output.
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
