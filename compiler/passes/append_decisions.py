"""Pass: give network outputs the ports that the user wants: values, the index of the largest element, a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import LeftOut, TwoPorts
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.output_form import Form, OutputForm
from bxnn.compiler.passes.runner import PassOptions
from bxnn.compiler.plural import counted
from bxnn.layers.argmax import Argmax
from bxnn.layers.comparable import comparable
from bxnn.layers.decision import Decision


class AppendDecisions:
    """Appends ``<output>_argmax`` and ``<output>_threshold`` to each output for which ``options.outputs`` has them."""

    __name__ = "append_decisions"

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        for wanted, forms in sorted(options.outputs.items()):
            subject = f"design.yaml: outputs: {graph.spelled(wanted)}"
            output = _output(graph, wanted)
            if output is None:
                known = [graph.spelled(name) for name in _known(graph)]
                raise ConfigError(subject, unknown(graph.spelled(wanted), known, "is not a network output"))
            if wanted != output and graph.layer(output).names_output():
                graph, output = _on_logits(graph, output)
            _check_one_port(graph, output, forms, subject)
            graph = _with_ports(graph, output, [_port(graph, wanted, output, form, subject) for form in forms])
        return graph


def _on_logits(graph: Graph, output: str) -> tuple[Graph, str]:
    """The graph without a final layer whose input the user named instead, and that input."""
    layer = graph.layer(output)
    reason = layer.left_out_at_output()
    if layer.inputs[0] in graph.outputs or graph.consumers(output) or reason is None:
        return graph, output
    notice = LeftOut(graph.describe(layer), layer.kind, reason)
    return graph.without(output, notice), layer.inputs[0]


def _port(graph: Graph, wanted: str, output: str, form: OutputForm, subject: str) -> tuple[Layer, ...]:
    """The layers for one port; none if it carries the values."""
    if form.form is Form.VALUES:
        return ()
    name = graph.free_name(f"{wanted}_{form.form.value}")
    if form.form is Form.THRESHOLD:
        return (Decision(name, (output,), form.threshold, form.strict, graph.scales.get(output)),)
    shape = graph.shapes()[output]
    if len(shape) != 1 or shape[0] < 2:
        problem = f"argmax needs at least 2 classes, but the output has shape {shape}; remove argmax"
        raise ConfigError(subject, f"{problem} and cut on the value")
    shifted = _comparable(graph, output, name, subject)
    return (*shifted, Argmax(name, (shifted[0].name if shifted else output,)))


def _check_one_port(graph: Graph, output: str, forms: Sequence[OutputForm], subject: str) -> None:
    """Refuse a decision on half of the bits of an output."""
    place = graph.outputs.index(output)
    for notice in graph.notices:
        if isinstance(notice, TwoPorts) and notice.place in (place, place - 1):
            for form in forms:
                if form.form is not Form.VALUES:
                    problem = f"{notice.subject} has {counted(notice.bits, 'bit')}, which leave through two ports"
                    advice = f"for {form.form.value}, give it a narrower result, or decide on the host"
                    raise ConfigError(subject, f"{problem}; {advice}")


def _with_ports(graph: Graph, output: str, layers: Sequence[tuple[Layer, ...]]) -> Graph:
    """The graph with one or more ports in place of an output."""
    ports = tuple(made[-1].name if made else output for made in layers)
    made = tuple(layer for parts in layers for layer in parts)
    place = graph.outputs.index(output)
    more = len(ports) - 1
    moved = (
        replace(notice, place=notice.place + more)
        if isinstance(notice, TwoPorts) and notice.place is not None and notice.place > place
        else notice
        for notice in graph.notices
    )
    return replace(
        graph,
        notices=tuple(moved),
        layers=(*graph.layers, *made),
        outputs=(*graph.outputs[:place], *ports, *graph.outputs[place + 1 :]),
        derived={**graph.derived, **{port: output for port in ports if port != output}},
    )


def _comparable(graph: Graph, output: str, port: str, subject: str) -> tuple[Layer, ...]:
    """A layer that gives codes the order of the numbers that they stand for; none if they have it.

    Raises:
        ConfigError: If elements have different scales.
    """
    for name in (output, *graph.layer(output).inputs):
        scale = graph.scales.get(name)
        if scale is None or (len(set(scale.factors)) == len(set(scale.shifts)) == 1 and scale.factors[0] > 0):
            continue
        if len(set(scale.factors)) > 1 or scale.factors[0] == 0:
            problem = "its elements have different scales, so their codes cannot be compared"
            raise ConfigError(subject, f"{problem}; {declare_result(graph.spelled(output))}")
        tensor = graph.tensor(name)
        shifts = [Fraction(shift) for shift in np.broadcast_to(scale.shifts, tensor.shape).tolist()]
        own = graph.free_name(f"{port}_shifted")
        return (comparable(own, name, tensor.format.fraction_bits, Fraction(scale.factors[0]), shifts),)
    return ()


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
