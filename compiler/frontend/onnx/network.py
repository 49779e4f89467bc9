"""The network that a reader of ONNX nodes builds: layers in order, and what is proven about their tensors."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.names import legal_name, printable
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import Notice
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.layers.gather import Gather
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape
from bxnn.layers.sigmoid import SigmoidLayer

_FINER_BITS = 8  # by which the grid of a bias may be finer than that of the results


@dataclass(frozen=True)
class HostPort:
    """An input whose quantizer is known.

    Attributes:
        key: Everything that the host does.
        reader: The node that quantizes it.
        layer: Its layer.
    """

    key: Hashable
    reader: str
    layer: str


@dataclass
class Network:
    """Layers so far.

    Attributes:
        layers: In topological order.
        tensors: What is proven about the output of each, by name.
        spelled: Names as spelled in the file, of layers that have different ones.
        notices: What the user should know.
        macs: Multiplications per event.
        floats: Whether weights are floats and tensors have shapes only.
        host: Inputs that the host quantizes, by name in the file.
    """

    layers: list[Layer] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    macs: int = 0
    floats: bool = False
    host: dict[str, HostPort] = field(default_factory=dict)

    def add(self, wanted: str, make: Callable[[str], Layer], tensor: Tensor | None = None) -> str:
        """Append a layer.

        Args:
            wanted: Name of the tensor in the file.
            make: The layer for a legal name.
            tensor: Its output, if it cannot be inferred yet.

        Returns:
            Its name.
        """
        name = legal_name(wanted, self.tensors)
        layer = make(name).quantized()  # on the grid that it will have, which thresholds refer to
        sources = [self.tensors[source] for source in layer.inputs]
        self.count(layer, [source.shape for source in sources])
        self.tensors[name] = layer.infer(sources) if tensor is None else tensor
        self.layers.append(layer)
        if name != wanted:
            self.spelled[name] = printable(wanted)
        return name

    def count(self, layer: Layer, shapes: Sequence[tuple[int, ...]]) -> None:
        """Count the multiplications of one more layer.

        Raises:
            ModelError: If there are too many.
        """
        if layer.multiplies:
            self.macs += layer.macs(shapes[0])
            if self.macs > limits.NETWORK_MACS:
                problem = f"brings the network to {self.macs} multiplications per event, the limit is"
                raise ModelError(layer.describe(), f"{problem} {limits.NETWORK_MACS}")

    def biased(self, wire: Wire, shifts: Sequence[Fraction]) -> bool:
        """Add numbers, one for all channels or one for each, in the layer of a wire with no other reader.

        Only where the layer takes them exactly, on a grid not much finer than that of its results.

        Returns:
            Whether they were added.
        """
        index = next(place for place, layer in enumerate(self.layers) if layer.name == wire.layer)
        layer, tensor, scale = self.layers[index], self.tensors[wire.layer], wire.scale
        if not isinstance(layer, Scalable) or scale is None:
            return False
        channels = tensor.shape[-1]
        parts = [shifts[channel % len(shifts)] / scale for channel in range(channels)]
        grid = max((part.denominator.bit_length() - 1 for part in parts), default=0)
        if any((1 << grid) % part.denominator for part in parts) or grid > tensor.format.fraction_bits + _FINER_BITS:
            return False
        shift = FixedTensor(np.array([int(part * (1 << grid)) for part in parts], np.int64), grid)
        changed = layer.scaled(FixedTensor(np.ones(channels, np.int64), 0), shift)
        if changed is None:
            return False
        self.layers[index] = changed
        self.tensors[wire.layer] = changed.infer([self.tensors[source] for source in changed.inputs])
        return True

    def written(self, value: Value | tuple[Value, ...], wanted: str, subject: str) -> Value | tuple[Value, ...]:
        """What a node writes: functions stay pending until the next quantizer."""
        return value

    def is_sigmoid(self, name: str, source: str) -> bool:
        """Whether a layer is the sigmoid of another one."""
        layer = next(layer for layer in self.layers if layer.name == name)
        return isinstance(layer, SigmoidLayer) and layer.inputs == (source,)

    def arranged(self, wire: Wire, place: Int, shape: tuple[int, ...], wanted: str) -> Wire:
        """The wire with its elements in the order that a layer needs.

        Args:
            wire: The tensor.
            place: For every position of the file's tensor, where its element has to be, in row-major order.
            shape: Shape of the tensor that the layer reads.
            wanted: Name for wires if any are needed.

        Raises:
            ModelError: If channels with different functions are mixed.
        """
        source = self.tensors[wire.layer]
        if place.size == source.size and np.array_equal(place, wire.order):
            return self._shaped(wire, place, shape, wanted)
        if place.size == source.size and self.is_whole(wire):
            origin = np.empty(source.size, np.int64)
            origin[place.ravel()] = wire.order.ravel()
            for grid in (source.shape, wire.shape):
                axes = _permutation(origin, grid)
                if axes is not None:
                    return self._permuted(wire, grid, axes, place, shape, wanted)
        return self._gathered(wire, place, shape, wanted)

    def is_whole(self, wire: Wire) -> bool:
        """Whether every element of the layer's tensor is in the file's tensor exactly once."""
        size = self.tensors[wire.layer].size
        return wire.order.size == size and np.array_equal(np.sort(wire.order, axis=None), np.arange(size))

    def whole(self, wire: Wire, wanted: str) -> Wire:
        """The wire of a layer whose elements are all in the file's tensor exactly once."""
        return wire if self.is_whole(wire) else self.in_order(wire, wanted)

    def _gathered(self, wire: Wire, place: Int, shape: tuple[int, ...], wanted: str) -> Wire:
        """The wire after elements are picked one by one: parts of a tensor, copies, any order."""
        picked = np.empty(place.size, np.int64)
        picked[place.ravel()] = wire.order.ravel()
        if len(wire.functions) > 1:
            wire = self._per_channel(wire, picked % len(wire.functions), shape, wanted)
        places = picked.reshape(shape)
        name = self.add(f"{wanted}_picked", lambda own: Gather.of(own, wire.layer, places))
        return replace(wire, layer=name, order=place)

    def _permuted(
        self, wire: Wire, grid: tuple[int, ...], axes: tuple[int, ...], place: Int, shape: tuple[int, ...], wanted: str
    ) -> Wire:
        """The wire after a permutation of the axes of its layer's tensor, seen as ``grid``."""
        channels = len(wire.functions)
        if channels > 1:
            channel = np.arange(self.tensors[wire.layer].size).reshape(grid).transpose(axes).ravel() % channels
            wire = self._per_channel(wire, channel, shape, wanted)
        name = wire.layer
        if grid != self.tensors[name].shape:
            name = self.add(f"{wanted}_grid", lambda own, read=name: Reshape(own, (read,), grid))  # type: ignore[misc]
        moved = self.add(f"{wanted}_order", lambda own: Permute(own, (name,), axes))
        return self._shaped(replace(wire, layer=moved, order=place), place, shape, wanted)

    def _per_channel(self, wire: Wire, channel: Int, shape: tuple[int, ...], wanted: str) -> Wire:
        """The wire with the functions of its elements along the last axis of a new shape."""
        known: dict[Hashable, int] = {}
        first = np.array([known.setdefault(function, place) for place, function in enumerate(wire.functions)])
        rows = first[channel].reshape(-1, shape[-1])
        if (rows != rows[0]).any():
            raise ModelError(printable(wanted), "mixes channels of different scales; share one quantizer between them")
        return replace(wire, functions=tuple(wire.functions[index] for index in rows[0].tolist()))

    def _shaped(self, wire: Wire, place: Int, shape: tuple[int, ...], wanted: str) -> Wire:
        """The wire with its layer's tensor in a different shape."""
        source = self.tensors[wire.layer]
        if source.shape == shape:
            return replace(wire, order=place)
        channels = len(wire.functions)
        if channels > 1:
            wire = self._per_channel(wire, np.arange(source.size) % channels, shape, wanted)
        name = self.add(f"{wanted}_shape", lambda own: Reshape(own, (wire.layer,), shape))
        return replace(wire, layer=name, order=place)

    def flat(self, wire: Wire, wanted: str) -> Wire:
        """The wire of a layer whose tensor has one axis; ``order`` stays."""
        return self._shaped(wire, wire.order, (self.tensors[wire.layer].size,), wanted)

    def in_order(self, wire: Wire, wanted: str) -> Wire:
        """The wire of a layer whose tensor is that of the file."""
        return self.arranged(wire, np.arange(wire.order.size).reshape(wire.shape), wire.shape, wanted)

    def image(self, wire: Wire, wanted: str, axis: int = 0) -> Wire:
        """The wire of a layer with the channels, usually the first axis in the file, as its last axis."""
        shape = (*wire.shape[:axis], *wire.shape[axis + 1 :], wire.shape[axis])
        return self.arranged(wire, channels_first(shape, axis), shape, wanted)


def channels_first(shape: tuple[int, ...], axis: int = 0) -> Int:
    """The order of a tensor of the file with channels first, or at an axis, of a layer whose tensor has ``shape``."""
    return np.moveaxis(np.arange(int(np.prod(shape))).reshape(shape), -1, axis)


def _permutation(origin: Int, grid: tuple[int, ...]) -> tuple[int, ...] | None:
    """The permutation of the axes of ``grid`` that orders its elements as ``origin``; ``None`` if there is none."""
    if len(grid) < 2:
        return None
    strides = np.array([int(np.prod(grid[axis + 1 :])) for axis in range(len(grid))])
    corners = [axis for axis in range(len(grid)) if grid[axis] > 1]
    place = np.empty(origin.size, np.int64)
    place[origin] = np.arange(origin.size)
    order = sorted(corners, key=lambda axis: -int(place[strides[axis]]))
    axes = (*(axis for axis in range(len(grid)) if grid[axis] == 1), *order)
    return axes if np.array_equal(np.arange(origin.size).reshape(grid).transpose(axes).ravel(), origin) else None
