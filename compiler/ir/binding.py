"""How a layer is bound to hardware and when it runs: the objects a schedule is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from compiler.errors import InternalError
from compiler.ir.adder_pipeline import AdderPipeline
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.packing import Chains, Packing, Shared
from compiler.ir.tensor import Int, Tensor

BindingName = Literal["output_serial", "output_switched", "input_serial", "lut", "stage"]
AdapterName = Literal["hold", "serialize", "deserialize", "delay"]


@dataclass(frozen=True, eq=False)
class SlotTable:
    """Which DSP multiplies what in which phase; one row per product. Lanes of a packed DSP share a slot.

    Attributes:
        dsp: int64, index of the DSP, 0 .. dsp_count - 1.
        phase: int64, phase of the DSP's own II window (0 .. II - 1).
        output: int64, output element the product belongs to.
        operand: int64, input element that is multiplied.
        lane: int64, lane of the DSP in which the product is formed; all 0 unless DSPs are packed.
        skew: int64, shape (dsp_count,): cycles by which the DSP runs behind the layer's phase 0.
        chain: int64, shape (dsp_count,): the cascade or accumulator that the DSP adds to.
        initiation_interval: Phases each DSP has per event.
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
        """For every row the number of its slot, ``dsp * initiation_interval + phase``."""
        return self.dsp * self.initiation_interval + self.phase

    def verify(
        self,
        subject: str,
        linear: LinearMap,
        source: Layout,
        result: Layout,
        captures: bool,
        switched: bool = False,
        products: int = 1,
        shares: Shared = "operand",
    ) -> None:
        """Check that the table computes the map, each nonzero MAC exactly once.

        Args:
            subject: Named in errors.
            linear: The map to compute.
            source: Layout of the input.
            result: Layout of the output.
            captures: Whether a DSP keeps its operand for the whole event (output-serial).
            switched: Whether a DSP of a lane takes another operand in every phase (output-switched).
            products: Lanes of a DSP.
            shares: What the lanes of a DSP have in common.

        Raises:
            InternalError: If a MAC is missing or double, a slot used twice, an operand used before it arrives, or a
                DSP would have to read, or add to, two places.
        """
        self._verify_macs(subject, linear)
        self._verify_lanes(subject, linear, products, shares)
        use_cycle = self.skew[self.dsp] + (0 if captures else self.phase)
        arrival = source.arrival_phase()[self.operand]
        late = use_cycle < arrival if source.kind == "parallel" else use_cycle != arrival
        if bool(late.any()):
            raise InternalError(subject, "an operand is not present in the cycle in which its DSP reads it")
        phase, place = (result if captures or switched else source).position()
        field, reader = self.dsp * products + self.lane, self.dsp
        if shares == "weight":
            reader = field
        if captures or switched:
            if bool((phase[self.output] != self.phase).any()):
                raise InternalError(subject, "a product is formed in a phase that is not its output's")
            if captures:
                self._one_each(subject, "an output-serial DSP has two operands", reader, self.operand)
            self._one_each(subject, "an output-serial DSP adds to two lanes", field, place[self.output])
            if bool((place[self.output] % products != self.lane).any()):
                raise InternalError(subject, "a product is not in the lane of its output")
            self._one_each(subject, "a cascade adds to two lanes", self.chain[self.dsp], place[self.output] // products)
        else:
            self._one_each(subject, "an input-serial DSP has two outputs", field, self.output)
            self._one_each(subject, "an input-serial DSP reads two lanes", reader, place[self.operand])

    def _verify_macs(self, subject: str, linear: LinearMap) -> None:
        """Every nonzero MAC once, all of them inside the interval."""
        for index, count in ((self.output, linear.outputs), (self.operand, linear.inputs), (self.dsp, self.dsp_count)):
            if index.size and not (int(index.min()) >= 0 and int(index.max()) < count):
                raise InternalError(subject, "a slot names an element or a DSP that does not exist")
        macs = self.output * linear.inputs + self.operand
        done = np.zeros(linear.weights.size, np.bool_)
        done[macs] = True
        if int(done.sum()) != macs.size:
            raise InternalError(subject, "a MAC is scheduled twice")
        if bool((~done[linear.weights.ravel() != 0]).any()):
            raise InternalError(subject, "a nonzero MAC has no slot")
        if macs.size and not (int(self.phase.min()) >= 0 and int(self.phase.max()) < self.initiation_interval):
            raise InternalError(subject, "a slot lies outside the initiation interval")

    def _verify_lanes(self, subject: str, linear: LinearMap, products: int, shares: Shared) -> None:
        """One product per lane of a slot, and the lanes of a slot share what they must."""
        if self.lane.size and not (int(self.lane.min()) >= 0 and int(self.lane.max()) < products):
            raise InternalError(subject, "a product is in a lane that does not exist")
        fields = self.slot * products + self.lane
        if np.unique(fields).size != fields.size:
            raise InternalError(subject, "a slot holds two MACs")
        if products > 1:
            common = self.operand if shares == "operand" else linear.weights[self.output, self.operand]
            self._one_each(subject, f"the lanes of a slot have different {shares}s", self.slot, common)

    def _one_each(self, subject: str, problem: str, owner: Int, values: Int) -> None:
        """Raise ``InternalError`` unless all rows of an owner (a number) have the same value."""
        last = np.zeros(int(owner.max(initial=-1)) + 1, np.int64)
        last[owner] = values
        if bool((last[owner] != values).any()):
            raise InternalError(subject, problem)


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


@dataclass(frozen=True)
class Cost:
    """Predicted cost outside DSP slices.

    Attributes:
        lut: Look-up tables.
        ff: Flip-flops.
    """

    lut: int = 0
    ff: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.lut + other.lut, self.ff + other.ff)


@dataclass(frozen=True)
class CostError:
    """Largest relative errors of predicted costs, as measured on whole networks."""

    lut: float
    ff: float


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
        alternatives: (latency_cycles, dsp) of the other designs on the Pareto front.
        cost: Predicted for the whole network; ``None`` if nothing has priced it.
        cost_error: How far off that may be.
    """

    initiation_interval: int
    steps: tuple[Step, ...]
    output_adapters: tuple[tuple[Adapter, ...], ...]
    latency_cycles: int
    objective: str
    alternatives: tuple[tuple[int, int], ...] = field(default=())
    cost: Cost | None = None
    cost_error: CostError | None = None

    def step(self, layer: str) -> Step:
        """The step of a layer."""
        return next(step for step in self.steps if step.layer == layer)

    @property
    def dsp(self) -> int:
        """DSPs of the whole network."""
        return sum(step.binding.dsp for step in self.steps)
