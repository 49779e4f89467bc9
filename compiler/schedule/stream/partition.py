"""Cuts a network into streaming segments and the frame-parallel layers that follow them.

A segment begins at a layer with a window: it gets a line buffer. Following layers that look at one pixel, or at pixels
that no other output shares (pools), are computed in the same tile: nothing is buffered between them. The chain ends
where a layer needs the whole image, where it branches, or where the user requests the frame-parallel form.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.stream.stream_plan import Segment, StreamPlan
from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.plural import counted


@dataclass(frozen=True, eq=False)
class _Group:
    """Layers of one segment, and the window that each of them moves over its input."""

    layers: tuple[HardwareLayer, ...]
    fields: tuple[Window, ...]

    @property
    def window(self) -> Window:
        """What one output of the last layer reads from the input of the first; two axes, no dilation."""
        window = Window.pixel(len(self.fields[0].size))
        for field in self.fields:
            window = field.following(window)
        return window if len(window.size) == 2 else _as_rows(window)


def partition(graph: Graph, pixels_per_cycle: int, frame_parallel: Collection[str] = ()) -> StreamPlan:
    """Cut a lowered network.

    Args:
        graph: After the pipeline, with one input that is an image or a sequence.
        pixels_per_cycle: Pixels per beat.
        frame_parallel: Layers that must see the whole frame at once, as must all layers after them.

    Raises:
        ScheduleError: If the network has no such input, or a beat is longer than a row.
    """
    source = streamed_input(graph)
    tensors = graph.tensors()
    rows, columns, channels = image_of(tensors[source])
    if pixels_per_cycle > columns:
        raise ScheduleError(
            f"{source} (input)",
            f"has rows of {counted(columns, 'pixel')}, but pixels_per_cycle {pixels_per_cycle} is more than a row; "
            f"use at most {columns}",
        )
    segments: list[Segment] = []
    name, shape, pixels = source, (rows, columns, channels), pixels_per_cycle
    tensor = _with_border(tensors[source])
    for group in _groups(graph, source, tensors, frozenset(frame_parallel)):
        tiling = _tiling(graph, group, shape, pixels)
        if not tiling.follows_words:
            break
        segment = _segment(graph, group, name, tensor, tiling, len(segments) + 1)
        segments.append(segment)
        out = segment.graph.tensors()[segment.result]
        name, pixels = segment.result, segment.tiling.positions
        shape = segment.tiling.output_rows, segment.tiling.output_columns, out.shape[-1]
        tensor = out
    tail = _tail(graph, name, tensor, tensors[name].shape)
    if tail is not None and name in graph.outputs:
        raise ScheduleError(
            f"{name} ({graph.layer(name).kind})",
            "is both an output and read by other layers; use form: frame_parallel",
        )
    beats = ceil_div(columns, pixels_per_cycle)
    return StreamPlan(graph.name, pixels_per_cycle, rows, beats, tuple(segments), shape, pixels, tail)


def streamed_input(graph: Graph) -> str:
    """The input that streams.

    Raises:
        ScheduleError: If there is not exactly one input, an image or a sequence.
    """
    if len(graph.inputs) != 1:
        raise ScheduleError(
            graph.name,
            f"has the inputs {', '.join(graph.inputs)}; the streaming form takes one input, use form: frame_parallel",
        )
    (name,) = graph.inputs
    shape = graph.tensors()[name].shape
    if len(shape) not in (2, 3):
        raise ScheduleError(
            f"{name} (input)",
            f"has shape {shape}; the streaming form takes (height, width, channels) or (length, channels), "
            "use form: frame_parallel",
        )
    return name


def image_of(tensor: Tensor) -> tuple[int, int, int]:
    """Rows, columns and channels of an image; a sequence is an image with a single row."""
    return (1, *tensor.shape) if len(tensor.shape) == 2 else tensor.shape  # type: ignore[return-value]


def streams(graph: Graph) -> bool:
    """Whether the network begins with a layer that moves a window over the only input."""
    if len(graph.inputs) != 1:
        return False
    tensors = graph.tensors()
    if len(tensors[graph.inputs[0]].shape) not in (2, 3):
        return False
    return bool(_groups(graph, graph.inputs[0], tensors, frozenset()))


def _groups(graph: Graph, source: str, tensors: Mapping[str, Tensor], frame_parallel: Collection[str]) -> list[_Group]:
    """The segments' layers, from the input on."""
    groups: list[_Group] = []
    name = source
    while (layer := graph.only_consumer(name)) is not None:
        sources = graph.sources(layer, tensors)
        if layer.name in frame_parallel or len(sources) != 1 or not isinstance(layer, HardwareLayer):
            break
        field = layer.receptive_field(sources)
        if field is None:
            break
        if groups and _fits_tile(layer, field):
            last = groups[-1]
            groups[-1] = _Group((*last.layers, layer), (*last.fields, field))
        else:
            groups.append(_Group((layer,), (field,)))
        name = layer.name
    return groups


