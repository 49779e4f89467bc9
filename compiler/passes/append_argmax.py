"""Pass: turn requested outputs into the index of their largest element."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.nearest import unknown
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.argmax import Argmax


class AppendArgmax:
    """Appends ``<output>_argmax`` to each output named in ``options.argmax``."""

    __name__ = "append_argmax"

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        shapes = graph.shapes()
        for wanted in sorted(options.argmax):
            subject = f"design.yaml: outputs: {graph.spelled(wanted)}"
            output = _output(graph, wanted)
            if output is None:
                known = [graph.spelled(name) for name in _known(graph)]
                raise ConfigError(subject, unknown(graph.spelled(wanted), known, "is not a network output"))
            if len(shapes[output]) != 1 or shapes[output][0] < 2:
                problem = f"argmax needs at least 2 classes, but the output has shape {shapes[output]}; remove argmax"
                raise ConfigError(subject, f"{problem} and cut on the value")
            _check_scale(graph, output, subject)
            argmax = Argmax(graph.free_name(f"{wanted}_argmax"), (output,))
            outputs = tuple(argmax.name if name == output else name for name in graph.outputs)
            graph = replace(graph, layers=(*graph.layers, argmax), outputs=outputs)
            shapes = graph.shapes()
        return graph


def _check_scale(graph: Graph, output: str, subject: str) -> None:
    """Refuse an argmax of codes that stand for numbers of different scales.

    Raises:
        ConfigError: If the order of the codes is not that of the numbers.
    """
    for name in (output, *graph.layer(output).inputs):
        scale = graph.scales.get(name)
        if scale is not None and (len(set(scale.factors)) > 1 or len(set(scale.shifts)) > 1 or scale.factors[0] < 0):
            problem = "its elements have different scales or shifts, so their codes cannot be compared"
            raise ConfigError(subject, f"{problem}; {declare_result(graph.spelled(output))}")


def _output(graph: Graph, wanted: str) -> str | None:
    """The output that a user means: by its name, or by the logits of a final layer that is left out."""
    if wanted in graph.outputs:
        return wanted
    return next((name for name in graph.outputs if _logits(graph, name) == wanted), None)


def _logits(graph: Graph, output: str) -> str | None:
    """What an output layer reads if that layer will be left out."""
    layer = graph.layer(output)
    return layer.inputs[0] if layer.left_out_at_output() is not None else None


def _known(graph: Graph) -> list[str]:
    """Names that a user may use for outputs, those of the model first."""
    pairs = [(name, _logits(graph, name)) for name in graph.outputs]
    names = [name if logits is None or graph.layer(name).names_output() else logits for name, logits in pairs]
    return [*names, *(logits for _, logits in pairs if logits is not None and logits not in names)]
