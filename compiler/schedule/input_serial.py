"""Input-serial binding: a DSP owns an output, inputs arrive over the phases.

One DSP per output and input lane accumulates over the phases; the bias enters at the C port in the first phase; the
lanes of an output are added by a tree. Results leave all at once, for one cycle. With packed DSPs a DSP owns a team of
neighbouring outputs.

    latency_cycles = phases (accumulation) + 2 (operand and product registers) + ceil(log2 lanes) (tree)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from compiler.ir.binding import Binding
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.packing import Packing
from compiler.ir.slot_table import SlotTable
from compiler.ir.tensor import Int
from compiler.schedule.cascades import PRODUCT_CYCLES


@dataclass(frozen=True, eq=False)
class Accumulators:
    """The DSPs of an input-serial form.

    Attributes:
        linear: The map.
        source: Serial layout of its input.
        products: Outputs that share a DSP.
    """

    linear: LinearMap
    source: Layout
    products: int

    @cached_property
    def present(self) -> Int:
        """Whether a DSP exists; int64, shape (groups of outputs, lanes). One without weights does not."""
        elements = self.source.elements
        weighted = np.asarray(np.where(elements >= 0, self.linear.weights[:, elements], 0).any(axis=1), np.bool_)
        padded = np.zeros((-(-len(weighted) // self.products) * self.products, weighted.shape[1]), np.bool_)
        padded[: len(weighted)] = weighted
        return np.asarray(padded.reshape(-1, self.products, weighted.shape[1]).any(axis=1), np.int64)

    @property
    def dsp(self) -> int:
        """Number of DSPs."""
        return int(self.present.sum())

    @property
    def latency_cycles(self) -> int:
        """Latency, without adapters."""
        return self.source.phases + PRODUCT_CYCLES + (self.source.lanes - 1).bit_length()

    def lane_bits(self, low: Int, high: Int) -> int:
        """Signed width of every finished sum of a DSP.

        Args:
            low: Smallest product of every weight, int64 (outputs, inputs).
            high: Largest product.
        """
        elements = self.source.elements
        first = np.repeat(self.present.argmax(axis=1), self.products)[: self.linear.outputs]
        lowest, highest = (
            np.where(elements >= 0, products[:, elements], 0).sum(axis=1) for products in (low, high)
        )  # (outputs, lanes)
        for sums in (lowest, highest):
            sums[np.arange(len(sums)), first] += self.linear.bias
        bottom, top = int(min(lowest.min(), 0)), int(max(highest.max(), 0))
        return max(top.bit_length(), (-bottom - 1).bit_length() if bottom < 0 else 0) + 1

    def bind(self, initiation_interval: int, accum_bits: int, packing: Packing) -> Binding:
        """The binding, its slot table not yet verified.

        Args:
            initiation_interval: Cycles between events.
            accum_bits: Width of the sums behind the lanes.
            packing: Where the lanes of a DSP lie.
        """
        present, elements = self.present, self.source.elements
        index = np.cumsum(present.ravel()).reshape(present.shape) - 1
        weights = np.where(elements >= 0, self.linear.weights[:, elements], 0)  # (outputs, phases, lanes)
        output, phase, lane = np.nonzero(weights)
        slots = SlotTable(
            dsp=index[output // self.products, lane],
            phase=phase,
            output=output,
            operand=elements[phase, lane],
            lane=output % self.products,
            skew=np.zeros(self.dsp, np.int64),
            chain=np.flatnonzero(present),
            initiation_interval=initiation_interval,
        )
        return Binding(
            name="input_serial",
            source=self.source,
            result=Layout.pulse(self.linear.outputs),
            latency_cycles=self.latency_cycles,
            accum_bits=accum_bits,
            weight_bits=self.linear.weight_bits,
            slots=slots,
            packing=packing,
            present=present,
        )
