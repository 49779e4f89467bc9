"""One node of an ONNX graph with the values that it reads; every attribute must be accounted for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from bxnn.compiler.errors import InputError, ModelError, raise_all
from bxnn.compiler.frontend.onnx.channel_scales import channel_factors, on_smallest_scale
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.onnx_file import OnnxNode
from bxnn.compiler.frontend.onnx.values import Constant, HostInput, Refused, Value, Wire
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.monotone import Clamp, Monotone
from bxnn.compiler.numeric.tensor import Int

_First = TypeVar("_First")
_Second = TypeVar("_Second")
NEEDS_QUANTIZER = "put a quantizer in front of it"


class FollowsError(Exception):
    """A node needs what a refused node would have written."""


@dataclass
class NodeReader:
    """What the reader of an operation works with.

    Attributes:
        node: The node; untrusted.
        network: The layers are added to it.
        values: Values of its inputs; ``None`` for one that is omitted.
        alone: Whether the node is the only reader of each of its inputs.
        batch: Size of the batch in the file; 1 if it is not fixed.
        types: Formats declared for the layer in design.yaml: ``kernel``, ``bias``, ``output``.
        seen: Attributes that were read.
    """

    node: OnnxNode
    network: Network
    values: tuple[Value | None, ...]
    alone: tuple[bool, ...]
    batch: int = 1
    types: Mapping[str, DeclaredType] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    @property
    def wanted(self) -> str:
        """Name of the tensor that it writes."""
        return self.node.outputs[0]

    def refuse(self, problem: str) -> ModelError:
        """The error for what is not supported."""
        return ModelError(self.node.subject, problem)

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute, marked as accounted for."""
        self.seen.add(key)
        return self.node.attributes.get(key, default)

    def number(self, key: str, default: int) -> int:
        """An attribute that is an integer."""
        value = self.get(key, default)
        if not isinstance(value, int):
            raise self.refuse(f"{key} {value!r} is not an integer; the model file is damaged")
        return value

    def expect(self, key: str, *accepted: Any, advice: str) -> None:
        """Refuse an attribute that is present with a value other than those in ``accepted``."""
        value = self.get(key, accepted[0])
        if value not in accepted:
            raise self.refuse(f"{key} {value!r} is not supported; {advice}")

    def finish(self) -> None:
        """Refuse attributes that were not accounted for."""
        unknown = sorted(set(self.node.attributes) - self.seen)
        if unknown:
            value = self.node.attributes[unknown[0]]
            raise self.refuse(f"attribute {unknown[0]}={value!r} is unknown; bxnn cannot tell what it does")

    def given(self, index: int) -> bool:
        """Whether an input is present."""
        return index < len(self.values) and self.values[index] is not None

    def is_constant(self, index: int) -> bool:
        """Whether an input is known when the file is read."""
        return index < len(self.values) and isinstance(self.values[index], Constant)

    def value(self, index: int) -> Constant | HostInput | Wire:
        """An input."""
        value = self.values[index] if index < len(self.values) else None
        if isinstance(value, Refused):
            raise FollowsError
        if not isinstance(value, Constant | HostInput | Wire):
            raise self.refuse(f"has no input {index}; the model file is damaged")
        return value

    def constant(self, index: int, what: str) -> Constant:
        """An input that must be known when the file is read."""
        value = self.value(index)
        if not isinstance(value, Constant):
            raise self.refuse(f"{what} is computed by the network; export the model with a constant one")
        return value

    def scalar(self, index: int, what: str) -> float:
        """An input that is one number."""
        values = self.constant(index, what).values
        if values.size != 1:
            raise self.refuse(f"{what} has shape {values.shape}; use one number")
        return float(values.ravel()[0])

    def integers(self, index: int, what: str) -> tuple[int, ...]:
        """An input that is a list of integers."""
        values = self.constant(index, what).values
        if values.dtype.kind not in "ib" or values.ndim > 1:
            raise self.refuse(f"{what} is not a list of integers; the model file is damaged")
        return tuple(int(value) for value in values.ravel())

    def wire(self, index: int) -> Wire:
        """An input that the network computes."""
        value = self.value(index)
        if isinstance(value, Constant):
            raise self.refuse("reads a constant where the network's data is expected")
        if isinstance(value, HostInput):
            raise self.refuse(
                f"reads input {value.name!r}, which has no number format; {NEEDS_QUANTIZER}, or declare one in "
                f'design.yaml: inputs: {{{value.name}: "fixed<W,I,RND_CONV,SAT>"}}'
            )
        if value.integers is not None:
            raise self.refuse("reads the integers of a QuantizeLinear; put a DequantizeLinear in front of it")
        if value.softmax:
            raise self.refuse("reads a softmax, which has no exact result; put a quantizer right after the softmax")
        return value

    def settled(self, index: int) -> Wire:
        """An input whose codes stand for multiples of one scale: anything pending and exact becomes a layer."""
        return settled(self.wire(index), self.network, self.wanted, self.refuse)

    def channelwise(self, index: int) -> Wire:
        """Like ``settled``, for an operation within each channel: their scales may differ."""
        wire = self.wire(index)
        return self.settled(index) if channel_factors(wire) is None else wire


