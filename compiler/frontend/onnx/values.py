"""What the front end knows about an ONNX tensor: a constant, an input on the host, or a wire of the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from bxnn.compiler.numeric.host_quantizer import HostStep
from bxnn.compiler.numeric.monotone import IDENTITY, Monotone, MonotoneStep
from bxnn.compiler.numeric.tensor import Int

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Constant:
    """A tensor that is known when the file is read.

    Attributes:
        values: The numbers as the framework computes them.
        codes: int64, the integers of a quantized constant, less its zero point; ``None`` if it is not quantized.
        scales: float32 of the shape of ``codes``: ``values`` stand for ``codes * scales``.
        kind: Type in the file, such as ``int8``.
    """

    values: Array
    codes: Int | None = None
    scales: Array | None = None
    kind: str = "float32"

    def rearranged(self, change: Any) -> Constant:
        """The constant with a function that only moves elements applied to all its arrays."""
        if self.codes is None or self.scales is None:
            return Constant(change(self.values), kind=self.kind)
        return Constant(change(self.values), change(self.codes), change(self.scales))


@dataclass(frozen=True, eq=False)
class HostInput:
    """An input before its quantizer: the host still computes in float32.

    Attributes:
        name: Name of the tensor in the file.
        shape: Its shape without the batch axis.
        order: Element of the input at every position; its shape is the tensor's current one.
        steps: Operations of the host on it so far.
        rows: Whether the first axis counts rows of an event that the file counts as events (event_rows.py).
    """

    name: str
    shape: tuple[int, ...]
    order: Int
    steps: tuple[HostStep, ...] = ()
    rows: bool = False


@dataclass(frozen=True, eq=False)
class Wire:
    """A tensor in flight: a layer's codes, and what they stand for.

    Attributes:
        layer: Name of the layer that writes the codes.
        order: Element of the layer's tensor, in row-major order, at every position of the file's tensor (without
            batch axis). Transpositions and the like only change this.
        functions: One per channel of the layer's last axis, from the real value of a code to the number in the
            file's tensor; one function if it is that of all channels.
        integers: Scale and zero point if the file's tensor holds integers, as QuantizeLinear writes them; the
            functions still lead to the numbers that they stand for.
        softmax: Whether the layer is a softmax that has no result yet; the functions are those of its logits.
        rows: Whether the first axis counts rows of an event that the file counts as events (event_rows.py).
    """

    layer: str
    order: Int
    functions: tuple[Monotone, ...] = (IDENTITY,)
    integers: tuple[Fraction, int] | None = None
    softmax: bool = False
    rows: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in the file, without the batch axis."""
        return self.order.shape

    def reordered(self, order: Int) -> Wire:
        """The same elements at other positions."""
        return replace(self, order=order)

    def then(self, steps: tuple[MonotoneStep, ...]) -> Wire:
        """The wire followed by one more function: one for all channels, or one for each."""
        count = max(len(self.functions), len(steps))
        pairs = zip(self.functions * (count // len(self.functions)), steps * (count // len(steps)), strict=True)
        return replace(self, functions=tuple(function.then(step) for function, step in pairs))

    @property
    def common(self) -> Monotone | None:
        """The function of all channels; ``None`` if they differ."""
        return self.functions[0] if len(set(self.functions)) == 1 else None

    @property
    def scale(self) -> Fraction | None:
        """The factor on a code's value, if there is nothing else and it is the same for all channels."""
        affine = None if self.common is None else self.common.affine
        return affine.factor if affine is not None and affine.shift == 0 else None


@dataclass(frozen=True)
class Refused:
    """A tensor that a refused node would have written; of its readers, only what does not depend on it is checked."""


Value = Constant | HostInput | Wire | Refused
Values = Mapping[str, Value]
