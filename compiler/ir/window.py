"""The geometry of a window that moves over an image: convolutions and pools in one, two or three dimensions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.plural import counted


@dataclass(frozen=True)
class Window:
    """The positions of a window on an image; every tuple has one entry per dimension of the image.

    Attributes:
        size: Taps.
        stride: Pixels from one position to the next.
        dilation: Pixels from one tap to the next.
        before: Pixels outside the image, at its beginning, that a window may cover; they are never read.
        after: The same at its end.

    Source: TensorFlow, "Neural network ops", notes on padding; Keras ``conv_utils.conv_output_length``.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def padded(self) -> bool:
        """Whether a window may extend past the edge of the image."""
        return any(self.before) or any(self.after)

    def positions(self, image: tuple[int, ...]) -> tuple[int, ...]:
        """Number of positions per dimension; not positive if the window does not fit."""
        return tuple(
            (pixels + before + after - (size - 1) * dilation - 1) // stride + 1
            for pixels, size, stride, dilation, before, after in zip(
                image, self.size, self.stride, self.dilation, self.before, self.after, strict=True
            )
        )

    def taps(self, image: tuple[int, ...]) -> Int:
        """The pixel under each tap at each position; int64, shape (positions, taps), row-major, -1 if outside."""
        pixel, inside = np.zeros((1, 1), np.int64), np.ones((1, 1), np.bool_)
        for axis, count in enumerate(self.positions(image)):
            corner = np.arange(count)[:, np.newaxis] * self.stride[axis] - self.before[axis]
            along = corner + np.arange(self.size[axis]) * self.dilation[axis]
            fits = (along >= 0) & (along < image[axis])
            shape = len(pixel) * count, pixel.shape[1] * self.size[axis]
            pixel = (pixel[:, np.newaxis, :, np.newaxis] * image[axis] + along[:, np.newaxis]).reshape(shape)
            inside = (inside[:, np.newaxis, :, np.newaxis] & fits[:, np.newaxis]).reshape(shape)
        return np.where(inside, pixel, -1)

    def widened(self, before: tuple[int, ...], after: tuple[int, ...]) -> Window:
        """The window on the image without its border of ``before`` and ``after`` zeros."""
        return replace(
            self,
            before=tuple(a + b for a, b in zip(self.before, before, strict=True)),
            after=tuple(a + b for a, b in zip(self.after, after, strict=True)),
        )

    def following(self, first: Window) -> Window:
        """The window on the input of ``first`` that corresponds to this one on its output; all its taps."""
        reach, inner = self._extents(), first._extents()
        axes = range(len(self.size))
        return Window(
            tuple((reach[axis] - 1) * first.stride[axis] + inner[axis] for axis in axes),
            tuple(self.stride[axis] * first.stride[axis] for axis in axes),
            (1,) * len(self.size),
            tuple(self.before[axis] * first.stride[axis] + first.before[axis] for axis in axes),
            tuple(self.after[axis] * first.stride[axis] + first.after[axis] for axis in axes),
        )

    def unpadded(self) -> Window:
        """The window on an image without anything outside it."""
        zeros = (0,) * len(self.size)
        return replace(self, before=zeros, after=zeros)

    def overlaps(self) -> bool:
        """Whether neighbouring positions share pixels."""
        return any(extent > stride for extent, stride in zip(self._extents(), self.stride, strict=True))

    def _extents(self) -> tuple[int, ...]:
        """Pixels from the first to the last tap, inclusive."""
        return tuple((size - 1) * dilation + 1 for size, dilation in zip(self.size, self.dilation, strict=True))

    @classmethod
    def pixel(cls, rank: int) -> Window:
        """The window of one pixel."""
        ones, zeros = (1,) * rank, (0,) * rank
        return cls(ones, ones, ones, zeros, zeros)

    @classmethod
    def whole(cls, image: tuple[int, ...]) -> Window:
        """The window that covers the image, in its only position."""
        ones, zeros = (1,) * len(image), (0,) * len(image)
        return cls(image, ones, ones, zeros, zeros)

    @classmethod
    def from_hls4ml(cls, node: NodeSource, prefix: str) -> Window:
        """The window of an hls4ml node, with hls4ml's padding.

        Args:
            node: The node.
            prefix: ``filt`` or ``pool``, with which hls4ml prefixes its sizes.

        Raises:
            ModelError: If an attribute is not supported.
        """
        shape = node.sources[0].shape
        if node.get("data_format", "channels_last") != "channels_last":
            raise node.refuse(f"data_format {node.get('data_format')!r} is not supported; use 'channels_last'")
        if len(shape) not in (2, 3):
            raise node.refuse(f"input of shape {shape} is not supported")
        axes = (("height", "top", "bottom"), ("width", "left", "right"))[3 - len(shape) :]
        for name in (
            "dilation",
            *(f"dilation_{size}" for size, _, _ in axes),
        ):  # PyTorch's readers use the first
            if node.get(name, 1) != 1:
                raise node.refuse(f"{name} {node.get(name)} is not supported; use 1")
        window = cls(
            tuple(node.number(f"{prefix}_{size}") for size, _, _ in axes),
            tuple(node.number(f"stride_{size}") for size, _, _ in axes),
            (1,) * len(axes),
            tuple(node.number(f"pad_{before}", 0) for _, before, _ in axes),
            tuple(node.number(f"pad_{after}", 0) for _, _, after in axes),
        )
        window.check_cost(node.subject, shape[:-1])
        return window

    @classmethod
    def from_keras(cls, source: LayerSource, size_key: str, rank: int) -> Window:
        """The window of a Keras layer.

        Args:
            source: The layer.
            size_key: ``kernel_size`` or ``pool_size``; a pool's stride defaults to its size.
            rank: Dimensions of its images.

        Raises:
            ModelError: If an attribute is damaged or no position is left.
        """
        image = image_shape(source, rank)
        size = _sizes(source, size_key, rank)
        pools = size_key == "pool_size" and source.config.get("strides") is None
        stride = size if pools else _sizes(source, "strides", rank, 1)
        source.ignore("strides")
        dilation = _sizes(source, "dilation_rate", rank, 1)
        accepted = ("valid", "same", "causal") if rank == 1 and size_key == "kernel_size" else ("valid", "same")
        source.expect("padding", *accepted, advice="use 'valid' or 'same'")
        border = _border(str(source.get("padding", "valid")), image, size, stride, dilation)
        window = cls(size, stride, dilation, tuple(near for near, _ in border), tuple(far for _, far in border))
        if min(window.positions(image)) < 1:
            raise ModelError(
                source.subject,
                f"{size_key} {size} leaves no output pixel of its {'x'.join(map(str, image))} input; "
                "use a smaller window or padding='same'",
            )
        window.check_cost(source.subject, image)
        return window

    def check_cost(self, subject: str, image: tuple[int, ...]) -> None:
        """Refuse a window whose table of taps would not fit in memory; channels share one table.

        Raises:
            ModelError: If the table has more than ``limits.WINDOW_TAPS`` entries.
        """
        taps = math.prod(self.size) * math.prod(self.positions(image))
        if taps > limits.WINDOW_TAPS:
            shown = "x".join(map(str, self.size))
            problem = f"a window of {shown} reads {counted(taps, 'pixel')} of its image in all its positions"
            raise ModelError(subject, f"{problem}; the limit is {limits.WINDOW_TAPS}")


