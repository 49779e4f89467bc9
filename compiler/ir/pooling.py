"""What pools share: the shape of the result, and how Keras and hls4ml describe them."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.ir.window import Window, image_shape, rank_of
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted

PLAIN_AVERAGE = FixedTensor(np.ones((1, 1), np.int64), 0)  # the factor of an average in all channels


def pooled_shape(subject: str, window: Window, keep_image: bool, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the output of a pool.

    Args:
        subject: The layer's name in error messages.
        window: The pool.
        keep_image: Whether the output keeps the axes of the image.
        shape: Shape of the input, channels last.

    Raises:
        ModelError: If the pool does not fit.
    """
    *image, channels = shape
    if len(image) != len(window.size) or min(window.positions(tuple(image))) < 1:
        raise ModelError(subject, f"pool {window.size} does not fit its input of shape {shape}")
    return (*window.positions(tuple(image)), channels) if keep_image else (channels,)


def keras_pool(source: LayerSource) -> tuple[Window, bool]:
    """The window of a Keras pool, and whether it keeps the axes of the image.

    Raises:
        ModelError: If an attribute is damaged or not supported.
    """
    rank = rank_of(source)
    if "Global" in source.class_name:
        return Window.whole(image_shape(source, rank)), source.flag("keepdims", False)
    return Window.from_keras(source, "pool_size", rank), True


def keras_average(source: LayerSource, window: Window) -> FixedTensor:
    """The factor of a Keras average: 1, or QKeras' area times its quantized reciprocal; shape (1, 1).

    Raises:
        ModelError: If the quantizer rounds the reciprocal to 0.
    """
    if source.get("average_quantizer") is None:
        return PLAIN_AVERAGE
    area = int(np.prod(window.size))
    reciprocal = source.weight_quantizer("average_quantizer").quantize(np.array([1.0 / area], np.float32))
    if not reciprocal.codes.any():
        raise source.refuse("average_quantizer", f"it rounds 1/{area} to 0, use more fraction bits")
    return FixedTensor(reciprocal.codes.reshape(1, 1) * area, reciprocal.fraction_bits).reduced()


def hls4ml_pool(node: NodeSource) -> tuple[Window, bool]:
    """The window of an hls4ml pool, and whether it keeps the axes of the image.

    Raises:
        ModelError: If an attribute is not supported.
    """
    if not node.class_name.startswith("Global"):
        return Window.from_hls4ml(node, "pool"), True
    shape, channels = node.sources[0].shape, node.number("n_filt")
    if channels != shape[-1]:
        raise node.refuse(f"treats the input of shape {shape} as having {channels} channels; give it channels last")
    return Window.whole(shape[:-1]), False


def hls4ml_sum_type(node: NodeSource, window: Window) -> FixedQuantizer:
    """The type in which an hls4ml pool adds up pixels.

    Raises:
        ModelError: If some sum of pixels of the image does not fit it exactly.
    """
    accum = node.type_of("accum", node.sources[0].format.fraction_bits)
    check_sum(node, accum, int((window.taps(node.tensor.shape[:-1]) >= 0).sum(axis=1).max()))
    return accum


def wrapping_sum_type(node: NodeSource, window: Window) -> FixedQuantizer | None:
    """The type in which an hls4ml pool adds up pixels if sums of it wrap, in any order; ``None`` for other types."""
    source, pixels = node.sources[0], int(np.prod(window.size))
    accum = node.type_of("accum", source.format.fraction_bits)
    any_order = accum.overflow is Overflow.WRAP and accum.rounding in (Rounding.TRN, Rounding.RND)
    return accum if any_order and not window.padded and not holds_sum(source, accum, pixels) else None


def holds_sum(source: Tensor, accum: FixedQuantizer, pixels: int) -> bool:
    """Whether an accumulator holds any sum of as many pixels exactly."""
    spare = accum.format.fraction_bits - source.format.fraction_bits
    low, high = pixels * min(int(source.low.min()), 0), pixels * max(int(source.high.max()), 0)
    return spare >= 0 and low << spare >= accum.low and high << spare <= accum.high


def check_sum(node: NodeSource, accum: FixedQuantizer, pixels: int) -> None:
    """Refuse an accumulator that cannot hold a sum of pixels exactly."""
    source = node.sources[0]
    low, high = pixels * min(int(source.low.min()), 0), pixels * max(int(source.high.max()), 0)
    if not holds_sum(source, accum, pixels):
        whole = signed_bits(low, high) - source.format.fraction_bits
        wide = f"fixed<{whole + source.format.fraction_bits},{whole}>"  # hls4ml infers none for global pools
        problem = f"accum {accum.format} does not hold a sum of {counted(pixels, 'pixel')}"
        raise node.refuse(f"{problem}; give Precision: {{accum: {wide}}}")
