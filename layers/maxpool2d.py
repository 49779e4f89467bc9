"""Max pooling of images and sequences, in windows or over the whole image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.constant_bits import constant_bits, set_by_choice
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.running_maximum import RunningMaximum
from bxnn.compiler.hardware.running_windows import running_windows
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.hardware.window_lanes import window_lanes
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.pooling import hls4ml_pool, keras_pool, pooled_shape
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.layers.average_of_sums import hls4ml_average


@dataclass(frozen=True, eq=False)
class MaxPool2D(HardwareLayer):
    """``y[p, c] = max over the pixels q in window p of x[q, c]``; a pipelined tree of comparators per output.

    A serial layout in which the pixels of a window arrive in the same phase, and those of all windows of a lane on the
    same lanes, is read as it arrives: one tree per lane serves all its windows. So is one in which they arrive one
    after another on the same lanes: the largest so far of every window is kept.

    Attributes:
        window: The pool. Taps outside the image do not take part.
        keep_image: Whether the output keeps the axes of the image; a global pool may drop them.
    """

    kind: ClassVar[str] = "maxpool2d"
    selects: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = (
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
    )
    hls4ml_classes: ClassVar[tuple[str, ...]] = (
        *("Pooling1D", "Pooling2D"),
        *("GlobalPooling1D", "GlobalPooling2D"),
    )

    window: Window
    keep_image: bool = True

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, (window, keep_image) = source.one_input(), keras_pool(source)
        source.finish()
        return (cls(source.name, (name,), window, keep_image),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """One class of nodes stands for both kinds of pools; this one reads the maxima.

        Source: ``max`` in nnet_pooling.h of hls4ml 1.3.0.
        """
        if node.word("pool_op") != "max":
            hls4ml_average(node)
            return
        node.make(cls, *hls4ml_pool(node))
        node.cast(node.type_of("accum"))
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        cases = [  # image, window, whether it keeps its axes, format
            ((4, 5, 2), Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0)), True, unsigned),
            ((3, 3, 1), Window((3, 2), (2, 1), (1, 1), (1, 0), (1, 1)), True, signed),
            ((5, 2), Window.whole((5,)), False, signed),
            ((3, 2), Window((1,), (2,), (1,), (0,), (0,)), True, unsigned),
            ((2, 3, 2, 1), Window((2, 2, 1), (1, 1, 1), (1, 1, 1), (0, 0, 0), (0, 1, 0)), True, signed),
        ]
        return tuple(
            Example(cls("y", ("x",), window, keep_image), (Tensor.of_format(shape, number_format),))
            for shape, window, keep_image, number_format in cases
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return pooled_shape(self.describe(), self.window, self.keep_image, shapes[0])

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        border_is_neutral = not self.window.padded or int(sources[0].low.min()) >= 0
        return self.window if self.keep_image and border_is_neutral else None

    def elements_read(self, read: NDArray[np.bool_], sources: Sequence[Tensor]) -> tuple[NDArray[np.bool_], ...]:
        *image, channels = sources[0].shape
        found = np.zeros((int(np.prod(image)) + 1, channels), np.bool_)  # the last row stands for what is outside
        np.logical_or.at(found, self.window.taps(tuple(image)), read.reshape(-1, 1, channels))
        return (found[:-1].reshape(sources[0].shape),)

    def on_tile(self, positions: int) -> Layer:
        return replace(self, window=self.window.unpadded())

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        low, high = (self.evaluate([codes[np.newaxis]], sources)[0] for codes in (sources[0].low, sources[0].high))
        return Tensor(sources[0].format, low, high)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        taps = self.window.taps(value.shape[1:-1])
        # A tap outside the image repeats another tap of its window, which does not change the maximum.
        first, *others = np.where(taps < 0, taps.max(axis=1, keepdims=True), taps).T
        pixels = value.reshape(len(value), -1, value.shape[-1])
        result = np.take(pixels, first, axis=1)
        for tap in others:
            np.maximum(result, np.take(pixels, tap, axis=1), out=result)
        return np.asarray(result.reshape(len(value), *self.output_shape([value.shape[1:]])))

    def passes_order(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.is_serial:
            elements = self._elements(sources[0].shape)
            lanes = window_lanes(layout, elements)
            if lanes is None:
                return self._running(layout, sources, pipelining, held=False)
            result = lanes.layout(layout, elements)
        else:
            result = Layout.parallel(int(np.prod(self.output_shape([sources[0].shape]))))
        fabric = self._fabric(layout, sources, pipelining)
        logic = self._logic(layout, result, sources, pipelining)
        return PipelineStage(layout, result, self._stages(pipelining), fabric, logic, pipelining=pipelining)

    def shared_stage(
        self,
        layout: Layout,
        sources: Sequence[Tensor],
        pipelining: Pipelining,
        initiation_interval: int,
        read: NDArray[np.bool_],
    ) -> RunningMaximum | None:
        """A stage that collects the results of windows instead of their elements."""
        return self._running(layout, sources, pipelining, held=True) if layout.is_serial else None

    def _running(
        self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining, held: bool
    ) -> RunningMaximum | None:
        windows = running_windows(layout, self._elements(sources[0].shape))
        return None if windows is None else RunningMaximum.of(layout, windows, sources[0].bits, pipelining, held)

    def windows_read(self, sources: Sequence[Tensor]) -> Int:
        return self._elements(sources[0].shape)

    def _logic(self, layout: Layout, result: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> TreePaths:
        """The paths of the trees."""
        taps = self._taps(layout, sources)
        readers = int(np.bincount(taps[taps >= 0]).max())
        levels = pipelining.registered_levels(max(int(np.prod(self.window.size)), 2))
        enabled = 0 if layout.is_serial else result.lanes * sources[0].bits
        chosen = 0 if layout.is_serial else self._chosen(taps, sources[0])
        return TreePaths.comparators(levels, sources[0].bits, readers, enabled, chosen)

    @staticmethod
    def _chosen(taps: Int, source: Tensor) -> int:
        """Flip-flops that comparisons reset; ``taps`` has the elements of every window, or -1."""
        if source.zeros is None:
            return 0
        constant = constant_bits(source, 0, source.bits)
        return set_by_choice(constant[np.where(taps < 0, taps[:, :1], taps)])

    def _stages(self, pipelining: Pipelining) -> int:
        return pipelining.tree_stages(max(int(np.prod(self.window.size)), 2))

    def _fabric(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> Fabric:
        taps = (self._taps(layout, sources) >= 0).sum(axis=1)
        counts, windows = np.unique(taps, return_counts=True)
        trees = (
            Fabric.comparators(int(count), sources[0].bits, int(number), pipelining=pipelining)
            for count, number in zip(counts, windows, strict=True)
        )
        return sum(trees, start=Fabric.registers(self._stages(pipelining)))

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        if isinstance(binding, RunningMaximum):
            return {"running": binding.windows}
        return {"taps": self._taps(binding.source, sources)}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return {"taps": self._elements(sources[0].shape)}

    def _taps(self, layout: Layout, sources: Sequence[Tensor]) -> Int:
        """Inputs of each tree of the hardware: elements, or lanes of a serial layout; -1 for none, last."""
        elements = self._elements(sources[0].shape)
        if not layout.is_serial:
            return elements
        lanes = window_lanes(layout, elements)
        assert lanes is not None
        return lanes.table

    def _elements(self, shape: tuple[int, ...]) -> Int:
        """Input elements of each output element; int64, (outputs, taps), ending in -1 for taps outside the image."""
        taps, channels = self.window.taps(shape[:-1])[:, np.newaxis], np.arange(shape[-1])[:, np.newaxis]
        elements = np.where(taps >= 0, taps * shape[-1] + channels, -1).reshape(-1, taps.shape[-1])
        return np.take_along_axis(elements, np.argsort(elements < 0, axis=1, kind="stable"), axis=1)
