"""Pass: find the codes that may replace the weights of layers at run time."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.errors import ConfigError, all_of
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.passes.runner import PassOptions

_SUBJECT = "design.yaml: weights: layers"


def declare_reloadable(graph: Graph, options: PassOptions) -> Graph:
    """Mark the weights and biases of ``options.reloadable``.

    Raises:
        ConfigError: If there is no such layer, it has no weights, or its quantizer does not say which codes there are.
    """
    wanted = options.reloadable
    if wanted == ():
        return graph
    loadable = [layer.name for layer in graph.layers if layer.multiplies and "kernel" in layer.constants()]
    if not loadable:
        raise ConfigError(_SUBJECT, "no layer of this network has weights that can be loaded; remove weights")
    chosen = tuple(loadable) if wanted is None else wanted
    known = [graph.spelled(layer.name) for layer in graph.layers if layer.inputs]
    errors = []
    for name in dict.fromkeys(chosen):
        spelled = graph.spelled(name)
        if spelled not in known:
            errors.append(ConfigError(f"{_SUBJECT}: {spelled}", unknown(spelled, known, "is not a layer")))
        elif name not in loadable:
            problem = f"{graph.describe(graph.layer(name))} has no weights that can be loaded; remove it"
            errors.append(ConfigError(f"{_SUBJECT}: {spelled}", problem))
        else:
            try:
                graph = graph.replaced(name, _marked(graph, graph.layer(name), wanted is None))
            except ConfigError as error:
                errors.append(error)
    if errors:
        raise all_of(errors)
    return graph


def _marked(graph: Graph, layer: Layer, all_layers: bool) -> Layer:
    """The layer with the codes that may replace its constants."""
    marked = dict(layer.constants())
    for part, constant in layer.constants().items():
        if isinstance(constant, ReloadableTensor):
            continue
        every = constant.quantizer.every_code() if isinstance(constant, Parameter) else None
        if every is None or not isinstance(constant, Parameter):
            written = str(constant.quantizer) if isinstance(constant, Parameter) else "the file's own"
            spelled = graph.spelled(layer.name)
            leave = "name the other layers" if all_layers else "remove it"
            raise ConfigError(
                f"{_SUBJECT}: {spelled}",
                f"the format of its {part} depends on the trained values (quantizer: {written[:80]}); declare one, "
                f'layers: {{{spelled}: {{{part}: "fixed<W,I,RND_CONV,SAT>"}}}}, or {leave}',
            )
        marked[part] = replace(constant, reload=every)
    return layer.with_constants(marked)