def image_shape(source: LayerSource, rank: int) -> tuple[int, ...]:
    """Shape of a layer's input without its channels.

    Raises:
        ModelError: If the input has the wrong rank, or its channels are not last.
    """
    shape = source.input_shapes[0]
    source.expect("data_format", "channels_last", None, advice="use 'channels_last'")
    if len(shape) != rank + 1:
        wanted = ("length", "height, width", "depth, height, width")[rank - 1]
        raise ModelError(source.subject, f"input of shape {shape} is not supported; reshape it to ({wanted}, channels)")
    return shape[:-1]


def rank_of(source: LayerSource) -> int:
    """Dimensions of the images of a Keras layer, by its class name."""
    return next((rank for rank in (1, 3) if f"{rank}D" in source.class_name), 2)


def _sizes(source: LayerSource, key: str, rank: int, default: int | None = None) -> tuple[int, ...]:
    """A positive integer per dimension; the file may give one for all."""
    value = source.get(key, default)
    sizes = tuple(value) if isinstance(value, list | tuple) else (value,) * rank
    if len(sizes) != rank or not all(type(size) is int and 0 < size < limits.WINDOW_SIZE for size in sizes):
        raise ModelError(source.subject, f"{key} {value!r} is not {rank} positive sizes; the model file is damaged")
    return sizes


def _border(
    padding: str,
    image: tuple[int, ...],
    size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> list[tuple[int, int]]:
    """Pixels that Keras adds before and after the image in each dimension; the odd one goes to the end."""
    border = []
    for pixels, taps, step, spread in zip(image, size, stride, dilation, strict=True):
        reach = (taps - 1) * spread
        total = max((ceil_div(pixels, step) - 1) * step + reach + 1 - pixels, 0)
        border.append({"valid": (0, 0), "causal": (reach, 0)}.get(padding, (total // 2, total - total // 2)))
    return border
