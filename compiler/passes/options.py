"""From declared types, by names as the user spells them, to the options of the passes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.numeric.output_form import OutputForm
from bxnn.compiler.passes.declared import SUM
from bxnn.compiler.passes.runner import PassOptions

_RESULT = "output"
NO_FORMS: Mapping[str, tuple[OutputForm, ...]] = MappingProxyType({})


def pass_options(
    graph: Graph,
    types: DeclaredTypes,
    outputs: Mapping[str, tuple[OutputForm, ...]] = NO_FORMS,
    reloadable: tuple[str, ...] | None = (),
) -> PassOptions:
    """The options for a graph that a front end has read.

    Args:
        graph: The graph.
        types: Declared types.
        outputs: Ports of network outputs.
        reloadable: Layers whose weights are loaded at run time; ``None`` for all.

    Raises:
        ConfigError: If the type of an input does not fit its shape.
    """
    now = {original: name for name, original in graph.renames.items()}
    sums = {f"{original}{SUM}": f"{name}{SUM}" for original, name in now.items()}
    shapes = graph.shapes()
    layers = {now.get(name, sums.get(name, name)): parts for name, parts in types.layers.items()}
    return PassOptions(
        {
            now.get(name, name): declared.host(f"inputs: {name}", shapes.get(now.get(name, name), ()))
            for name, declared in types.inputs.items()
        },
        {now.get(name, name): forms for name, forms in outputs.items()},
        {name: parts[_RESULT] for name, parts in layers.items() if _RESULT in parts},
        {
            name: {part: declared for part, declared in parts.items() if part != _RESULT}
            for name, parts in layers.items()
            if set(parts) - {_RESULT}
        },
        {now.get(name, name): factors for name, factors in types.factors.items()},
        {now.get(name, name): type_.scale for name, type_ in types.inputs.items() if type_.scale is not None},
        None if reloadable is None else tuple(now.get(name, name) for name in reloadable),
    )
