"""What the output-serial bindings share: cascades of DSPs that pass partial sums on, and a tree that adds the results.

Position k of a cascade runs k cycles after position 0. Every lane of the result computes one output per phase.

    latency_cycles = cascade + 2 (operand and product registers) + ceil(log2 segments) (tree)

with fewer registers if the pipelining says so.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.cascade_banks import CascadeBanks
from bxnn.compiler.hardware.cascade_roms import CascadeRoms
from bxnn.compiler.hardware.control_copies import ControlLoads
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.dsp_binding import DspBinding, in_groups
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyTerm, cascaded_latency, dsp_registers
from bxnn.compiler.hardware.load_order import LoadedTable
from bxnn.compiler.hardware.operand_choice import OperandChoice
from bxnn.compiler.hardware.operand_wiring import OperandWiring
from bxnn.compiler.hardware.slice_paths import SlicePaths
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.hardware.valid_loads import ValidShare
from bxnn.compiler.hardware.weight_banks import LayerLoad
from bxnn.compiler.numeric.tensor import Int


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
        """``weights`` by (position, set, phase) and column, a (group, segment) pair; ``bias`` by (set, phase)."""
        weights, bias = self._words
        cascade, rows = weights.shape[:2]
        phases, sets = self.result.phases, self.sets
        named = [f"set {s}, phase {p}" if sets > 1 else f"phase {p}" for s in range(sets) for p in range(phases)]
        return {
            "weights": weights.reshape(cascade * rows, -1),
            "bias": bias.reshape(rows, -1),
            "weight_comments": [f"position {k}, {name}" for k in range(cascade) for name in named],
            "bias_comments": named,
        }

    @cached_property
    def _words(self) -> tuple[Int, Int]:
        """Weights, shape (cascade, rows, groups, segments), and biases, shape (rows, groups, segments).

        The rows are the phases of every set, one set after the other.
        """
        found = [self._words_of(*choice) for choice in zip(*self.linear.choices, strict=True)]
        weights, bias = zip(*found, strict=True)
        return np.concatenate(weights, axis=1), np.concatenate(bias)

    def _words_of(self, matrix: Int, biases: Int) -> tuple[Int, Int]:
        """The words of one set, by phase."""
        outputs = in_groups(self.result.elements, self.packing.products)
        phases, groups, products = outputs.shape
        slots, exists = self.slots, (self.operands >= 0).any(axis=(3, 4))
        group, segment, position = np.nonzero(exists)  # of each DSP
        codes = np.zeros((self.cascade, phases, groups, self.segments, products), np.int64)
        place = position[slots.dsp], slots.phase, group[slots.dsp], segment[slots.dsp], slots.lane
        codes[place] = matrix[slots.output, slots.operand]
        weights = self.multiplied(codes)
        chains = np.arange(groups * self.segments).reshape(groups, self.segments)
        return weights, self.started(biases, outputs, chains, weights.sum(axis=0))

    @property
    def added(self) -> NDArray[np.bool_]:
        exists = (self.operands >= 0).any(axis=(2, 3, 4))
        return np.repeat(exists, self.packing.products, axis=0)[: self.result.lanes]

    @property
    def tree_of_output(self) -> Int:
        return self.result.position()[1]

    @cached_property
    def columns_per_copy(self) -> int:
        """Cascades that share a copy of what captures operands, and of the phases that switch them."""
        return self._loads.columns_per_copy(self.pipelining.most_loads)

    @property
    def least_fanout(self) -> int:
        holds = bool(self._wiring.held_registers().any())
        least = max(self._roms.least_loads, 0 if self.load is None else self.load.least_loads)
        return max(self._loads.most(1), least, self.tensor.bits if holds else 0)

    @cached_property
    def _loads(self) -> ControlLoads:
        bits, wiring, most = self.tensor.bits, self._wiring, self.pipelining.most_loads
        banks = () if self.load is None else self.load.banks
        counters = max([self._roms.started_later(most), *(bank.counters(most) for bank in banks[2:])])
        later = counters + wiring.load_replicas(bits, most)
        return ControlLoads(wiring.columns, wiring.capture_loads, self.operand_phases, wiring.phase_luts(bits), later)

    @cached_property
    def _wiring(self) -> OperandWiring:
        return OperandWiring(self.operands, self.result.phases, self.slots.initiation_interval)

    @cached_property
    def _roms(self) -> CascadeRoms:
        """The registers with weights, if these are not loaded, and with what starts sums."""
        weights, bias = self._words
        words = weights.reshape(*weights.shape[:2], -1) if self.linear.reload is None else None
        starts = np.where(self.bias_loaded, 0, bias.reshape(len(bias), -1))
        later = dsp_registers(self.pipelining).cycles - 1
        return CascadeRoms.of(words, starts, self._wiring.first, later, self.packing, self.sets)

    @property
    def chains(self) -> int:
        return len(self.operands) * self.segments

    @cached_property
    def load(self) -> LayerLoad | None:
        if self.linear.reload is None:
            return None
        return self._banks.load(self.result.phases, self.pipelining.most_loads)

    def loaded_tables(self) -> Iterator[LoadedTable]:
        weights, bias = self._words
        return self._banks.tables(weights.reshape(*weights.shape[:2], -1), bias.reshape(len(bias), -1))

    def valid_shares(self, max_fanout: int) -> tuple[ValidShare, ...]:
        started = self._roms.valid_shares(max_fanout) if self.load is None else self._banks.valid_shares(self.load)
        return self._loads.valid_share(self.columns_per_copy), *started

    @property
    def _banks(self) -> CascadeBanks:
        later = dsp_registers(self.pipelining).cycles - 1
        return CascadeBanks(self._wiring.first, self.bias_loaded, self.cascade, later, self.packing, self.load_bits)

    def resources(self) -> Fabric:
        packing, source_bits, wiring = self.packing, self.tensor.bits, self._wiring
        shared = self.columns_per_copy
        _, segments, cascade, switched, _ = self.operands.shape
        interval, loads = self.slots.initiation_interval, self.pipelining.most_loads
        before_sum = dsp_registers(self.pipelining).cycles
        taps = max(cascade + before_sum, (cascade + switched - 2) // interval * interval)
        stages = self.pipelining.tree_stages(segments, self.pipelining.open_levels)
        outside, elements = int(self._outside.sum()), int(wiring.held_registers().sum())
        return (
            Fabric.sequencer(switched, cascade, taps + stages, self._loads.further_counters(shared))
            + self._roms.fabric(loads)
            + (Fabric() if self.load is None else self.load.fabric())
            + Fabric.registers(self._loads.phase_registers(shared) + wiring.capture_replicas(shared))
            + Fabric.registers(wiring.load_replicas(source_bits, loads))
            + Fabric.tree(self.added, self.trees.read(self.tree_bits), self.pipelining, self.pipelining.open_levels)
            + Fabric.registers(elements * source_bits)
            + Fabric(multiplexers=wiring.choice_luts(shared, source_bits))
            + Fabric(tree_bits=outside * packing.sum_bits, register_bits=outside * packing.sum_bits)
        )

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        _, segments, _, choices, taken = self.operands.shape
        shared, most = self.columns_per_copy, self.pipelining.most_loads
        levels = self.pipelining.registered_levels(segments, self.pipelining.open_levels)
        slices = SlicePaths(
            self.packing.operand_bits,
            self.packing.weight_bits,
            int(np.bincount(self.operands[self.operands >= 0]).max(initial=1)),
            0 if choices > 1 else self._wiring.most_captured(shared),
            self.result.phases,
            self._roms.most_loads(most),
            self._roms.begun(most),
            self._roms.alike,
            self._roms.started,
            self._loads.most(shared),
            self._loads.copies(shared),
            OperandChoice(self._wiring.word_counts(), choices, self.tensor.bits) if choices > 1 else None,
            self.packing.sum_bits if self._outside.any() else 0,
            taken > 1 and self.tensor.format.signed,
            TreePaths.of_sums(levels, self.trees, self.tree_bits, self.packing.products > 1),
            self.load,
            self.sets,
            self._roms.counters(most),
            most,
        )
        return slices.paths(technology, loads)

    @property
    def _outside(self) -> Int:
        """Adders of each cascade that are outside its slices; int64, shape (columns,).

        Where products have no register, synthesis packs every adder.
        """
        return self._wiring.adders_outside(self.packing) * int(self.pipelining.multiplier_register)
