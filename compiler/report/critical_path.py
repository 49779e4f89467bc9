"""The latency of a network as a sum along the path that ends last."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.report.stream_report import stream_formula


def network_formula(graph: Graph, schedule: Schedule | StreamSchedule) -> str:
    """The latency of a network as the sum along its critical path; for a streaming network, with the path of its tail.

    Raises:
        InternalError: If the sum is not the latency of the schedule.
    """
    if isinstance(schedule, Schedule):
        return _critical_path(graph, schedule, graph)
    tail = schedule.plan.tail
    path = "" if tail is None or schedule.tail is None else _critical_path(tail, schedule.tail, graph)
    return stream_formula(schedule, path)


def _critical_path(graph: Graph, schedule: Schedule, named: Graph) -> str:
    """The latency as the sum along the path that ends last; ``named`` maps layers to the names spelled by the user."""
    entry = schedule.entry_cycles
    finish = dict.fromkeys(graph.inputs, entry)
    entered: tuple[str, ...] = (f"{entry} register of the event",) if entry else ()
    terms = dict.fromkeys(graph.inputs, entered)
    for step in schedule.steps:
        chains = step.converters or ((),) * len(graph.layer(step.layer).inputs)
        ready = list(zip(graph.layer(step.layer).inputs, chains, strict=True))
        source, chain = max(ready, key=lambda item: finish[item[0]] + _cycles(item[1]))
        if finish[source] + _cycles(chain) != step.start_cycle:
            raise InternalError(step.layer, f"starts in cycle {step.start_cycle}, but its input is early or late")
        own = (f"{step.binding.latency_cycles} {named.spelled(step.layer)}",) if step.binding.latency_cycles else ()
        terms[step.layer] = terms[source] + _terms(chain) + own
        finish[step.layer] = step.end_cycle
    ends = list(zip(graph.outputs, schedule.output_converters, strict=True))
    name, chain = max(ends, key=lambda item: finish[item[0]] + _cycles(item[1]))
    total = finish[name] + _cycles(chain)
    if total != schedule.latency_cycles:
        raise InternalError(graph.name, f"the path ends in cycle {total}, the schedule in {schedule.latency_cycles}")
    return " + ".join((*terms[name], *_terms(chain))) + f" = {total}"


def _cycles(chain: Sequence[LayoutConverter]) -> int:
    return sum(converter.latency_cycles for converter in chain)


def _terms(chain: Sequence[LayoutConverter]) -> tuple[str, ...]:
    return tuple(f"{converter.latency_cycles} {converter.name}" for converter in chain if converter.latency_cycles)
