"""What the output-serial bindings share: cascades of DSPs that pass partial sums on, and a tree that adds the results.

Position k of a cascade runs k cycles after position 0. Every lane of the result computes one output per phase.

    latency_cycles = cascade + 2 (operand and product registers) + ceil(log2 segments) (tree)

with fewer registers if the pipelining says so.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.dsp_binding import DspBinding, in_groups
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm, dsp_registers, tree_term
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.slice_paths import SlicePaths, memory_fan_out
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

_WIDE = 8  # multiplexer inputs, the first aside, at which yosys needs over a third of a LUT for each


def cascaded_latency(cascade: int, segments: int, pipelining: Pipelining) -> tuple[LatencyTerm, ...]:
    """Latency of ``segments`` cascades of ``cascade`` positions whose sums are added up for one output."""
    return (
        LatencyTerm(LatencyPart.CASCADE, cascade),
        dsp_registers(pipelining),
        tree_term(LatencyPart.CASCADE_TREE, segments, pipelining),
    )


@dataclass(frozen=True, eq=False)
class Cascaded(DspBinding):
    """Weights rotate over the outputs of a lane while the input stays in place.

    Attributes:
        operands: The input elements that each DSP takes, -1 for none; int64 (groups, segments, cascade, operand phases,
            operands). A group is the ``packing.products`` lanes of the result that share DSPs.
    """

    operands: Int

    @property
    def cascade(self) -> int:
        """Positions in a cascade."""
        return int(self.operands.shape[2])

    @property
    def segments(self) -> int:
        """Cascades whose sums are added up for one output."""
        return int(self.operands.shape[1])

    @property
    def operand_phases(self) -> int:
        """Phases in which a DSP may take a different operand; 1 if it keeps its operand."""
        return int(self.operands.shape[3])

    def latency(self) -> tuple[LatencyTerm, ...]:
        return cascaded_latency(self.cascade, self.segments, self.pipelining)

    @abstractmethod
    def verify_operands(self, subject: str) -> None:
        """Check that every DSP has the operands of its slots in the cycles in which it reads them.

        Raises:
            InternalError: If it does not.
        """

    def verify_slots(self, subject: str) -> None:
        slots, products = self.slots, self.packing.products
        slots.verify_macs(subject, self.linear, self.packing)
        self.verify_operands(subject)
        phase, lane = self.result.position()
        if bool((phase[slots.output] != slots.phase).any()):
            raise InternalError(subject, "a product is formed outside the phase of its output")
        fields, lanes = slots.fields(products), lane[slots.output]
        slots.verify_one_each(subject, "an output-serial DSP adds to two lanes", fields, lanes)
        if bool((lanes % products != slots.lane).any()):
            raise InternalError(subject, "a product is not in the lane of its output")
        slots.verify_one_each(subject, "a cascade adds to two lanes", slots.chain[slots.dsp], lanes // products)

    def bias_chain(self) -> Int:
        occupied = np.asarray((self.operands >= 0).any(axis=(2, 3, 4)), np.int64)
        lane = self.result.position()[1]
        first = np.arange(len(occupied)) * self.segments + occupied.argmax(axis=1)
        return np.asarray(first[lane // self.packing.products], np.int64)

    def constants(self) -> Mapping[str, Any]:
        """``weights`` by (position, phase) and column, where a column is a (group, segment) pair; ``bias`` by phase."""
        weights, bias = self._words()
        cascade, phases = weights.shape[:2]
        return {
            "weights": weights.reshape(cascade * phases, -1),
            "bias": bias.reshape(phases, -1),
            "weight_comments": [f"position {k}, phase {p}" for k in range(cascade) for p in range(phases)],
            "bias_comments": [f"phase {p}" for p in range(phases)],
        }

    def _words(self) -> tuple[Int, Int]:
        """Weights, shape (cascade, phases, groups, segments), and biases, shape (phases, groups, segments)."""
        outputs = in_groups(self.result.elements, self.packing.products)
        phases, groups, products = outputs.shape
        slots, exists = self.slots, (self.operands >= 0).any(axis=(3, 4))
        group, segment, position = np.nonzero(exists)  # of each DSP
        codes = np.zeros((self.cascade, phases, groups, self.segments, products), np.int64)
        place = position[slots.dsp], slots.phase, group[slots.dsp], segment[slots.dsp], slots.lane
        codes[place] = self.linear.weights[slots.output, slots.operand]
        weights = self.multiplied(codes)
        chains = np.arange(groups * self.segments).reshape(groups, self.segments)
        return weights, self.started(outputs, chains, weights.sum(axis=0))

    def resources(self) -> Fabric:
        packing, source_bits = self.packing, self.tensor.bits
        groups, segments, cascade, switched, taken = self.operands.shape
        table = self.operands.transpose(0, 1, 4, 2, 3).reshape(groups, segments * taken, cascade, switched)
        phases, interval = self.result.phases, self.slots.initiation_interval
        weights, bias = self._words()
        words = weights.transpose(1, 0, 2, 3).reshape(phases, -1)
        exists = np.asarray((self.operands >= 0).any(axis=(3, 4)))
        by_column = exists.reshape(-1, cascade)
        first = np.where(by_column.any(axis=1), by_column.argmax(axis=1), cascade)
        before_sum = dsp_registers(self.pipelining).cycles
        taps = max(cascade + before_sum, (cascade + switched - 2) // interval * interval)
        stages = self.pipelining.tree_stages(segments, self.pipelining.open_levels)
        lanes = np.repeat(exists.any(axis=2), packing.products, axis=0)[: self.result.lanes]
        outside = int((exists.sum(axis=2) - 1).clip(0).sum()) if self._sums_outside() else 0
        return (
            Fabric.sequencer(phases, max(cascade, before_sum), taps - 1 + stages + 1)
            + Fabric.rom(words, packing.weight_bits, np.repeat(np.arange(cascade), groups * segments))
            + Fabric.rom(bias.reshape(phases, -1), packing.sum_bits, first)
            + Fabric.tree(lanes, self.tree_bits, self.pipelining, self.pipelining.open_levels)
            + Fabric.registers((_held_copies(table, interval) + _packed_elements(table, taken)) * source_bits)
            + Fabric(multiplexers=_multiplexers(table, interval) * source_bits)
            + Fabric(tree_bits=outside * packing.sum_bits, register_bits=outside * packing.sum_bits)
        )

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        groups, segments, cascade, choices, taken = self.operands.shape
        weights, _ = self._words()
        columns = weights.transpose(1, 0, 2, 3).reshape(self.result.phases, -1)
        position = np.repeat(np.arange(cascade), groups * segments)
        addressed, alike = memory_fan_out(columns, self.packing.weight_bits, position)
        read = self.operands[self.operands >= 0]
        enabled = int((self.operands >= 0).any(axis=(3, 4)).sum(axis=(0, 1)).max())
        levels = self.pipelining.registered_levels(segments, self.pipelining.open_levels)
        slices = SlicePaths(
            self.packing.operand_bits,
            self.packing.weight_bits,
            int(np.bincount(read).max(initial=1)),
            0 if choices > 1 else enabled,
            self.result.phases,
            addressed + (choices > 1) * enabled * self.tensor.bits,
            alike,
            choices,
            self.packing.sum_bits if self._sums_outside() else 0,
            taken > 1,
            TreePaths(levels, self.tree_bits),
        )
        return slices.paths(technology, loads)

    def _sums_outside(self) -> bool:
        """Whether only the first adder of a cascade is packed: yosys packs none that drops bits of a product."""
        return self.packing.operand_bits + self.packing.weight_bits > self.packing.sum_bits


def _packed_elements(table: Int, taken: int) -> int:
    """Elements of packed operands in registers: yosys packs no register with constant bits, as between lanes.

    Args:
        table: Operands, shape (lanes, segments * elements of a DSP, cascade, operand phases).
        taken: Elements that a DSP multiplies at a time.
    """
    return sum(int((rows >= 0).any(axis=1).sum()) for rows in _different(table)) if taken > 1 else 0


def _different(table: Int) -> list[Int]:
    """The distinct operands of every position, each of shape (operands, operand phases)."""
    return [np.unique(table[:, :, k].reshape(-1, table.shape[3]), axis=0) for k in range(table.shape[2])]


def _held_copies(table: Int, interval: int) -> int:
    """Registers, in elements, that keep inputs for positions that read them after the next event has arrived.

    Args:
        table: Operands, shape (lanes, segments, cascade, operand phases).
        interval: Cycles between events.
    """
    _, _, cascade, switched = table.shape
    depth = (np.arange(cascade)[:, np.newaxis] + np.arange(switched)) // interval
    if not depth.any():
        return 0
    copies = np.zeros(max(int(table.max()) + 1, 1), np.int64)
    depths = np.broadcast_to(depth, table.shape)
    used = table >= 0
    np.maximum.at(copies, table[used], depths[used])
    return int(copies.sum())


def _multiplexers(table: Int, interval: int) -> int:
    """LUT6s per bit of all operand multiplexers; equal multiplexers of one position are counted once.

    Args:
        table: Operands, shape (lanes, segments, cascade, operand phases).
        interval: Cycles between events; an operand read later is a held copy and thus another input.
    """
    if table.shape[3] == 1:
        return 0
    cascade, switched = table.shape[2:]
    depth = (np.arange(cascade)[:, np.newaxis] + np.arange(switched)) // interval
    held = np.where(table >= 0, table * (int(depth.max()) + 1) + depth, -1)
    rows = np.sort(np.concatenate(_different(held)), axis=1)
    different = (np.diff(rows, axis=1) > 0).sum(axis=1) + (rows[:, 0] >= 0)
    more = np.maximum(different, 1) - 1
    return int(np.where(more < _WIDE, ceil_div(more, 3), ceil_div(5 * more, 8)).sum())
