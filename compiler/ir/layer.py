"""The layer contract: everything that the compiler may ask of a layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.notices import Notice
from bxnn.compiler.ir.real_layer import RealLayer
from bxnn.compiler.ir.reasons import LeftOutReason, NoOpReason
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import FixedPointQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor

if TYPE_CHECKING:
    from bxnn.compiler.ir.graph import Graph


@dataclass(frozen=True, eq=False)
class Example:
    """A layer with suitable inputs, for the contract test.

    Attributes:
        layer: Its inputs are named ``x`` (or ``x0``, ``x1``, ...).
        sources: Tensors of the inputs.
    """

    layer: Layer
    sources: tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class Layer(RealLayer):
    """One node of a graph; writes one tensor with the node's name.

    Attributes:
        kind: Name of the type, of its file and of its templates.
        keras_classes: Keras and QKeras classes that ``from_keras`` reads.
        hls4ml_classes: Classes of hls4ml nodes that ``from_hls4ml`` reads.
        left_over: For types without hardware: why the compiler stops if no pass could remove the layer, and what to do.
        starts_tile: Whether, in the streaming form, the layer computes from its own line buffer rather than together
            with the preceding layer.
        emitted: Whether it has hardware, and templates under hls_templates named after its kind.
        takes_output: Whether design.yaml may declare the type of the result, which is then rounded to it.
        multiplies: Whether it has products with constants, several of which the scheduler may pack into a DSP.
        name: Legal VHDL and C++ identifier, unique in the graph.
        inputs: Names of the layers whose tensors it reads.
    """

    kind: ClassVar[str]
    keras_classes: ClassVar[tuple[str, ...]] = ()
    hls4ml_classes: ClassVar[tuple[str, ...]] = ()
    left_over: ClassVar[str] = ""
    starts_tile: ClassVar[bool] = False
    emitted: ClassVar[bool] = False
    takes_output: ClassVar[bool] = False
    multiplies: ClassVar[bool] = False

    name: str
    inputs: tuple[str, ...]

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        """Layers for one Keras layer; the last of them has its name or stands for its output.

        Raises:
            ModelError: If an attribute is not supported exactly.
        """
        raise InternalError(cls.kind, "stands for no Keras class, so it cannot be made from a Keras layer")

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """Append the layers for one hls4ml node, including types, to ``node``; the last stands for its output.

        Raises:
            ModelError: If an attribute or a type is not supported exactly.
        """
        raise InternalError(cls.kind, "stands for no hls4ml class, so it cannot be made from a node")

    @classmethod
    @abstractmethod
    def examples(cls) -> tuple[Example, ...]:
        """Small and awkward instances that the contract test runs through every implementation."""

    @abstractmethod
    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """Shape of the output (no batch axis) for inputs of these shapes.

        Raises:
            ModelError: If the inputs do not fit.
        """

    @abstractmethod
    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        """Format and proven range of the output.

        Raises:
            ModelError: If the inputs do not fit.
        """

    @abstractmethod
    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        """The definition of the layer on codes; batch axis first, dtype of ``values`` preserved, exact."""

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        """Largest absolute integer that ``evaluate`` forms on the way, for any order of summation."""
        tensors = [*sources, self.infer(sources)]
        return max(int(max(-t.low.min(), t.high.max())) for t in tensors)

    def rounding_ties(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> NDArray[np.int64]:
        """For each event of ``values``, how many elements fall exactly between two codes; shape (events,)."""
        return np.zeros(len(values[0]), np.int64)

    def quantized(self) -> Layer:
        """The layer with every trained float replaced by its exact code."""
        return self

    def resolved(self, sources: Sequence[Tensor]) -> Layer:
        """The layer with the formats filled in that depend on the ranges of its inputs."""
        return self

    def parts(self, sources: Sequence[Tensor], named: Callable[[str], str]) -> Sequence[Layer]:
        """The layers that compute it, ``resolved``; the last has its name.

        Args:
            sources: Tensors of its inputs.
            named: A free name for a part.
        """
        return (self.resolved(sources),)

    def rounded_by(self, quantizer: FixedQuantizer) -> Layer | None:
        """The layer with the quantizer after it merged into it, bit for bit; or ``None``."""
        return None

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        """What the user should know about the layer as ``resolved`` makes it; ``subject`` is its name."""
        return None

    def folded_into(self, producer: Layer) -> Layer | None:
        """``producer`` changed so that this layer is not needed after it, bit for bit; or ``None``."""
        return None

    def folded_forward(self, consumer: Layer) -> Layer | None:
        """``consumer`` changed so that this layer is not needed before it, bit for bit; or ``None``."""
        return None

    def products_apart(self) -> tuple[Layer, Layer] | None:
        """The same as two layers, each product an output of the first; ``None`` if it has no products of weights."""
        return None

    def standing_alone(self, shape: tuple[int, ...]) -> Layer | None:
        """For types without hardware: an equivalent layer with hardware, with output of ``shape``; or ``None``."""
        return None

    def host_quantizer(self) -> FixedPointQuantizer | None:
        """The quantizer that the host can apply to a network input instead of the layer, or ``None``."""
        return None

    def decides_at(self) -> int | None:
        """Fraction bits of all points at which the result depends on the side on which an input lies.

        Halves between two codes, at which a quantizer rounds, are such points, and so are its thresholds. ``None`` if
        the layer needs more of its input than that.
        """
        return None

    def finest_threshold(self) -> float | None:
        """The threshold that needs ``decision_bits``, or ``None`` if something else does."""
        return None

    def passes_order(self) -> bool:
        """Whether each result is one input element, zero, or a monotone function that preserves any dyadic grid."""
        return False

    def held_bits(self, result: Tensor) -> int:
        """Bits that hold an element of its result, on average: fewer than its format has if elements have their own."""
        return result.bits

    def decided_at(self, decision_bits: int, threshold: FinestThreshold | None) -> Layer:
        """A copy of the layer that knows that all its readers decide at multiples of ``2**-decision_bits``.

        Args:
            decision_bits: The largest number that any reader needs.
            threshold: The threshold that needs them; ``None`` if something else does.
        """
        return self

    def width_advice(self) -> str | None:
        """What to do if the layer's products are too wide and the default advice does not help."""
        return None

    def left_over_in(self, graph: Graph) -> str:
        """For types without hardware: why no pass could remove the layer from this graph, and what to do."""
        return self.left_over

    def elided(self) -> NoOpReason | None:
        """Why the layer does nothing at inference, or ``None``."""
        return None

    def left_out_at_output(self) -> LeftOutReason | None:
        """Why the layer may be left out of firmware at a network output, or ``None``."""
        return None

    def names_output(self) -> bool:
        """Whether an omitted output has the user's name rather than one made up by the front end."""
        return True

    def follows_order_only(self) -> bool:
        """Whether the result depends only on the order of the input's elements."""
        return False

    def macs(self, shape: tuple[int, ...]) -> int:
        """MACs as counted for published networks, zeros and padding included, for an input of ``shape``."""
        return 0

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        """Where each pixel of the output looks on the input image, the same everywhere.

        ``None`` if the layer cannot be described this way, and cannot stream. Taps outside the image act as zeros.
        """
        return None

    def on_tile(self, positions: int) -> Layer:
        """The layer on a section of the image that has ``positions`` outputs and no border."""
        return self

    def describe(self) -> str:
        """Kind and name for error messages: ``fc1 (dense)``."""
        return f"{self.name} ({self.kind})"

    def reading(self, renamed: Mapping[str, str]) -> Self:
        """The layer with its inputs renamed."""
        return replace(self, inputs=tuple(renamed.get(name, name) for name in self.inputs))


def stacked(values: Sequence[Codes]) -> Codes:
    """The only input of a layer with one input."""
    (value,) = values
    return np.asarray(value)
