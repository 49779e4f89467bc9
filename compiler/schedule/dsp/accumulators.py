"""Which DSPs the input-serial binding needs: one per group of outputs and input lane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.input_joined import InputJoined, in_cascades, input_joined_latency, joined_positions
from bxnn.compiler.hardware.input_serial import InputSerial, input_serial_latency
from bxnn.compiler.hardware.latency import total_cycles
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.slot_table import SlotTable
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.grouped_sums import grouped_sums
from bxnn.compiler.numeric.integers import ceil_div, signed_bits
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.sums import Sums


@dataclass(frozen=True, eq=False)
class Accumulators:
    """The DSPs of an input-serial binding.

    Attributes:
        linear: The map.
        source: Serial layout of its input.
        products: Outputs that share a DSP.
        joined: Lanes whose DSPs are a cascade that accumulates in its last one; 1 if every DSP accumulates.
    """

    linear: LinearMap
    source: Layout
    products: int
    joined: int = 1

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Whether a DSP exists; shape (groups of outputs, lanes). A DSP without weights does not exist."""
        outputs, inputs = self.linear.nonzero
        exists = np.zeros((ceil_div(self.linear.outputs, self.products), self.source.lanes), np.bool_)
        exists[outputs // self.products, self._lanes[inputs]] = True
        return exists

    @cached_property
    def _lanes(self) -> Int:
        """The lane on which each input arrives."""
        elements = self.source.elements
        lanes = np.zeros(self.linear.inputs, np.int64)
        _, used = np.nonzero(elements >= 0)
        lanes[elements[elements >= 0]] = used
        return lanes

    @property
    def dsp(self) -> int:
        """Number of DSPs."""
        return int(self.present.sum())

    def latency_cycles(self, pipelining: Pipelining) -> int:
        """Latency, without converters."""
        phases, lanes = self.source.phases, self.source.lanes
        if self.joined > 1:
            return total_cycles(input_joined_latency(phases, lanes, self.joined, pipelining))
        return total_cycles(input_serial_latency(phases, lanes, pipelining))

    @property
    def leaves(self) -> int:
        """Sums that are added up for an output."""
        return ceil_div(self.source.lanes, self.joined)

    @cached_property
    def _added(self) -> NDArray[np.bool_]:
        """Which of these there are; shape (groups of outputs, leaves)."""
        return np.asarray(in_cascades(self.present.astype(np.int64), self.joined).any(axis=2))

    def lane_bits(self, low: Int, high: Int) -> int:
        """Signed width of each finished sum of a DSP.

        Args:
            low: Smallest code of each input, int64, shape (inputs,).
            high: Largest code.
        """
        (outputs, inputs), leaves = self.linear.nonzero, self.leaves
        leaf = self._lanes[inputs] // self.joined
        places, *sums = grouped_sums(outputs * leaves + leaf, *self.linear.product_bounds(low, high))
        every = np.arange(self.linear.outputs)
        first = every * leaves + np.repeat(self._added.argmax(axis=1), self.products)[: every.size]
        ends = []
        for own, bias in zip(sums, self.linear.bias_bounds, strict=True):
            _, found = grouped_sums(np.concatenate([places, first]), np.concatenate([own, bias]))
            ends.append(found)
        return signed_bits(int(ends[0].min(initial=0)), int(ends[1].max(initial=0)))

    def bind(self, sums: Sums, packing: Packing) -> InputSerial:
        """The binding; its slot table is not yet verified.

        Args:
            sums: What the DSPs add up, and how often.
            packing: How the lanes of a DSP are laid out.
        """
        present, elements = self.present.astype(np.int64), self.source.elements
        index = np.cumsum(present.ravel()).reshape(present.shape) - 1
        taps = np.where(elements >= 0, self.linear.taps[:, elements], 0)  # (outputs, phases, lanes)
        output, phase, lane = np.nonzero(taps)
        slices = np.flatnonzero(present)
        positions = joined_positions(present, self.joined).ravel()[slices]
        group, own = np.divmod(slices, self.source.lanes)
        slots = SlotTable(
            dsp=index[output // self.products, lane],
            phase=phase,
            output=output,
            operand=elements[phase, lane],
            lane=output % self.products,
            skew=positions,
            chain=group * self.leaves + own // self.joined,
            initiation_interval=sums.initiation_interval,
        )
        found = InputSerial(
            source=self.source,
            result=Layout.pulse(self.linear.outputs),
            linear=self.linear,
            tensor=sums.tensor,
            accum_bits=sums.accum_bits,
            result_bits=sums.result_bits,
            slots=slots,
            packing=packing,
            pipelining=sums.pipelining,
            present=present,
        )
        return found if self.joined == 1 else InputJoined(**vars(found), joined=self.joined)
