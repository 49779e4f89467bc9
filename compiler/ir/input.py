"""Network inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, HostQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Input(Layer):
    """A tensor that enters the network.

    Attributes:
        shape: Shape without the batch axis.
        quantizer: How the host converts real values to the codes at the port; ``None`` until it is declared in
            design.yaml or taken from the network's own input quantizer.
    """

    kind: ClassVar[str] = "input"
    keras_classes: ClassVar[tuple[str, ...]] = ("InputLayer",)
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("InputLayer", "Input")

    shape: tuple[int, ...]
    quantizer: HostQuantizer | None = None

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        source.expect("sparse", False, advice="use a dense input")
        source.expect("ragged", False, advice="use an input of fixed shape")
        source.ignore("optional")
        (shape,) = source.input_shapes
        source.finish()
        return (cls(source.name, (), shape),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        node.make(cls, node.output_shape, node.result_type)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        quantizer = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT)
        own = ElementQuantizer.of_columns(np.array([[2, 0, 0], [-4, 0, 0], [3, 0, 1]]), Rounding.RND, True)
        return (Example(cls("y", (), (3,), quantizer), ()), Example(cls("y", (), (3,), own), ()))

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return self.shape

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        if self.quantizer is None:
            raise ModelError(
                self.describe(),
                f'has no number format; declare it in design.yaml: inputs: {{{self.name}: "fixed<W,I,RND_CONV,SAT>"}}',
            )
        quantizer = self.quantizer
        if isinstance(quantizer, ElementQuantizer):
            return quantizer.possible(self.shape)
        low, high = quantizer.low, quantizer.high
        return Tensor(quantizer.format, np.full(self.shape, low, np.int64), np.full(self.shape, high, np.int64))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        raise TypeError("an input has no definition; its codes come from outside")

    def declared(self, quantizer: HostQuantizer) -> Input:
        """The input with its number format."""
        return replace(self, quantizer=quantizer)
