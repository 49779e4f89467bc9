"""Input-serial binding whose slices are joined in cascades: the last one accumulates the products of all.

The slices of two or three neighbouring lanes pass their products on, position after position and a cycle later each;
the last position adds them to its own product and, from the W multiplexer of its adder, to its own sum. A tree over the
cascades of an output remains, of half or a third as many leaves. Only DSP48E2 and DSP58 slices have that multiplexer,
and synthesis infers it from nothing: slices are instantiated.

    latency_cycles = phases (accumulation) + joined - 1 (cascade) + 2 (operand and product registers)
                     + ceil(log2 cascades) (tree)

with fewer registers if the pipelining says so. In position 1, operand and weight have a second register in the slice;
in position 2 they also arrive a cycle later: the operand from a register, the weight because its rows are turned by
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.control_copies import ControlLoads
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.dsp_binding import in_groups
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.input_serial import InputSerial
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm, dsp_registers, tree_term
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.weight_registers import WeightRegisters
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

LENGTHS = (2, 3)  # lanes of a cascade that the hardware joins
_LATE = 2  # position whose operands and weights arrive a cycle later


def input_joined_latency(phases: int, lanes: int, joined: int, pipelining: Pipelining) -> tuple[LatencyTerm, ...]:
    """Latency for an input of ``phases`` phases and ``lanes`` lanes, of which ``joined`` are a cascade."""
    return (
        LatencyTerm(LatencyPart.ACCUMULATION, phases),
        LatencyTerm(LatencyPart.CASCADE, joined - 1),
        dsp_registers(pipelining),
        tree_term(LatencyPart.CASCADE_TREE, ceil_div(lanes, joined), pipelining),
    )


def joined_positions(present: Int, joined: int) -> Int:
    """Position in its cascade of each slice; those of a cascade that exist follow each other up to the last position.

    Args:
        present: Whether the slice exists; int64, shape (groups, lanes).
        joined: Lanes of a cascade.
    """
    exists = in_cascades(present, joined)
    after = np.cumsum(exists[..., ::-1], axis=2)[..., ::-1]
    return np.asarray((joined - after).reshape(len(present), -1)[:, : present.shape[1]], np.int64)


def in_cascades(lanes: Int, joined: int) -> Int:
    """Lanes (last axis) cut into cascades, padded with zeros; shape (groups, cascades, joined)."""
    padded = np.pad(lanes, ((0, 0), (0, -lanes.shape[1] % joined)))
    return padded.reshape(len(lanes), -1, joined)


@dataclass(frozen=True, eq=False)
class InputJoined(InputSerial):
    """Cascades of slices accumulate their own outputs while inputs arrive.

    Attributes:
        joined: Lanes of a cascade.
    """

    name: ClassVar[str] = "input_joined"

    joined: int

    def latency(self) -> tuple[LatencyTerm, ...]:
        return input_joined_latency(self.source.phases, self.source.lanes, self.joined, self.pipelining)

    @cached_property
    def cascades(self) -> NDArray[np.bool_]:
        """Which cascades have slices; shape (groups, cascades)."""
        return np.asarray(in_cascades(self.present, self.joined).any(axis=2))

    @cached_property
    def positions(self) -> Int:
        """Position of each slice; int64, shape (groups, lanes)."""
        return joined_positions(self.present, self.joined)

    @cached_property
    def _late(self) -> Int:
        """Whether the operand of a slice arrives a cycle later; int64, shape (groups, lanes)."""
        return np.asarray(self.present * (self.positions == _LATE), np.int64)

    def verify_slots(self, subject: str) -> None:
        slots = self.slots
        slots.verify_macs(subject, self.linear, self.packing)
        slots.verify_arrival(subject, self.source, slots.phase)
        fields, lane = slots.fields(self.packing.products), self.source.position()[1]
        slots.verify_one_each(subject, "an input-serial DSP has two outputs", fields, slots.output)
        slots.verify_one_each(subject, "an input-serial DSP reads two lanes", self.readers, lane[slots.operand])
        exists = self.present.ravel() == 1
        if bool((slots.skew != self.positions.ravel()[exists]).any()):
            raise InternalError(subject, "a joined DSP does not run in the cycle of its position")
        count = self.cascades.shape[1]
        group, own = np.divmod(np.flatnonzero(exists), self.present.shape[1])
        if bool((slots.chain != group * count + own // self.joined).any()):
            raise InternalError(subject, "a joined DSP adds to the sum of other lanes")

    def bias_chain(self) -> Int:
        first = np.arange(len(self.cascades)) * self.cascades.shape[1] + self.cascades.argmax(axis=1)
        return np.asarray(first[np.arange(self.result.size) // self.packing.products], np.int64)

    def constants(self) -> Mapping[str, Any]:
        """``weights`` by phase and (group of outputs, lane); a row of ``bias`` by (group, cascade) for all phases."""
        outputs = in_groups(np.arange(self.linear.outputs)[np.newaxis], self.packing.products)
        groups, count = self.cascades.shape
        places, none = np.arange(groups * count).reshape(groups, count), np.zeros((1, groups, count), np.int64)
        return {
            "weights": self.weight_words(self.linear.weights).reshape(self.source.phases, -1),
            "bias": self.started(self.linear.bias, outputs, places, none).reshape(1, -1),
            "weight_comments": [f"phase {p}" for p in range(self.source.phases)],
            "bias_comments": ["all cascades"],
        }

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        found = super().paths(technology, loads)
        if not self._late.any():
            return found
        pins, setup = self.slice_paths().operand_pins, Delay(technology.fabric.dsp.setup_a)
        waiting = technology.net(int(self._late.sum(axis=0).max()) * pins)
        waited = PathDelay(PathClass.DSP_OPERAND, technology.start + waiting + setup)
        entry = Entry(PathClass.DATA, 1, technology.into_register)
        return HardwarePaths((*found.entries, entry), (*found.inner, waited), found.exit, found.through, found.valid)

    @property
    def added(self) -> NDArray[np.bool_]:
        return np.repeat(self.cascades, self.packing.products, axis=0)[: self.linear.outputs]

    @property
    def _loads(self) -> ControlLoads:
        return ControlLoads(self.cascades.size, captures=1)

    @property
    def chains(self) -> int:
        return int(self.cascades.size)

    @cached_property
    def _weights(self) -> WeightRegisters | None:
        words = self.constants()["weights"]
        turned = np.where(self._late.ravel() == 1, np.roll(words, 1, axis=0), words)
        return WeightRegisters.of(turned, self.packing.weight_bits)

    def resources(self) -> Fabric:
        shared, started = self.columns_per_copy, self.cascades.ravel()
        copies = sum(bool(started[first : first + shared].any()) for first in range(shared, started.size, shared))
        late_lanes = int(self._late.any(axis=0).sum())
        return (
            Fabric.registers(self.latency_cycles + copies * self.joined + late_lanes * self.tensor.bits)
            + sum((rom.fabric(self.pipelining.most_loads) for rom in self._roms), start=Fabric())
            + Fabric.tree(self.added, self.trees.read(self.tree_bits), self.pipelining, self.pipelining.open_levels)
        )
