"""An ensemble whose members take turns on a core, or on several: the network as it is built, with sets of weights.

The results of an event arrive one after another; sum, largest and smallest are registers that take in one of them after
the other. Those of several cores are then combined like those of members. Engines other than the VHDL have the members
side by side, which gives the same bits.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bxnn.compiler.ensemble import LARGEST, MEAN, SMALLEST, beside, member_suffixes, name_beside, reduced, with_ends
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.turn_stage import TurnOperation
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.over_turns import OverTurns
from bxnn.layers.add import Add
from bxnn.layers.maximum import Maximum
from bxnn.layers.minimum import Minimum

SUM = "sum"  # of the members on one of several cores


def core_suffixes(all_sets: Graph, cores: int) -> tuple[str, ...]:
    """What the names of layers of each core end with: nothing for the first one, ``_c1`` for the next."""
    return ("", *member_suffixes([all_sets] * cores, "c")[1:])


def on_cores(all_sets: Graph, count: int, spacing: int) -> Graph:
    """The network with mean and spread over the members.

    Args:
        all_sets: The lowered network with the sets of all members.
        count: Cores, each with equally many of the sets.
        spacing: Cycles from a turn to the next.
    """
    turns, suffixes = all_sets.sets // count, core_suffixes(all_sets, count)
    shares = [all_sets.mapped(partial(_share, first=number * turns, count=turns)) for number in range(count)]
    graph = replace(all_sets, outputs=()) if count == 1 else beside(shares, suffixes)
    for output in all_sets.outputs:
        names = [name_beside(all_sets, output, suffix) for suffix in suffixes]
        graph = _with_statistics(graph, output, names, turns, spacing)
    return graph


def _share(layer: Layer, first: int, count: int) -> Layer:
    """A layer with some of its sets."""
    parts = layer.constants()
    if not any(isinstance(constant, SetsTensor) for constant in parts.values()):
        return layer
    return layer.with_constants(
        {
            part: constant.share(first, count) if isinstance(constant, SetsTensor) else constant
            for part, constant in parts.items()
        }
    )


def _with_statistics(graph: Graph, output: str, names: list[str], turns: int, spacing: int) -> Graph:
    """The network with mean and spread of a tensor of the model as outputs.

    Args:
        graph: With all cores.
        output: What the tensor is called in the model.
        names: The tensor of each core.
        turns: Results of an event on each.
        spacing: Cycles from one to the next.
    """
    single = len(names) == 1
    found: dict[TurnOperation, list[Layer]] = {}
    for word, operation in zip((MEAN if single else SUM, LARGEST, SMALLEST), TurnOperation, strict=True):
        own = [graph.free_name(name.replace(output, f"{output}_{word}", 1)) for name in names]
        layers = [OverTurns(new, (name,), operation, turns, spacing) for new, name in zip(own, names, strict=True)]
        found[operation] = list(layers)
    total, largest, smallest = (found[operation] for operation in TurnOperation)
    known, members = graph.scales.get(names[0]), turns * len(names)
    if single:
        return with_ends(graph, output, total[0], (largest, smallest), known, members)
    over = [*total, *largest, *smallest]
    twins = {own.name: first[0].name for first in (total, largest, smallest) for own in first[1:]}
    graph = replace(graph, layers=(*graph.layers, *over), twins={**graph.twins, **twins})
    mean = Add(graph.free_name(f"{output}_{MEAN}"), tuple(layer.name for layer in total))
    ends = (
        reduced(graph, f"{output}_{LARGEST}", [layer.name for layer in largest], Maximum),
        reduced(graph, f"{output}_{SMALLEST}", [layer.name for layer in smallest], Minimum),
    )
    return with_ends(graph, output, mean, ends, known, members)


def side_by_side(graph: Graph, schedule: Schedule) -> Schedule:
    """What the engines with all members side by side must know of the schedule of their core: a step for each layer."""
    steps = {step.layer: step for step in schedule.steps}
    found = []
    for layer in graph.layers:
        if isinstance(layer, HardwareLayer):
            first = graph.twins.get(layer.name, layer.name)
            own = first if first in steps else first.rpartition("_")[0]
            step = steps.get(own) or next(step for step in schedule.steps if step.layer.endswith(LARGEST))
            found.append(replace(step, layer=layer.name))
    return replace(schedule, graph=graph, steps=tuple(found))
