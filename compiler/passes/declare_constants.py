"""Pass: give weights, biases, factors and shifts the types declared for them."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import DeclaredTypesApplied
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.declared_types import DESIGN, DeclaredType
from bxnn.compiler.passes.runner import PassOptions


def declare_constants(graph: Graph, options: PassOptions) -> Graph:
    """Declare ``options.constants``, except where the front end has done so.

    Raises:
        ConfigError: If there is no such layer, or it has no such constant.
    """
    applied = {name: types for name, types in options.constants.items() if name not in graph.typed and types}
    for name, types in applied.items():
        names = [layer.name for layer in graph.layers]
        if name not in names:
            origin = next(iter(types.values())).origin
            problem = unknown(graph.spelled(name), map(graph.spelled, names), "is not a layer with constants")
            raise ConfigError(f"{origin}: layers: {graph.spelled(name)}", problem)
        graph = graph.replaced(name, graph.layer(name).with_types(types))
    return graph.noticing(_notice(graph, options, applied))


def _notice(
    graph: Graph, options: PassOptions, applied: Mapping[str, Mapping[str, DeclaredType]]
) -> DeclaredTypesApplied | None:
    """What was declared, unless it is only results that design.yaml declares, which have their own notices."""
    results = [declared for name, declared in options.results.items() if name not in graph.typed]
    constants = [declared for types in applied.values() for declared in types.values()]
    origins = sorted({declared.origin for declared in (*constants, *results)})
    if not constants and origins in ([], [DESIGN]):
        return None
    return DeclaredTypesApplied(" and ".join(origins), len(constants), len(results))