def together(first: Callable[[], _First], second: Callable[[], _Second]) -> tuple[_First, _Second]:
    """The results of two steps that do not depend on each other; the problems of both are one error."""
    problems: list[InputError] = []
    results: list[Any] = []
    for step in (first, second):
        try:
            results.append(step())
        except ModelError as error:
            problems.append(error)
        except FollowsError:
            if not problems:
                raise
    raise_all(problems)
    return results[0], results[1]


def settled(wire: Wire, network: Network, wanted: str, refuse: Callable[[str], ModelError]) -> Wire:
    """A wire whose codes stand for multiples of one scale.

    A ReLU, or a clip at a binary fraction, becomes a layer, as do scales of channels whose ratios are powers of two.

    Raises:
        ModelError: If something else is pending.
    """
    from bxnn.compiler.numeric.elementwise import Rectifier
    from bxnn.layers.activation import ActivationLayer

    if wire.scale is not None:
        return wire
    common = wire.common
    if common is not None and isinstance(common.steps[-1], Clamp):
        clamp, before = common.steps[-1], Wire(wire.layer, wire.order, (Monotone(common.steps[:-1]),))
        scale = before.scale
        if clamp.low == 0 and scale is not None and scale > 0:
            maximum = None if clamp.high is None else dyadic(clamp.high / scale)
            if clamp.high is None or maximum is not None:
                rectifier = Rectifier(None, maximum)
                name = network.add(f"{wanted}_relu", lambda own: ActivationLayer(own, (wire.layer,), rectifier))
                return Wire(name, wire.order, before.functions)
    shifted = on_smallest_scale(network, wire, wanted)
    if shifted is not None:
        return shifted
    if all(function.affine is not None for function in wire.functions):
        scales = "channels of different scales" if wire.common is None else "a shift"
        raise refuse(f"reads {scales}; share one quantizer: put it in front of the layer")
    raise refuse(f"reads numbers that are not quantized; {NEEDS_QUANTIZER}")


def dyadic(number: Fraction) -> tuple[int, int] | None:
    """``(code, fraction_bits)`` of a short binary fraction."""
    bits = number.denominator.bit_length() - 1
    return (number.numerator, bits) if number.denominator == 1 << bits and bits <= 24 and number < 1 << 31 else None


def real(values: Any) -> tuple[Fraction, ...]:
    """Exact values of stored floats."""
    return tuple(Fraction(float(value)) for value in np.ravel(values))


def per_channel(node: NodeReader, wire: Wire, values: Any, what: str) -> tuple[Wire, Int | Any]:
    """A constant that broadcasts against a tensor of the file, by channel of the wire's layer.

    Returns:
        The wire, whose layer may be wiring that makes every element a channel, and one element for all or one for each.
    """
    stored = np.asarray(values)
    if stored.size == 1:
        return wire, stored.reshape(1)
    try:
        full = np.broadcast_to(stored, (1, *wire.shape))[0]
    except ValueError:
        raise node.refuse(
            f"{what} has shape {stored.shape}, its input (batch, {', '.join(map(str, wire.shape))})"
        ) from None
    wire = node.network.whole(wire, node.wanted)
    shape = node.network.tensors[wire.layer].shape
    by_element = np.empty(wire.order.size, stored.dtype)
    by_element[wire.order.ravel()] = full.ravel()
    rows = by_element.reshape(-1, shape[-1])
    if (rows == rows[0]).all():
        return wire, rows[0]
    return node.network.flat(wire, node.wanted), by_element
