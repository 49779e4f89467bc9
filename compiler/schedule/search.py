"""The search: the best combination of hardware forms over the whole network, by exact dynamic programming.

A label is a partial design of the layers so far: which cycle and layout every tensor still needed has, and what it
costs. A label that another one beats in every respect cannot become part of a better design, so dropping it keeps the
optimum; what survives to the end is the Pareto front of latency against DSPs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.errors import InternalError, ScheduleError
from compiler.ir.binding import Adapter, Cost, Schedule, Step
from compiler.ir.graph import Graph
from compiler.ir.layer import HardwareLayer
from compiler.ir.layout import Layout
from compiler.schedule.adapters import cycles_of, delayed, to_parallel, to_port
from compiler.schedule.cost_model import COST_ERROR, adapters_cost, layer_cost
from compiler.schedule.device import Multiplier
from compiler.schedule.lut import reader_depth
from compiler.schedule.option import LayerSettings, Option
from compiler.schedule.options import LayerOptions


@dataclass(frozen=True)
class Budget:
    """Upper limits; ``None`` is no limit."""

    dsp: int | None = None
    latency_cycles: int | None = None


@dataclass(frozen=True, eq=False)
class Choice:
    """The form of one layer in a partial design, when it starts and what stands before each of its inputs."""

    option: Option
    start_cycle: int
    adapters: tuple[tuple[Adapter, ...], ...]


@dataclass(frozen=True, eq=False)
class Label:
    """A partial design.

    ``ready`` holds cycle and layout of every tensor that a later layer reads; ``latency_cycles`` is when the last of
    the network outputs so far is at its port.
    """

    ready: Mapping[str, tuple[int, Layout]]
    dsp: int
    adder_bits: int
    latency_cycles: int
    chosen: tuple[Choice, ...]


class Search:
    """Finds the schedule of a network.

    Args:
        graph: After the pipeline.
        initiation_interval: Cycles between events.
        settings: The user's choices by layer name.
        multiplier: The device's DSP slice.
        strategy: For layers whose settings name none.

    Raises:
        ScheduleError: If a layer has no form at all.
        ToolError: If a layer needs a tool that is not installed.
    """

    def __init__(
        self,
        graph: Graph,
        initiation_interval: int,
        settings: Mapping[str, LayerSettings],
        multiplier: Multiplier,
        strategy: str = "auto",
    ) -> None:
        self.graph = graph
        self.initiation_interval = initiation_interval
        self.tensors = tensors = graph.tensors()
        self.options: dict[str, LayerOptions] = {}
        for layer in graph.layers:
            if isinstance(layer, HardwareLayer):
                chosen = settings.get(layer.name, LayerSettings())
                sources = graph.sources(layer, tensors)
                depth = reader_depth(graph, layer, tensors)
                self.options[layer.name] = LayerOptions(
                    layer, sources, initiation_interval, chosen, multiplier, depth, strategy
                )
        self.input_layouts = {name: Layout.pulse(tensors[name].size) for name in graph.inputs}
        self.evaluated = 0

    def best(self, budget: Budget, board_dsp: int) -> Schedule:
        """The schedule with the least latency within a DSP budget, or with the fewest DSPs without one.

        Raises:
            ScheduleError: If no design fits; it names the closest ones.
        """
        front = self.pareto_front()
        limit = board_dsp if budget.dsp is None else min(budget.dsp, board_dsp)
        fitting = [
            label
            for label in front
            if label.dsp <= limit and (budget.latency_cycles is None or label.latency_cycles <= budget.latency_cycles)
        ]
        if not fitting:
            raise self._infeasible(front, budget, limit)
        chosen, goal = self._chosen(fitting, budget, limit)
        objective = f"{goal}; proven optimal over {self.evaluated} combinations of the forms the scheduler knows"
        alternatives = tuple(sorted({(label.latency_cycles, label.dsp) for label in front}))
        return self.schedule(chosen, objective, alternatives)

    def _chosen(self, fitting: list[Label], budget: Budget, limit: int) -> tuple[Label, str]:
        """The best of the designs that fit, and what best means.

        Without a DSP budget, the DSPs that all MACs take at full efficiency serve as one, so that a few DSPs saved
        by zero weights do not cost latency.
        """
        if budget.latency_cycles is not None and budget.dsp is None:
            smallest = min(fitting, key=lambda label: (label.dsp, label.latency_cycles, label.adder_bits))
            return smallest, f"fewest DSPs within {budget.latency_cycles} cycles, then least latency"
        if budget.dsp is None:
            macs = sum(options.linear.macs for options in self.options.values() if options.linear is not None)
            limit = max(-(-macs // self.initiation_interval), min(label.dsp for label in fitting))
        within = [label for label in fitting if label.dsp <= limit]
        fastest = min(within, key=lambda label: (label.latency_cycles, label.dsp, label.adder_bits))
        return fastest, f"least latency with at most {limit} DSPs, then fewest DSPs"

    def pareto_front(self) -> list[Label]:
        """All complete designs that no other beats in both latency and DSPs."""
        ready = {name: (0, layout) for name, layout in self.input_layouts.items()}
        labels = [Label(ready, 0, 0, 0, ())]
        for index, layer in enumerate(self.graph.layers):
            if isinstance(layer, HardwareLayer):
                needed = self._needed_after(index)
                labels = prune([new for label in labels for new in self._extended(label, layer, needed)])
        return labels

    def _needed_after(self, index: int) -> frozenset[str]:
        return frozenset(name for layer in self.graph.layers[index + 1 :] for name in layer.inputs)

    def _extended(self, label: Label, layer: HardwareLayer, needed: frozenset[str]) -> Iterator[Label]:
        for choice in self._choices(label, layer):
            self.evaluated += 1
            option = choice.option
            end = choice.start_cycle + option.latency_cycles - cycles_of(option.adapters)
            ready = {**label.ready, layer.name: (end, option.result)}
            at_port = end + cycles_of(to_port(option.result)) if layer.name in self.graph.outputs else 0
            yield Label(
                {name: value for name, value in ready.items() if name in needed},
                label.dsp + option.dsp,
                label.adder_bits + option.adder_bits,
                max(label.latency_cycles, at_port),
                (*label.chosen, choice),
            )

    def _choices(self, label: Label, layer: HardwareLayer) -> Iterator[Choice]:
        """Every form of a layer behind a partial design.

        Several inputs are made parallel, and those that are ready early wait for the last.
        """
        inputs = [label.ready[name] for name in layer.inputs]
        if len(inputs) == 1:
            ready, layout = inputs[0]
            for option in self.options[layer.name].forms(layout):
                yield Choice(option, ready + cycles_of(option.adapters), (option.adapters,))
            return
        chains = [to_parallel(layout) for _, layout in inputs]
        arrivals = [ready + cycles_of(chain) for (ready, _), chain in zip(inputs, chains, strict=True)]
        start = max(arrivals)
        adapters = tuple(
            delayed(chain, layout, start - arrival)
            for (_, layout), chain, arrival in zip(inputs, chains, arrivals, strict=True)
        )
        for option in self.options[layer.name].forms(Layout.parallel(inputs[0][1].size)):
            yield Choice(option, start, adapters)

    def schedule(self, label: Label, objective: str, alternatives: tuple[tuple[int, int], ...]) -> Schedule:
        """The schedule of a label of the front, its slot tables verified."""
        steps: list[Step] = []
        ready: dict[str, tuple[int, Layout]] = {name: (0, layout) for name, layout in self.input_layouts.items()}
        hardware = [layer for layer in self.graph.layers if isinstance(layer, HardwareLayer)]
        for layer, choice in zip(hardware, label.chosen, strict=True):
            binding = self.options[layer.name].realise(choice.option)
            cost = layer_cost(layer, binding, self.graph.sources(layer, self.tensors))
            wiring = self._wiring(zip(layer.inputs, choice.adapters, strict=True))
            step = Step(layer.name, binding, choice.start_cycle, choice.adapters, cost + wiring)
            estimated = choice.option.latency_cycles - cycles_of(choice.option.adapters)
            if binding.latency_cycles != estimated or binding.dsp != choice.option.dsp:
                raise InternalError(layer.describe(), "the slot table does not cost what was estimated")
            steps.append(step)
            ready[layer.name] = (step.end_cycle, binding.result)
        output_adapters = []
        for name in self.graph.outputs:
            cycle, layout = ready[name]
            adapters = to_port(layout)
            idle = label.latency_cycles - cycle - cycles_of(adapters)
            output_adapters.append(delayed(adapters, layout, idle))
        ports = self._wiring(zip(self.graph.outputs, output_adapters, strict=True))
        return Schedule(
            self.initiation_interval,
            tuple(steps),
            tuple(output_adapters),
            label.latency_cycles,
            objective,
            alternatives,
            sum((step.cost for step in steps), start=ports),
            COST_ERROR,
        )

    def _wiring(self, chains: Iterable[tuple[str, tuple[Adapter, ...]]]) -> Cost:
        """Cost of the adapters behind tensors."""
        costs = (adapters_cost(adapters, self.tensors[name].bits) for name, adapters in chains)
        return sum(costs, start=Cost())

    def _infeasible(self, front: list[Label], budget: Budget, limit: int) -> ScheduleError:
        smallest = min(front, key=lambda label: (label.dsp, label.latency_cycles))
        fastest = min(front, key=lambda label: (label.latency_cycles, label.dsp))
        wanted = [f"{limit} DSPs"]
        if budget.latency_cycles is not None:
            wanted.append(f"{budget.latency_cycles} cycles")
        return ScheduleError(
            f"{self.graph.name} at initiation_interval {self.initiation_interval}",
            f"no design fits {' and '.join(wanted)}; the smallest needs {smallest.dsp} DSPs and "
            f"{smallest.latency_cycles} cycles, the fastest {fastest.dsp} DSPs and {fastest.latency_cycles} cycles",
        )


def prune(labels: list[Label]) -> list[Label]:
    """Drop every label that another label with the same layouts beats or equals in all costs."""
    groups: dict[tuple[object, ...], list[Label]] = {}
    for label in labels:
        key = tuple((name, layout.key) for name, (_, layout) in label.ready.items())
        groups.setdefault(key, []).append(label)
    return [label for group in groups.values() for label in _pareto(group)]


def _pareto(labels: list[Label]) -> list[Label]:
    kept: list[Label] = []
    for label in sorted(labels, key=lambda item: (item.dsp, *_cycles(item), item.adder_bits)):
        cycles = _cycles(label)
        if not any(all(a <= b for a, b in zip(_cycles(better), cycles, strict=True)) for better in kept):
            kept.append(label)
    return kept


def _cycles(label: Label) -> tuple[int, ...]:
    return (label.latency_cycles, *(cycle for cycle, _ in label.ready.values()))
