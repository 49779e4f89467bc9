"""How a layer is bound to hardware and when it runs: the objects a schedule is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from compiler.ir.adder_pipeline import AdderPipeline
from compiler.ir.cost import Cost, CostError
from compiler.ir.front import FrontDesign
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.packing import Chains, Packing
from compiler.ir.slot_table import SlotTable
from compiler.ir.tensor import Int, Tensor

BindingName = Literal["output_serial", "output_switched", "input_serial", "lut", "stage"]
AdapterName = Literal["hold", "serialize", "deserialize", "delay"]


@dataclass(frozen=True, eq=False)
class Binding:
    """A layer in hardware form.

    Attributes:
        name: Kind of binding.
        source: Layout the layer reads.
        result: Layout the layer writes.
        latency_cycles: From the cycle of the input's phase 0 to the cycle of the output's phase 0.
        accum_bits: Width of the accumulator, or ``None`` where there is none.
        weight_bits: Signed width of the weights, or ``None``.
        slots: The slot table, or ``None`` for layers without MACs.
        packing: How the products lie in the DSPs, or ``None`` for layers without MACs.
        operands: output_serial: int64 (groups, segments, cascade, 1, operands), the input elements that each DSP
            keeps, -1 = none; a group is the ``packing.products`` lanes of the result that share their DSPs.
            output_switched: int64 (groups, segments, cascade, phases, operands), those of each phase.
        present: input_serial: int64 (groups, lanes), whether the DSP exists; a group is as many outputs.
        adders: lut: the pipelined adder graph.
    """

    name: BindingName
    source: Layout
    result: Layout
    latency_cycles: int
    accum_bits: int | None = None
    weight_bits: int | None = None
    slots: SlotTable | None = None
    packing: Packing | None = None
    operands: Int | None = None
    present: Int | None = None
    adders: AdderPipeline | None = None

    @property
    def dsp(self) -> int:
        """Number of DSPs."""
        return 0 if self.slots is None else self.slots.dsp_count

    @property
    def multipliers(self) -> int:
        """Products per cycle: DSPs, each counted as often as it has lanes."""
        return self.dsp * (1 if self.packing is None else self.packing.products)

    @property
    def reuse_factor(self) -> int | None:
        """Most MACs that one lane of a multiplier performs per event; ``None`` for layers without MACs."""
        if self.slots is None:
            return None
        return max(self.source.phases, self.result.phases)

    def verify(self, subject: str, linear: LinearMap, tensor: Tensor) -> None:
        """Check slot table, lanes and guard bits of a binding on DSPs.

        Args:
            subject: Named in errors.
            linear: The map to compute.
            tensor: The input.

        Raises:
            InternalError: If anything is wrong.
        """
        assert self.slots is not None and self.packing is not None
        captures, switched = self.name == "output_serial", self.name == "output_switched"
        products, shares = self.packing.products, self.packing.shares
        self.slots.verify(subject, linear, self.source, self.result, captures, switched, products, shares)
        slots = self.slots
        chains = Chains(slots.chain[slots.dsp], slots.output, slots.operand, self.bias_chain())
        self.packing.verify_sums(subject, linear, tensor, chains)

    def bias_chain(self) -> Int:
        """For every output element the chain that its bias enters; int64, shape (outputs,)."""
        assert self.packing is not None
        if self.operands is not None:
            segments = self.operands.shape[1]
            occupied = np.asarray((self.operands >= 0).any(axis=(2, 3, 4)), np.int64)
            lane = self.result.position()[1]
            first = np.arange(len(occupied)) * segments + occupied.argmax(axis=1)
        else:
            assert self.present is not None
            lane = np.arange(self.result.size)
            first = np.arange(len(self.present)) * self.present.shape[1] + self.present.argmax(axis=1)
        return np.asarray(first[lane // self.packing.products], np.int64)


@dataclass(frozen=True, eq=False)
class Adapter:
    """Wiring between a producer's layout and a consumer's.

    Attributes:
        name: ``hold`` a pulse, ``serialize``, ``deserialize`` or ``delay``.
        source: Layout on its input.
        result: Layout on its output.
        latency_cycles: Cycles it adds.
    """

    name: AdapterName
    source: Layout
    result: Layout
    latency_cycles: int


@dataclass(frozen=True, eq=False)
class Step:
    """One layer of a schedule.

    Attributes:
        layer: Name of the layer.
        binding: Its hardware form.
        adapters: For every input of the layer, what stands between the producer and the layer.
        start_cycle: Cycle of the layer's phase 0, counted from the cycle in which `in_valid` is sampled.
        cost: Of the layer and the adapters before it.
    """

    layer: str
    binding: Binding
    start_cycle: int
    adapters: tuple[tuple[Adapter, ...], ...] = ()
    cost: Cost = field(default=Cost())

    @property
    def end_cycle(self) -> int:
        """Cycle of phase 0 of the layer's result."""
        return self.start_cycle + self.binding.latency_cycles


@dataclass(frozen=True, eq=False)
class Schedule:
    """When and where every layer runs.

    Attributes:
        initiation_interval: Cycles between events.
        steps: One per layer, in topological order.
        output_adapters: For every graph output, what stands between its layer and the port.
        latency_cycles: From the edge that samples `in_valid` to the edge that samples `out_valid`.
        objective: What was minimised, and whether the result is proven optimal.
        front: The designs among which this one was chosen, itself included.
        cost: Predicted for the whole network; ``None`` if nothing has priced it.
        cost_error: How far off that may be.
        not_searched: How to have the designs searched that have adder graphs instead of DSPs, if they were not.
    """

    initiation_interval: int
    steps: tuple[Step, ...]
    output_adapters: tuple[tuple[Adapter, ...], ...]
    latency_cycles: int
    objective: str
    front: tuple[FrontDesign, ...] = ()
    cost: Cost | None = None
    cost_error: CostError | None = None
    not_searched: str | None = None

    def step(self, layer: str) -> Step:
        """The step of a layer."""
        return next(step for step in self.steps if step.layer == layer)

    @property
    def dsp(self) -> int:
        """DSPs of the whole network."""
        return sum(step.binding.dsp for step in self.steps)
