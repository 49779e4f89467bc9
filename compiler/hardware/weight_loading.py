"""How the weights of a network are loaded at run time: layer after layer, through a few registers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bxnn.compiler.hardware.delays.path_delay import PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.load_order import words_in_order
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.weight_banks import LayerLoad
from bxnn.compiler.hardware.weight_ports import ADAPTERS, WEIGHT_PORTS, WeightPort
from bxnn.compiler.numeric.tensor import Int

CONTROL, DATA = 0, 1  # registers; see bxnn_weight_load.vhd
BEGIN, SWITCH = 1, 2  # bits of the control register
_SETTLE_CYCLES = 3  # bxnn_weight_load.vhd: from a switch to the bank that layers see
_STATUS = 0x107  # bits of the status register
_HANDSHAKES = {"axi-lite": 8, "ipbus": 6}  # flip-flops of an adapter besides words
_IN_FLIGHT = 4  # cycles from a switch to the first event with the other bank


@dataclass(frozen=True, eq=False)
class LoadedLayer:
    """A layer with loaded weights.

    Attributes:
        name: Its name.
        start_cycle: Cycle of its phase 0 of an event.
        binding: Its hardware.
        load: Its memories.
    """

    name: str
    start_cycle: int
    binding: DspBinding
    load: LayerLoad


@dataclass(frozen=True, eq=False)
class WeightLoading:
    """The loading of all layers.

    Attributes:
        layers: Those with loaded weights, in the order in which they start and are loaded.
        bus: Ports through which they are loaded.
        latency_cycles: Latency of the network.
    """

    layers: tuple[LoadedLayer, ...]
    bus: str
    latency_cycles: int

    @classmethod
    def of(cls, schedule: Schedule, bus: str = "port") -> WeightLoading | None:
        """The loading of a network; ``None`` if all its weights are constants."""
        found = [layer for step in schedule.steps for layer in _loaded(step)]
        found.sort(key=lambda layer: layer.start_cycle)
        return cls(tuple(found), bus, schedule.latency_cycles) if found else None

    @property
    def width(self) -> int:
        """Bits of the widest word that is loaded."""
        return max(layer.load.load_bits for layer in self.layers)

    @property
    def words(self) -> int:
        """Words of a set."""
        return sum(layer.load.words for layer in self.layers)

    @property
    def drain_cycles(self) -> int:
        """Cycles after a switch in which events under way may read the former bank."""
        return self.latency_cycles + _IN_FLIGHT

    @property
    def ports(self) -> tuple[WeightPort, ...]:
        """Ports of the top entity."""
        return WEIGHT_PORTS[self.bus]

    @property
    def adapter(self) -> str | None:
        """The entity between them and the registers, if there is one."""
        return ADAPTERS.get(self.bus)

    def delay(self, index: int) -> int:
        """Cycles by which layer ``index`` gets the bank later than the one before it."""
        before = self.layers[index - 1].start_cycle if index else 0
        return self.layers[index].start_cycle - before

    def number_of(self, name: str) -> int:
        """Place of a layer among those with loaded weights."""
        return [layer.name for layer in self.layers].index(name)

    def load_of(self, name: str) -> LoadedLayer | None:
        """The layer of a name, if its weights are loaded."""
        return next((layer for layer in self.layers if layer.name == name), None)

    def set_words(self) -> Int:
        """The words of the set of weights that the layers have; int64, shape (words,), unsigned."""
        tables = [words_in_order(layer.binding.loaded_tables(), layer.load.load_bits) for layer in self.layers]
        return np.concatenate(tables)

    @cached_property
    def layout(self) -> int:
        """32 bits that identify which word is which: builds with equal ones take the same words."""
        digest = hashlib.sha256()
        for layer in self.layers:
            for part in _structure(layer):
                digest.update(part)
        return int.from_bytes(digest.digest()[:4], "big")

    def fabric(self) -> Fabric:
        """The registers, the delays of the bank and the adapter, besides what is in the layers."""
        count, left = (self.words).bit_length(), self.drain_cycles.bit_length()
        chain, total = _SETTLE_CYCLES, Fabric()
        for index in range(len(self.layers)):
            chain += self.delay(index)
            if chain:
                total, chain = total + Fabric.delay(1, chain), 0
        own = Fabric(counted_luts=2 * (count + left) + 10, register_bits=self.width + count + left + 8)
        return total + own + self._adapter_fabric(count)

    def _adapter_fabric(self, count: int) -> Fabric:
        """The registers between a bus and those of the network; bits that are never read or never 1 have none."""
        if self.adapter is None:
            return Fabric()
        read = self.layout | self.words | ((1 << count) - 1) | _STATUS
        handshakes = _HANDSHAKES[self.bus]
        return Fabric(counted_luts=handshakes, register_bits=max(self.width, 2) + read.bit_count() + handshakes)

    def paths(self, technology: Technology) -> tuple[PathDelay, ...]:
        """From the registers of a bus, or its ports, to what counts words and cycles, and to the ports."""
        bits = self.words.bit_length() + self.drain_cycles.bit_length()
        counted = technology.start + technology.net(bits) + technology.luts(3, 4) + technology.net(bits + 8)
        inside = counted + technology.reset
        return (
            PathDelay(PathClass.CONTROL, inside),
            PathDelay(PathClass.INPUT_PORT, inside),
            PathDelay(PathClass.OUTPUT_PORT, counted + technology.around_into_register),
        )


def _loaded(step: ScheduledLayer) -> Iterator[LoadedLayer]:
    binding = step.binding
    if isinstance(binding, DspBinding) and binding.load is not None:
        yield LoadedLayer(step.layer, step.start_cycle, binding, binding.load)


def _structure(layer: LoadedLayer) -> Iterator[bytes]:
    """Everything on which the place of a weight in the words depends, but no weight."""
    binding, slots = layer.binding, layer.binding.slots
    reload = binding.linear.reload
    assert reload is not None
    packing = binding.packing
    numbers = (layer.load.rows, layer.load.load_bits, packing.products, packing.lane_bits, packing.weight_bits)
    yield f"{layer.name} {binding.name} {numbers} {packing.shares.value} {reload.low} {reload.high}".encode()
    arrays = (slots.dsp, slots.phase, slots.output, slots.operand, slots.lane, slots.chain, reload.taps)
    for array in (*arrays, reload.bias_low, reload.bias_high, binding.bias_chain(), binding.bias_loaded):
        yield np.ascontiguousarray(array, "<i8").tobytes()
