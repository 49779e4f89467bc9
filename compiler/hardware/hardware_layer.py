"""The part of the layer contract that only layers with their own hardware have."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.moved_elements import moved_elements
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class HardwareLayer(Layer):
    """A layer that can be emitted: hls_templates has templates named after its kind.

    Attributes:
        elementwise: Whether an element of the result depends on nothing but the elements of the inputs in its place.
        commutes: Whether the order of the inputs makes no difference.
    """

    emitted = True
    elementwise: ClassVar[bool] = False
    commutes: ClassVar[bool] = False

    @abstractmethod
    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        """The layer as a pipeline stage on inputs in ``layout``, with registers by ``pipelining``, and its parts.

        ``None`` if it cannot read that layout or has MACs; in the latter case the scheduler binds its ``linear_map``.
        """

    def stage_of_read(
        self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining, read: NDArray[np.bool_]
    ) -> PipelineStage | None:
        """``stage`` without the DSP slices of elements that nothing reads, whose result may then be anything.

        Args:
            layout: That of the inputs.
            sources: Tensors of the inputs.
            pipelining: Where the registers are.
            read: Which elements of the result are read; bool, shape (elements,).
        """
        return self.stage(layout, sources, pipelining)

    def shared_stage(
        self,
        layout: Layout,
        sources: Sequence[Tensor],
        pipelining: Pipelining,
        initiation_interval: int,
        read: NDArray[np.bool_],
    ) -> PipelineStage | None:
        """A stage that takes several cycles for an event and less hardware; ``None`` if there is none.

        Elements that nothing reads take no DSP slice, as with ``stage_of_read``.
        """
        return None

    def windows_read(self, sources: Sequence[Tensor]) -> Int | None:
        """The elements of which each result is made, which may arrive one after another on a lane.

        ``None`` unless there is a ``stage`` for that; int64, shape (results, taps), -1 for a tap without an element.
        """
        return None

    def entry_depth(self, sources: Sequence[Tensor]) -> int | None:
        """Logic before the layer's first registers, as the number of adders with the same delay.

        ``None`` unless every input, in any layout, reaches a register directly after that logic: the layer before it
        need not end with registers.
        """
        return None

    def with_half(self, sources: Sequence[Tensor]) -> tuple[Layer, int] | None:
        """The layer for inputs to which half an LSB of its result is added, and the fraction bits of that half.

        ``None`` if that saves nothing.
        """
        return None

    def half_read(self, sources: Sequence[Tensor]) -> int:
        """What its inputs include besides their value, in their codes."""
        return 0

    def linear_map(self, sources: Sequence[Tensor]) -> LinearMap | None:
        """The layer as a constant linear map for the scheduler, or ``None``."""
        return None

    def elements_read(self, read: NDArray[np.bool_], sources: Sequence[Tensor]) -> tuple[NDArray[np.bool_], ...]:
        """The elements of the inputs that decide elements of the result that are read; bool, by input and of its shape.

        Those of a ``linear_map`` follow from its weights.

        Args:
            read: Which elements of the result are read; bool, of its shape.
            sources: Tensors of the inputs.
        """
        if self.selects:
            return moved_elements(self, read, sources)
        if self.elementwise:
            return (read,) * len(sources)
        field = self.receptive_field(sources)
        if field is None:
            return tuple(np.ones(source.shape, np.bool_) for source in sources)
        image = sources[0].shape[:-1]
        pixels = np.zeros(int(np.prod(image)) + 1, np.bool_)  # the last one stands for what is outside the image
        pixels[field.taps(image)[read.any(axis=-1).ravel()]] = True
        return (np.broadcast_to(pixels[:-1].reshape(*image, 1), sources[0].shape),)

    def bits_read(self, sources: Sequence[Tensor]) -> tuple[Int, Int] | None:
        """The lowest bit of each element of its input on which a result depends, and the first one above these.

        int64, of the input's shape; equal where it depends on none. ``None`` if it may depend on all bits.
        """
        return None

    def sum_bits(self, sources: Sequence[Tensor]) -> int:
        """Low bits of the sums of ``linear_map`` that the layer uses."""
        return self.infer(sources).bits

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """Values that the layer's VHDL template needs beyond the layer, its binding and its tensors."""
        return {}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """The same for the layer's HLS template; defaults to the values of the VHDL template."""
        return self.vhdl(binding, sources)

    def overflow_behaviour(self, sources: Sequence[Tensor]) -> OverflowBehaviour:
        """What happens to results outside their format, if there can be any."""
        return OverflowBehaviour.PROVEN