def _fits_tile(layer: Layer, field: Window) -> bool:
    """Whether a layer can share the tile of the preceding layer without computing anything twice."""
    if all(size == 1 and stride == 1 for size, stride in zip(field.size, field.stride, strict=True)):
        return not field.padded
    return not layer.starts_tile and not field.padded and not field.overlaps()


def _tiling(graph: Graph, group: _Group, shape: tuple[int, int, int], pixels: int) -> Tiling:
    output = graph.tensors()[group.layers[-1].name].shape
    out_rows, out_columns = output[:2] if len(output) == 3 else (1, output[0])
    return Tiling(*shape, pixels, group.window, out_rows, out_columns)


def _segment(graph: Graph, group: _Group, source: str, tensor: Tensor, tiling: Tiling, number: int) -> Segment:
    rank = len(group.fields[0].size)
    tile: tuple[int, ...] = tiling.tile_shape if rank == 2 else tiling.tile_shape[1:]
    layers: list[Layer] = [_tile_input(source, tensor, tile)]
    size: tuple[int, ...] = tile[:-1]
    for layer, field in zip(group.layers, group.fields, strict=True):
        size = field.unpadded().positions(size)
        layers.append(layer.on_tile(int(np.prod(size))))
    names = tuple(layer.name for layer in group.layers)
    return Segment(source, names, tiling, Graph(f"{graph.name}_tile{number}", tuple(layers), (names[-1],)))


def _as_rows(window: Window) -> Window:
    """A window over a sequence as one over an image with a single row."""
    return Window(
        (1, *window.size), (1, *window.stride), (1, *window.dilation), (0, *window.before), (0, *window.after)
    )


def _tail(graph: Graph, source: str, tensor: Tensor, shape: tuple[int, ...]) -> Graph | None:
    """The layers after the last segment, which read the collected image."""
    done = {source}
    before = graph.layer(source)
    while before.inputs:
        before = graph.layer(before.inputs[0])
        done.add(before.name)
    layers = tuple(layer for layer in graph.layers if layer.name not in done)
    if not any(isinstance(layer, HardwareLayer) for layer in layers):
        return None
    return replace(graph, name=f"{graph.name}_tail", layers=(_tile_input(source, tensor, shape), *layers))


def _tile_input(name: str, tensor: Tensor, shape: Sequence[int]) -> Input:
    """An input with one range for all its elements; it includes zero, as pixels outside the image are read as zeros."""
    low, high = min(int(tensor.low.min()), 0), max(int(tensor.high.max()), 0)
    quantizer = FixedQuantizer(tensor.format, Rounding.TRN, Overflow.SAT, low, high)
    return Input(name, (), tuple(shape), quantizer)


def _with_border(tensor: Tensor) -> Tensor:
    """All codes of the format: pixels of a beat that the frame does not use may have any value."""
    return Tensor.of_format(tensor.shape, tensor.format)
