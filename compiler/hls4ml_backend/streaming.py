"""hls4ml's io_stream as the streaming form: how often frames arrive."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.frontend.hls4ml.hls4ml_config import reuse_factor


def arrives_whole(model: Any) -> bool:
    """Whether the inputs cannot come pixel by pixel: vectors, which hls4ml sends at once too, or several inputs."""
    shapes = [tuple(variable.shape) for variable in model.get_input_variables()]
    return len(shapes) != 1 or len(shapes[0]) not in (2, 3)


def whole_interval(model: Any, nodes: Iterable[Any]) -> int:
    """Cycles between events whose inputs arrive whole: those in which hls4ml's streams bring the largest of them."""
    pixels = [math.prod(variable.shape[:-1]) for variable in model.get_input_variables()]
    return max(pixels, default=1) * max((reuse_factor(model, node) for node in nodes), default=1)


def stream_interval(model: Any, nodes: Iterable[Any], interval: Any, form: str | None) -> Any:
    """Cycles between frames of a model with ``io_type="io_stream"``.

    A layer of hls4ml takes a pixel every ReuseFactor cycles, so a frame takes ReuseFactor times its pixels. Layers in
    the streaming form share multipliers as far as that rate allows, so the factor must be the same for all of them.

    Args:
        model: The ModelGraph.
        nodes: Its layers with a kernel.
        interval: Requested cycles, including PipelineInterval, or ``None``.
        form: The form requested by design.yaml, if any.

    Raises:
        ConfigError: If the image does not have channels last, the factors differ, or they contradict the interval or
            the form.
    """
    if form not in (None, "auto", "streaming"):
        raise ConfigError("design.yaml: form", f"is {form!r} here, but IOType is 'io_stream'; keep one")
    shapes = [tuple(variable.shape) for variable in model.get_input_variables()]
    _check_channels_last(model)
    factors = {node.name: reuse_factor(model, node) for node in nodes}
    largest = max(factors.values(), default=1)
    for name, factor in factors.items():
        if factor != largest:
            problem = f"ReuseFactor {factor} differs from the {largest} of another layer; 'io_stream' needs one for all"
            raise ConfigError(f"HLSConfig: {name}", problem)
    if interval is not None and largest > 1:
        problem = f"{largest} and an initiation interval of {interval} both determine how often frames arrive"
        raise ConfigError("HLSConfig: ReuseFactor", f"{problem}; keep one")
    return math.prod(shapes[0][:-1]) * largest if interval is None else interval


def _check_channels_last(model: Any) -> None:
    """Refuse an image that the network itself transposes to channels last: its rows would be channels."""
    for node in model.get_layers():
        if node.class_name == "Transpose" and node.get_input_node().class_name in ("Input", "InputLayer"):
            problem = f"'io_stream' takes channels last, and {node.name} transposes the input to that"
            raise ConfigError("IOType", f"{problem}; use channels_last_conversion='internal', and send channels last")
