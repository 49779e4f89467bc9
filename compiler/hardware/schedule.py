"""When each layer runs and what connects them: the objects that make up a schedule."""

from __future__ import annotations

from dataclasses import dataclass, field

from bxnn.compiler import limits
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.design_front import FrontDesign
from bxnn.compiler.hardware.latency_padding import LatencyPadding
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.network_timing import NetworkTiming
from bxnn.compiler.hardware.objective import Objective
from bxnn.compiler.hardware.resource_usage import ResourceError, ResourceUsage
from bxnn.compiler.hardware.turns import ENTRY_CYCLES, Turns
from bxnn.compiler.ir.graph import Graph


@dataclass(frozen=True, eq=False)
class ScheduledLayer:
    """One layer of a schedule.

    Attributes:
        layer: Name of the layer.
        binding: Its hardware form.
        converters: For each input of the layer, the converters between the producer and the layer.
        start_cycle: Cycle of the layer's phase 0, counted from the cycle in which `in_valid` is sampled.
        cost: Cost of the layer and the converters before it.
    """

    layer: str
    binding: Binding
    start_cycle: int
    converters: tuple[tuple[LayoutConverter, ...], ...] = ()
    cost: ResourceUsage = field(default=ResourceUsage())

    @property
    def end_cycle(self) -> int:
        """Cycle of phase 0 of the layer's result."""
        return self.start_cycle + self.binding.latency_cycles


@dataclass(frozen=True, eq=False)
class Schedule:
    """When and where every layer runs.

    Attributes:
        graph: The network as built: as after the pipeline, but biases may include the halves used to round.
        initiation_interval: Cycles between events.
        steps: One per layer, in topological order.
        output_converters: For each graph output, the converters between its layer and the port.
        latency_cycles: From the edge that samples `in_valid` to the edge that samples `out_valid`.
        objective: What the search optimised.
        front: The designs from which this one was chosen, itself included.
        cost: Predicted for the whole network; ``None`` if it was not priced.
        cost_error: How far off that prediction may be.
        timing: Its slowest paths; ``None`` if they are not judged.
        turns: How an event goes through the network once for each member of an ensemble; ``None`` if it goes once.
        max_fanout: Most loads of a register of control.
        valid_lead: Cycles by which a valid is known before that of the inputs; 0 if nothing comes before it.
        held_input: Whether the source holds an event at the input ports for ``initiation_interval`` cycles.
        adder_graphs_searched: Whether no layer that could be an adder graph was restricted to DSPs by default.
    """

    graph: Graph
    initiation_interval: int
    steps: tuple[ScheduledLayer, ...]
    output_converters: tuple[tuple[LayoutConverter, ...], ...]
    latency_cycles: int
    objective: Objective
    front: tuple[FrontDesign, ...] = ()
    cost: ResourceUsage | None = None
    cost_error: ResourceError | None = None
    adder_graphs_searched: bool = True
    timing: NetworkTiming | None = None
    max_fanout: int = limits.MAX_FANOUT
    valid_lead: int = 0
    held_input: bool = False
    turns: Turns | None = None

    @property
    def entry_cycles(self) -> int:
        """Cycles before an event is at the inputs of layers."""
        return 0 if self.turns is None else ENTRY_CYCLES

    @property
    def layer_interval(self) -> int:
        """Cycles between events of a layer, or between turns of an event."""
        return self.initiation_interval if self.turns is None else self.turns.spacing

    @property
    def tag_cycles(self) -> int:
        """From the edge that samples a tag to the one that samples it at the output: those of the event."""
        return self.latency_cycles

    @property
    def padding_cycles(self) -> int:
        """Cycles by which results are delayed to the latency that was asked for."""
        chain = self.output_converters[0] if self.output_converters else ()
        return sum(converter.cycles for converter in chain if isinstance(converter, LatencyPadding))

    def step(self, layer: str) -> ScheduledLayer:
        """The step of a layer."""
        return next(step for step in self.steps if step.layer == layer)

    @property
    def dsp(self) -> int:
        """DSPs of the whole network."""
        return sum(step.binding.dsp for step in self.steps)
