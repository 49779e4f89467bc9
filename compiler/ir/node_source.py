"""What the hls4ml front end passes to a layer class: one node of hls4ml's graph, and the layers that stand for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bxnn.compiler.errors import ModelError
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor

if TYPE_CHECKING:
    from bxnn.compiler.ir.layer import Layer


class NodeSource(Protocol):
    """One hls4ml node; ``from_hls4ml`` of a layer class reads it and appends equivalent layers.

    Unlike Keras, hls4ml gives each node a type for its result, its sums and its weights, to which values are
    converted on the way. A node therefore often becomes a layer and a conversion.

    Attributes:
        inputs: Names of the layers that it reads.
        sources: What is proven about the tensors that it reads.
    """

    inputs: tuple[str, ...]
    sources: tuple[Tensor, ...]

    @property
    def class_name(self) -> str:
        """Class of the node, e.g. ``Dense``."""

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape that hls4ml gives its output, without the batch axis."""

    @property
    def result_type(self) -> FixedQuantizer:
        """The type of its output, for what the last layer made so far gives."""

    def result_for(self, grid: int | None) -> FixedQuantizer:
        """The type of its output, for values with ``grid`` fraction bits if that is known."""

    @property
    def tensor(self) -> Tensor:
        """What is proven about the last layer made so far, or about what the node reads."""

    def type_of(self, role: str, grid: int | None = None) -> FixedQuantizer:
        """The node's type for ``accum`` and similar, for values with ``grid`` fraction bits if that is known."""

    def read_signs(self) -> bool:
        """Whether what the node reads are the codes 0 and 1 of -1 and 1."""

    def streamed_type(self) -> FixedQuantizer | None:
        """The type of its input in hls4ml's ``io_stream``, in whose C++ some constants have it; ``None`` elsewhere."""

    def weights(self, role: str) -> FixedTensor:
        """Exact codes of a weight."""

    @property
    def subject(self) -> str:
        """The node's name in error messages."""

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute of the node; untrusted."""

    def word(self, key: str) -> str:
        """An attribute that is a word, in lower case."""

    def number(self, key: str, default: int | None = None) -> int:
        """An attribute that must be an integer.

        Raises:
            ModelError: If it is missing or not an integer.
        """

    def refuse(self, problem: str) -> ModelError:
        """The error for something that is not supported."""

    def make(self, layer_class: Callable[..., Layer], *arguments: object) -> Layer:
        """Append a layer that reads the last one, or the node's inputs.

        Args:
            layer_class: Called with the layer's name, its inputs and ``arguments``.
            arguments: What the layer needs in addition.
        """

    def append(self, layer_class: Callable[..., Layer], inputs: Sequence[str], *arguments: object) -> Layer:
        """Append a layer that reads the layers of these names: inputs of the node, or made before."""

    def linear(self, layer_class: Callable[..., Layer], shape: Sequence[int], *arguments: object) -> None:
        """Append a linear layer with the node's weight, bias and accumulator, and the conversion to its result.

        Args:
            layer_class: Called with the layer's name, its inputs, kernel and bias, and ``arguments``.
            shape: Shape of the kernel.
            arguments: What the layer needs in addition.

        Raises:
            ModelError: If the accumulator drops bits of products, or saturates on the way.
        """

    def cast(self, quantizer: FixedQuantizer) -> None:
        """Append a conversion, unless it provably changes nothing."""

    def finish(self) -> None:
        """Convert the last layer's output to the type of the node's result."""
