"""Which DSP multiplies what, and in which phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class SlotTable:
    """Which DSP multiplies what, and in which phase; one row per product. Lanes of a packed DSP share a slot.

    Attributes:
        dsp: int64, index of the DSP, 0 .. dsp_count - 1.
        phase: int64, phase within the DSP's own II window (0 .. II - 1).
        output: int64, output element that the product belongs to.
        operand: int64, input element that is multiplied.
        lane: int64, lane of the DSP in which the product is formed; all 0 unless DSPs are packed.
        skew: int64, shape (dsp_count,): cycles by which the DSP runs after the layer's phase 0.
        chain: int64, shape (dsp_count,): the cascade or accumulator that the DSP adds to.
        initiation_interval: Phases that each DSP has per event.
    """

    dsp: Int
    phase: Int
    output: Int
    operand: Int
    lane: Int
    skew: Int
    chain: Int
    initiation_interval: int

    @property
    def dsp_count(self) -> int:
        """Number of DSPs."""
        return int(self.skew.size)

    @property
    def idle_slots(self) -> int:
        """Slots per event in which a DSP has nothing to multiply."""
        return self.dsp_count * self.initiation_interval - int(np.unique(self.slot).size)

    @property
    def slot(self) -> Int:
        """For each row the number of its slot, ``dsp * initiation_interval + phase``."""
        return self.dsp * self.initiation_interval + self.phase

    def fields(self, products: int) -> Int:
        """For each row the number of its lane, ``dsp * products + lane``."""
        return self.dsp * products + self.lane

    def verify_macs(self, subject: str, linear: LinearMap, packing: Packing) -> None:
        """Check that the table computes the map: each nonzero MAC once, one per lane, all within the interval.

        Args:
            subject: Subject of error messages.
            linear: The map to compute.
            packing: How the products are laid out in the DSPs.

        Raises:
            InternalError: If a MAC is missing or duplicated, a slot is used twice, or lanes of a slot do not share what
                they must.
        """
        self._verify_each_once(subject, linear)
        self._verify_lanes(subject, linear, packing)

    def verify_arrival(self, subject: str, source: Layout, use_cycle: Int) -> None:
        """Check that each operand is present in the cycle of the layer, ``use_cycle``, in which its DSP reads it.

        Raises:
            InternalError: If one is not.
        """
        arrival = source.arrival_phase()[self.operand]
        late = use_cycle < arrival if source.is_parallel else use_cycle != arrival
        if bool(late.any()):
            raise InternalError(subject, "an operand is not present in the cycle in which its DSP reads it")

    def verify_one_each(self, subject: str, problem: str, owner: Int, values: Int) -> None:
        """Check that all rows with the same owner (a number) have the same value.

        Raises:
            InternalError: With ``problem`` as its message.
        """
        last = np.zeros(int(owner.max(initial=-1)) + 1, np.int64)
        last[owner] = values
        if bool((last[owner] != values).any()):
            raise InternalError(subject, problem)

    def _verify_each_once(self, subject: str, linear: LinearMap) -> None:
        """Every nonzero MAC once, all of them within the interval."""
        for index, count in ((self.output, linear.outputs), (self.operand, linear.inputs), (self.dsp, self.dsp_count)):
            if index.size and not (int(index.min()) >= 0 and int(index.max()) < count):
                raise InternalError(subject, "a slot names a nonexistent element or DSP")
        macs = self.output * linear.inputs + self.operand
        done = np.zeros(linear.taps.size, np.bool_)
        done[macs] = True
        if int(done.sum()) != macs.size:
            raise InternalError(subject, "a MAC is scheduled twice")
        if bool((~done[linear.taps.ravel() != 0]).any()):
            raise InternalError(subject, "a nonzero MAC has no slot")
        if macs.size and not (int(self.phase.min()) >= 0 and int(self.phase.max()) < self.initiation_interval):
            raise InternalError(subject, "a slot is outside the initiation interval")

    def _verify_lanes(self, subject: str, linear: LinearMap, packing: Packing) -> None:
        """One product per lane of a slot, and the lanes of a slot share what they must."""
        products = packing.products
        if self.lane.size and not (int(self.lane.min()) >= 0 and int(self.lane.max()) < products):
            raise InternalError(subject, "a product is in a nonexistent lane")
        fields = self.slot * products + self.lane
        taken = np.zeros(int(fields.max(initial=-1)) + 1, np.bool_)
        taken[fields] = True
        if int(taken.sum()) != fields.size:
            raise InternalError(subject, "a slot holds two MACs")
        if products > 1:
            common = linear.taps[self.output, self.operand] if packing.shares_weight else self.operand
            self.verify_one_each(
                subject, f"the lanes of a slot have different {packing.shares.value}s", self.slot, common
            )
