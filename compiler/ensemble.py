"""Ensembles: networks of the same layers with different weights, which see the same event, as one network.

Every member is lowered by itself. The network has them side by side, so that an initiation interval of few cycles gives
each as many multipliers as alone, and one of many cycles lets each run on few. Its outputs are the mean and the spread
(largest minus smallest) of the members, element by element and exact: the mean is the sum, of which the host knows that
it stands for M times the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import Notice
from bxnn.compiler.ir.real_scale import RealScale
from bxnn.layers.add import Add
from bxnn.layers.maximum import Maximum
from bxnn.layers.minimum import Minimum
from bxnn.layers.subtract import Subtract

_Value = TypeVar("_Value")
MEAN, SPREAD = "mean", "spread"
LARGEST, SMALLEST = "largest", "smallest"


def member_suffixes(graphs: Sequence[Graph], letter: str = "m") -> tuple[str, ...]:
    """What the names of layers of each member end with: ``_m0``, with more letters if a layer has such a name."""
    taken = {layer.name.lower() for graph in graphs for layer in graph.layers}
    letters = letter
    while any(f"{name}_{letters}{index}" in taken for name in taken for index in range(len(graphs))):
        letters += letter
    return tuple(f"_{letters}{index}" for index in range(len(graphs)))


def ensemble_of(members: Sequence[Graph], files: Sequence[str]) -> Graph:
    """One network of the lowered members.

    Args:
        members: After the pipeline, with the same layers before it.
        files: What error messages call them.

    Raises:
        ModelError: If their inputs or outputs do not have the same numbers.
    """
    _check_ends(members, files)
    suffixes = member_suffixes(members)
    graph = beside(members, suffixes)
    for place, output in enumerate(members[0].outputs):
        pairs = zip(members, suffixes, strict=True)
        graph = _with_statistics(graph, output, [name_beside(one, one.outputs[place], own) for one, own in pairs])
    return graph


def name_beside(member: Graph, name: str, suffix: str) -> str:
    """What a tensor of a network is called beside others: its inputs are those of all."""
    return name if name in member.inputs else f"{name}{suffix}"


def beside(members: Sequence[Graph], suffixes: Sequence[str]) -> Graph:
    """One network without outputs of networks with the same inputs, the names of whose other layers get a suffix."""
    first = members[0]
    inputs = [layer for layer in first.layers if not layer.inputs]
    parts = [_renamed(graph, suffix) for graph, suffix in zip(members, suffixes, strict=True)]
    return Graph(
        first.name,
        (*inputs, *(layer for part in parts for layer in part.layers)),
        (),
        _distinct([notice for member in members for notice in member.notices]),
        {
            **{name: first.renames[name] for name in first.inputs if name in first.renames},
            **_merged(part.renames for part in parts),
        },
        _merged(part.scales for part in parts),
        _merged(part.derived for part in parts),
        twins={
            f"{layer.name}{suffix}": f"{layer.name}{suffixes[0]}"
            for suffix in suffixes[1:]
            for layer in first.layers
            if layer.inputs
        },
    )


def member_layers(config: DesignConfig, members: Sequence[Graph]) -> DesignConfig:
    """The configuration with the choices for a layer of the model as those for this layer of every member."""
    return renamed_choices(config, members[0], member_suffixes(members))


def renamed_choices(config: DesignConfig, first: Graph, suffixes: Sequence[str]) -> DesignConfig:
    """The configuration with the choices for a layer as those for this layer with every suffix."""
    now = {original: name for name, original in first.renames.items()}
    names = {layer.name for layer in first.layers if layer.inputs}
    layers = {}
    for written, choice in config.layers.items():
        name = now.get(written, written)
        own = [f"{name}{suffix}" for suffix in suffixes] if name in names else [written]
        layers.update(dict.fromkeys(own, choice))
    return config.model_copy(update={"layers": layers})


def _check_ends(members: Sequence[Graph], files: Sequence[str]) -> None:
    """Refuse members that cannot read the same event, or whose outputs cannot be compared."""
    first = members[0]
    for graph, file in zip(members[1:], files[1:], strict=True):
        subject, other = file, files[0]
        for name in first.inputs:
            if _text(graph.layer(name)) != _text(first.layer(name)):
                problem = f"reads {graph.spelled(name)} in another number format than {other}"
                raise ModelError(subject, f"{problem}; declare one, inputs: {{{graph.spelled(name)}: TYPE}}")
        for ours, theirs in zip(graph.outputs, first.outputs, strict=True):
            scales = graph.scales.get(ours), first.scales.get(theirs)
            grids = graph.tensor(ours).format.fraction_bits, first.tensor(theirs).format.fraction_bits
            if scales != (None, None) and (scales[0] != scales[1] or grids[0] != grids[1]):
                spelled = graph.spelled(ours)
                problem = f"gives {spelled} on another scale than {other}, so the two cannot be added"
                raise ModelError(subject, f'{problem}; declare one, layers: {{{spelled}: {{output: "fixed<W,I>"}}}}')


def _with_statistics(graph: Graph, output: str, names: Sequence[str]) -> Graph:
    """The network with mean and spread of the members' tensors ``names`` as outputs.

    Args:
        graph: With all members.
        output: What the tensor is called in the model.
        names: The tensors.
    """
    total = Add(graph.free_name(f"{output}_{MEAN}"), tuple(names))
    largest = reduced(graph, f"{output}_{LARGEST}", names, Maximum)
    smallest = reduced(graph, f"{output}_{SMALLEST}", names, Minimum)
    found = with_ends(graph, output, total, (largest, smallest), graph.scales.get(names[0]), len(names))
    return replace(found, means=(*graph.means, total.name))


def with_ends(
    graph: Graph,
    output: str,
    total: Layer,
    ends: tuple[Sequence[Layer], Sequence[Layer]],
    known: RealScale | None,
    members: int,
) -> Graph:
    """The network with mean and spread as outputs.

    Args:
        graph: What is read.
        output: What the tensor is called in the model.
        total: The sum over the members, which is called their mean.
        ends: Layers of which the last one is over all members: the largest, and the smallest.
        known: What codes of the tensor stand for, where its format does not say it.
        members: Members.
    """
    spread = graph.free_name(f"{output}_{SPREAD}")
    difference = Subtract(spread, (ends[0][-1].name, ends[1][-1].name))
    fraction_bits = max(graph.tensor(name).format.fraction_bits for name in total.inputs)
    scaled = known or RealScale((2.0**-fraction_bits,), (0.0,))
    scales = {total.name: replace(scaled, factors=tuple(factor / members for factor in scaled.factors))}
    if known is not None:
        scales[spread] = replace(known, shifts=(0.0,))
    return replace(
        graph,
        layers=(*graph.layers, total, *ends[0], *ends[1], difference),
        outputs=(*graph.outputs, total.name, spread),
        scales={**graph.scales, **scales},
    )


def reduced(graph: Graph, name: str, names: Sequence[str], kind: type[Maximum] | type[Minimum]) -> list[Layer]:
    """A tree of layers of two inputs, the last of which is over all of ``names``."""
    made: list[Layer] = []
    left = list(names)
    while len(left) > 1:
        pairs = [left[i : i + 2] for i in range(0, len(left), 2)]
        left = []
        for pair in pairs:
            if len(pair) == 2:
                made.append(kind(graph.free_name(f"{name}_{len(made)}"), tuple(pair)))
            left.append(made[-1].name if len(pair) == 2 else pair[0])
    return made


def _renamed(graph: Graph, suffix: str) -> Graph:
    """A member without its inputs, the names of whose layers end with ``suffix``."""
    own = {layer.name: f"{layer.name}{suffix}" for layer in graph.layers if layer.inputs}

    def new(name: str) -> str:
        return own.get(name, name)

    return Graph(
        graph.name,
        tuple(replace(layer.reading(own), name=new(layer.name)) for layer in graph.layers if layer.inputs),
        tuple(new(name) for name in graph.outputs),
        renames={new(name): f"{original}{suffix}" for name, original in graph.renames.items() if name in own},
        scales={new(name): scale for name, scale in graph.scales.items()},
        derived={new(name): new(origin) for name, origin in graph.derived.items()},
    )


def _merged(mappings: Iterable[Mapping[str, _Value]]) -> dict[str, _Value]:
    return {name: value for mapping in mappings for name, value in mapping.items()}


def _distinct(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Members say the same of the same layers."""
    return tuple({repr(notice): notice for notice in notices}.values())


def _text(layer: Layer) -> str:
    with np.printoptions(threshold=1 << 62):
        return repr(layer)
