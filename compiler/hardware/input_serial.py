"""Input-serial binding: each DSP owns an output, and inputs arrive over the phases.

One DSP per output and input lane accumulates over the phases; the bias enters at the C port in the first phase; a tree
adds the lanes of each output. All results leave together, for one cycle. With packed DSPs, each DSP owns a team of
neighbouring outputs.

    latency_cycles = phases (accumulation) + 2 (operand and product registers) + ceil(log2 lanes) (tree)

with fewer registers if the pipelining says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.binding import LoopOrder
from bxnn.compiler.hardware.control_copies import ControlLoads
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.dsp_binding import DspBinding, in_groups
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm, dsp_registers, tree_term
from bxnn.compiler.hardware.load_order import LoadedTable
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.slice_paths import SlicePaths
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.hardware.valid_loads import NO_SHARE, ValidShare
from bxnn.compiler.hardware.weight_banks import LayerLoad, WeightBank
from bxnn.compiler.hardware.weight_registers import WeightRegisters
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int


def input_serial_latency(phases: int, lanes: int, pipelining: Pipelining) -> tuple[LatencyTerm, ...]:
    """Latency for an input of ``phases`` phases and ``lanes`` lanes."""
    return (
        LatencyTerm(LatencyPart.ACCUMULATION, phases),
        dsp_registers(pipelining),
        tree_term(LatencyPart.LANE_TREE, lanes, pipelining),
    )


@dataclass(frozen=True, eq=False)
class InputSerial(DspBinding):
    """Inputs arrive over the phases while each DSP accumulates its own outputs.

    Attributes:
        present: Whether the DSP exists; int64 (groups, lanes), where a group is ``packing.products`` outputs.
    """

    name: ClassVar[str] = "input_serial"
    loop_order: ClassVar[LoopOrder] = "input_serial"

    present: Int

    def latency(self) -> tuple[LatencyTerm, ...]:
        return input_serial_latency(self.source.phases, self.source.lanes, self.pipelining)

    def verify_slots(self, subject: str) -> None:
        slots = self.slots
        slots.verify_macs(subject, self.linear, self.packing)
        slots.verify_arrival(subject, self.source, slots.skew[slots.dsp] + slots.phase)
        fields, lane = slots.fields(self.packing.products), self.source.position()[1]
        slots.verify_one_each(subject, "an input-serial DSP has two outputs", fields, slots.output)
        slots.verify_one_each(subject, "an input-serial DSP reads two lanes", self.readers, lane[slots.operand])

    def bias_chain(self) -> Int:
        first = np.arange(len(self.present)) * self.present.shape[1] + self.present.argmax(axis=1)
        return np.asarray(first[np.arange(self.result.size) // self.packing.products], np.int64)

    def constants(self) -> Mapping[str, Any]:
        """``weights`` by (set, phase) and (group of outputs, lane); a row of ``bias`` for all phases of a set."""
        found = [self._words_of(*choice) for choice in zip(*self.linear.choices, strict=True)]
        weights, bias = zip(*found, strict=True)
        phases, sets = self.source.phases, self.sets
        each = [f"set {s}" for s in range(sets)]
        return {
            "weights": np.concatenate(weights),
            "bias": np.concatenate(bias),
            "weight_comments": [f"{s}, phase {p}" if sets > 1 else f"phase {p}" for s in each for p in range(phases)],
            "bias_comments": [f"{s}, all slices" for s in each] if sets > 1 else ["all slices"],
        }

    def _words_of(self, matrix: Int, biases: Int) -> tuple[Int, Int]:
        """Weights and biases of one set, as ``constants``."""
        weights, slices = self.weight_words(matrix), np.arange(self.present.size).reshape(self.present.shape)
        outputs = in_groups(np.arange(self.linear.outputs)[np.newaxis], self.packing.products)
        bias = self.started(biases, outputs, slices, weights.sum(axis=0)[np.newaxis])
        return weights.reshape(len(weights), -1), bias.reshape(1, -1)

    def weight_words(self, matrix: Int) -> Int:
        """What each slice multiplies by; int64, shape (phases, groups of outputs, lanes)."""
        slots = self.slots
        group, lane = np.nonzero(self.present)  # of each DSP
        codes = np.zeros((self.source.phases, *self.present.shape, self.packing.products), np.int64)
        place = slots.phase, group[slots.dsp], lane[slots.dsp], slots.lane
        codes[place] = matrix[slots.output, slots.operand]
        return self.multiplied(codes)

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        return self.slice_paths().paths(technology, loads)

    def slice_paths(self) -> SlicePaths:
        """What the paths depend on."""
        levels = self.pipelining.registered_levels(self.added.shape[1], self.pipelining.open_levels)
        most = self.pipelining.most_loads
        return SlicePaths(
            self.packing.operand_bits,
            self.packing.weight_bits,
            int(self.present.sum(axis=0).max()),
            min(self.dsp, self.columns_per_copy),
            self.source.phases,
            max((rom.most_loads(most) for rom in self._roms), default=0),
            sum(rom.begun(most) for rom in self._roms),
            1 if self._weights is None else self._weights.most_readers,
            0 if self._biases is None else self._biases.most_readers,
            0,
            self._loads.copies(self.columns_per_copy),
            None,
            0,
            False,
            TreePaths.of_sums(levels, self.trees, self.tree_bits, self.packing.products > 1),
            self.load,
            self.sets,
            sum(rom.counters(most) for rom in self._roms),
            most,
        )

    @property
    def added(self) -> NDArray[np.bool_]:
        return np.repeat(self.present.astype(np.bool_), self.packing.products, axis=0)[: self.linear.outputs]

    @property
    def tree_of_output(self) -> Int:
        return np.arange(self.linear.outputs)

    @cached_property
    def columns_per_copy(self) -> int:
        """Slices, output after output and lane after lane, that share a copy of what starts sums."""
        return self._loads.columns_per_copy(self.pipelining.most_loads)

    @property
    def least_fanout(self) -> int:
        held = [found.least_loads for found in (*self._roms, self.load) if found is not None]
        return max(self._loads.most(1), *held)

    @property
    def _loads(self) -> ControlLoads:
        return ControlLoads(self.present.size, captures=1)

    @cached_property
    def _weights(self) -> WeightRegisters | None:
        """The registers with the weights; ``None`` if these are loaded."""
        if self.linear.reload is not None:
            return None
        return WeightRegisters.of(self.constants()["weights"], self.packing.weight_bits, sets=self.sets)

    @cached_property
    def _biases(self) -> WeightRegisters | None:
        """The registers with the biases of a set; ``None`` if there is one set."""
        if self.sets == 1:
            return None
        return WeightRegisters.of(self.constants()["bias"], self.packing.sum_bits, sets=self.sets)

    @property
    def _roms(self) -> tuple[WeightRegisters, ...]:
        return tuple(rom for rom in (self._weights, self._biases) if rom is not None)

    @property
    def _set_taps(self) -> int:
        """Cycles by which the number of the set is delayed for biases."""
        late = self._biases is not None and self._biases.readers.size
        return dsp_registers(self.pipelining).cycles - 1 if late else 0

    @property
    def chains(self) -> int:
        return int(self.present.size)

    @cached_property
    def load(self) -> LayerLoad | None:
        if self.linear.reload is None:
            return None
        phases, started = self.source.phases, int(self.bias_loaded.sum())
        weights = WeightBank(phases, self.dsp, self.packing.weight_bits, self.load_bits)
        biases = WeightBank(1, started, self.packing.sum_bits, self.load_bits)
        delays = dsp_registers(self.pipelining).cycles - 1 if started else 0
        return LayerLoad(phases, self.load_bits, (weights, biases), delays, self.pipelining.most_loads)

    def loaded_tables(self) -> Iterator[LoadedTable]:
        found, loaded = self.constants(), self.bias_loaded == 1
        yield LoadedTable(found["weights"][:, self.present.ravel() == 1], self.packing.weight_bits)
        bias = np.repeat(
            found["bias"][:, loaded], self.source.phases, axis=0
        )  # its only row is written in each of them
        yield LoadedTable(bias, self.packing.sum_bits)

    def valid_shares(self, max_fanout: int) -> tuple[ValidShare, ...]:
        weights, biases = (self._weights, self._biases) if self.load is None else self.load.banks
        started = (NO_SHARE if held is None else held.valid_share(max_fanout) for held in (weights, None, biases, None))
        return self._loads.valid_share(self.columns_per_copy), *started

    def resources(self) -> Fabric:
        shared = self.columns_per_copy
        before_sum = dsp_registers(self.pipelining).cycles
        slices = self.present.ravel()
        started = sum(bool(slices[first : first + shared].any()) for first in range(shared, slices.size, shared))
        return (
            Fabric.registers(self.latency_cycles + started * before_sum + ceil_log2(self.sets) * self._set_taps)
            + sum((rom.fabric(self.pipelining.most_loads) for rom in self._roms), start=Fabric())
            + (Fabric() if self.load is None else self.load.fabric())
            + Fabric.tree(self.added, self.trees.read(self.tree_bits), self.pipelining, self.pipelining.open_levels)
        )
