"""Positions of the windows of ONNX convolutions and pools."""

from __future__ import annotations

from bxnn.compiler import limits
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.integers import ceil_div


def window_of(node: NodeReader, size: tuple[int, ...], image: tuple[int, ...]) -> Window:
    """The window of a node, from its strides, dilations, pads and auto_pad.

    Raises:
        ModelError: If an attribute is damaged or not supported.
    """
    rank = len(size)
    strides, dilations = _sizes(node, "strides", (1,) * rank, 1), _sizes(node, "dilations", (1,) * rank, 1)
    word, pads = node.get("auto_pad", "NOTSET"), _sizes(node, "pads", (0,) * 2 * rank, 0)
    before, after = pads[:rank], pads[rank:]
    if word in ("SAME_UPPER", "SAME_LOWER"):
        extents = [(taps - 1) * step + 1 for taps, step in zip(size, dilations, strict=True)]
        total = [
            max((ceil_div(pixels, stride) - 1) * stride + extent - pixels, 0)
            for pixels, stride, extent in zip(image, strides, extents, strict=True)
        ]
        less = tuple(pad // 2 for pad in total)
        more = tuple(pad - pad // 2 for pad in total)
        before, after = (less, more) if word == "SAME_UPPER" else (more, less)
    elif word == "VALID":
        before = after = (0,) * rank
    elif word != "NOTSET":
        raise node.refuse(f"auto_pad {word!r} is not supported; use NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    window = Window(size, strides, dilations, before, after)
    window.check_cost(node.node.subject, image)
    return window


def _sizes(node: NodeReader, key: str, default: tuple[int, ...], least: int) -> tuple[int, ...]:
    value = node.get(key, default)
    sizes = value if isinstance(value, tuple) and value else default
    fits = all(isinstance(size, int) and least <= size <= limits.WINDOW_SIZE for size in sizes)
    if len(sizes) != len(default) or not fits:
        raise node.refuse(f"{key} {value!r} does not fit {len(default)} numbers of at least {least}")
    return tuple(int(size) for size in sizes)
