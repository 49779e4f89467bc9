"""What convolutions share: a small kernel applied at every position of an image, in groups of channels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar, Self

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.linear_layer import LinearLayer
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor

_BLOCK = 1 << 24  # elements of patches gathered at a time


@dataclass(frozen=True, eq=False)
class Convolution(LinearLayer):
    """``y[p, f] = bias[f] + sum over taps t and channels c of kernel[t, c, f] * x[pixel(p, t), c]``.

    A tap outside the image contributes nothing. Channels are split into groups; a filter reads those of its own group.

    Attributes:
        window: Where the kernel is applied.
    """

    starts_tile: ClassVar[bool] = True

    window: Window

    @abstractmethod
    def groups(self) -> int:
        """Number of groups of channels."""

    @abstractmethod
    def by_group(self, kernel: Codes) -> Codes:
        """The kernel as (taps, channels of a group, filters), filters of group 0 first."""

    def widened(self, before: tuple[int, ...], after: tuple[int, ...]) -> Self | None:
        """The layer on images without their border of zeros, or ``None`` if their rank does not fit the layer."""
        if len(before) != len(self.window.size):
            return None
        return replace(self, window=self.window.widened(before, after))

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        *image, channels = shapes[0]
        _, used, filters = self.by_group(self.kernel.values).shape
        if len(image) != len(self.window.size) or channels != used * self.groups():
            raise ModelError(
                self.describe(),
                f"reads images of {used * self.groups()} channels, but its input has shape {shapes[0]}",
            )
        positions = self.window.positions(tuple(image))
        if min(positions) < 1:
            raise ModelError(self.describe(), f"window {self.window.size} does not fit its input of shape {shapes[0]}")
        return (*positions, filters)

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        return self.window

    def on_tile(self, positions: int) -> Self:
        return replace(self, window=self.window.unpadded())

    def macs(self, shape: tuple[int, ...]) -> int:
        return int(np.prod(self.window.positions(shape[:-1]))) * int(self.kernel.values.size)

    def sums(self, kernel: Codes, value: Codes) -> Codes:
        events, image, channels = len(value), value.shape[1:-1], value.shape[-1]
        grouped, taps = self.by_group(kernel), self.window.taps(image)
        pixels = self._pixels(value, taps)
        result = np.empty((events, len(taps), grouped.shape[2]), value.dtype)
        at_once = max(1, _BLOCK // (taps.shape[1] * channels))  # positions, of one or several events
        step = max(1, at_once // len(taps))
        for start, first in product(range(0, events, step), range(0, len(taps), at_once)):
            block = slice(start, start + step), slice(first, first + at_once)
            patches = np.take(pixels[block[0]], taps[block[1]], axis=1)
            for inputs, filters in self._slices(grouped):
                weights = grouped[:, :, filters].reshape(taps.shape[1] * grouped.shape[1], -1)
                rows = patches[..., inputs].reshape(*patches.shape[:2], len(weights))
                result[(*block, filters)] = rows @ weights
        return result.reshape(events, *self.window.positions(image), -1)

    def factors(self, value: Reals) -> Reals | None:
        grouped, taps = self.by_group(self.kernel.values), self.window.taps(value.shape[1:-1])
        patches = np.take(self._pixels(value, taps), taps, axis=1)
        weights = taps.shape[1] * grouped.shape[1]
        return np.stack([patches[..., inputs].reshape(-1, weights) for inputs, _ in self._slices(grouped)])

    def _pixels(self, value: Codes, taps: Int) -> Codes:
        """The pixels of an image in one row; a tap outside the image reads the zero after them."""
        pixels = value.reshape(len(value), -1, value.shape[-1])
        return np.concatenate([pixels, np.zeros_like(pixels[:, :1])], axis=1) if (taps < 0).any() else pixels

    def matrix(self, kernel: Int, shape: tuple[int, ...]) -> Int:
        grouped, taps = self.by_group(kernel), self.window.taps(shape[:-1])
        full = np.zeros((len(grouped), shape[-1], grouped.shape[2]), np.int64)  # groups side by side
        for inputs, filters in self._slices(grouped):
            full[:, inputs, filters] = grouped[:, :, filters]
        pixels = int(np.prod(shape[:-1]))
        weights = np.zeros((len(taps), full.shape[2], pixels, shape[-1]), np.int64)
        position, tap = np.nonzero(taps >= 0)
        weights[position, :, taps[position, tap], :] = full.transpose(0, 2, 1)[tap]
        return weights.reshape(len(taps) * full.shape[2], -1)

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``kernel`` as (taps, channels of a group, filters)."""
        values = super().hls(binding, sources)
        kernel = values["kernel"]
        grouped = self.by_group(kernel) if self.sets == 1 else np.stack([self.by_group(own) for own in kernel])
        return {**values, "kernel": grouped}

    def responses(self, products: Codes) -> Codes | None:
        if self.window.padded:
            return None
        grouped = self.by_group(products)
        return np.asarray(grouped.reshape(-1, grouped.shape[2]))

    def _slices(self, grouped: Codes) -> Iterator[tuple[slice, slice]]:
        """Input channels and filters of every group."""
        channels, filters = grouped.shape[1], grouped.shape[2] // self.groups()
        for group in range(self.groups()):
            yield (
                slice(group * channels, (group + 1) * channels),
                slice(group * filters, (group + 1) * filters),
            )
