"""The outputs of a compiled network against those of its model, with and without quantizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.plural import counted
from bxnn.sim.class_decisions import class_numbers, cut, decided, origin
from bxnn.sim.reference import Reference, exact_carrier

Reals = NDArray[np.float64]

_SUBJECT = "float model"


@dataclass(frozen=True)
class FloatComparison:
    """The result of the comparison; every field is plain JSON.

    Attributes:
        reference: What ran the model, with versions.
        events: Events compared.
        events_differing: Events with a differing element after rounding to the output grid.
        elements_differing: Differing elements of all events and outputs.
        max_abs_error: Largest difference of the model's rounded outputs, in their real unit.
        first_difference: Description of the first differing element, or ``None``.
        unquantized_max_abs_error: Largest difference of the outputs (of logits, if the output is an
            argmax) from the model with weights, activations and inputs unquantized; ``None`` with a
            reason.
        unquantized_rms_error: Its root mean square over all elements.
        unquantized_reason: Why there is no such model, or ``None``.
        accuracy: Fraction of events whose largest output of the compiled network is the label. For a single output
            element and labels 0 and 1: fraction of events on the label's side of the cut, which is 0 for a logit and
            0.5 for an output that is never negative, a score; a value at the cut counts as 0. ``None`` without labels,
            or if the network is not a classifier.
        accuracy_model: The same for the model.
        accuracy_unquantized: The same for the model without quantizers.
    """

    reference: str
    events: int
    events_differing: int
    elements_differing: int
    max_abs_error: float
    first_difference: str | None
    unquantized_max_abs_error: float | None
    unquantized_rms_error: float | None
    unquantized_reason: str | None
    accuracy: float | None
    accuracy_model: float | None
    accuracy_unquantized: float | None


@dataclass(frozen=True, eq=False)
class _Output:
    """One network output; arrays are float64, shape (events, elements).

    Attributes:
        name: Name in the graph.
        lsb: Real value of one code.
        codes: Our codes.
        model_codes: The model's codes, rounded to our grid.
        source: The output of the model that it is derived from, or its own name.
        values: Our real values of ``source``.
        model_values: The model's, rounded.
        real_values: Those of the model without quantizers, or ``None``.
        cut: A single element above it means class 1.
    """

    name: str
    lsb: float
    codes: Reals
    model_codes: Reals
    source: str
    values: Reals
    model_values: Reals
    real_values: Reals | None
    cut: float

    @property
    def differing(self) -> NDArray[np.bool_]:
        """Where the model gives a different code."""
        return np.not_equal(self.codes, self.model_codes)


def compare_outputs(
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    model_outputs: Mapping[str, NDArray[np.float32]],
    labels: NDArray[Any] | None,
    runner: str,
    no_twin: str | None,
) -> FloatComparison:
    """Compare a compiled network with the outputs of its model.

    Args:
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        model_outputs: ``exact_<i>`` of the model for inputs on their grid and, unless ``no_twin``,
            ``real_<i>`` of the model without quantizers for the original inputs.
        labels: Class numbers or one-hot vectors.
        runner: What ran the model.
        no_twin: Why there is no model without quantizers, or ``None``.

    Raises:
        VerificationError: If the outputs of the model do not match.
    """
    outputs = _outputs(reference, values, model_outputs)
    differing = [output.differing for output in outputs]
    maximum, rms = _errors(outputs)
    classes = _classes(outputs, labels)
    only = outputs[0]
    return FloatComparison(
        reference=runner,
        events=len(only.codes),
        events_differing=int(np.any(np.concatenate(differing, axis=1), axis=1).sum()),
        elements_differing=sum(int(where.sum()) for where in differing),
        max_abs_error=max(
            float(np.abs(output.codes - output.model_codes).max(initial=0)) * output.lsb for output in outputs
        ),
        first_difference=_first_difference(reference, outputs),
        unquantized_max_abs_error=maximum,
        unquantized_rms_error=rms,
        unquantized_reason=no_twin,
        accuracy=_accuracy(only.values, classes, only.cut),
        accuracy_model=_accuracy(only.model_values, classes, only.cut),
        accuracy_unquantized=_accuracy(only.real_values, classes, only.cut),
    )


def _outputs(
    reference: Reference, values: Mapping[str, NDArray[Any]], arrays: Mapping[str, NDArray[np.float32]]
) -> list[_Output]:
    """Our outputs, in order, with the model's.

    What the network derives from an output of its model (argmax, threshold, table of a sigmoid) is compared with the
    same, derived from the model's values on our grid.
    """
    graph, tensors = reference.graph, reference.tensors
    count = sum(name.startswith("exact_") for name in arrays)
    sources = [origin(graph, name) for name in graph.outputs]
    distinct = list(dict.fromkeys(sources))
    if count != len(distinct):
        raise VerificationError(_SUBJECT, f"has {counted(count, 'output')}, the compiled network {len(distinct)}")
    for index, source in enumerate(distinct):
        shape = arrays[f"exact_{index}"].shape[1:]
        if tensors[source].shape != shape:
            problem = f"output {source} has shape {shape}, but {tensors[source].shape} in the compiled network"
            raise VerificationError(_SUBJECT, problem)
    ours = Reference(replace(graph, outputs=(*graph.outputs, *sources)), reference.carrier).predict(values)
    found: list[_Output] = []
    for place, (name, source) in enumerate(zip(graph.outputs, sources, strict=True)):
        index, first = distinct.index(source), source not in sources[:place]
        lsb, source_lsb = tensors[name].format.lsb, tensors[source].format.lsb
        snapped = np.rint(_flat(name, arrays[f"exact_{index}"]) / source_lsb)
        codes = _flat(name, _derived(reference, name, source, snapped))
        real = _flat(name, arrays[f"real_{index}"]) if first and f"real_{index}" in arrays else None
        own, values_before = _flat(name, ours[name]) / lsb, _flat(name, ours[source])
        found.append(
            _Output(name, lsb, own, codes, source, values_before, snapped * source_lsb, real, cut(tensors[source]))
        )
    return found


def _derived(reference: Reference, name: str, source: str, codes: Reals) -> NDArray[Any]:
    """Codes of an output for codes of the tensor that it is derived from, shape (events, elements)."""
    graph, tensors = reference.graph, reference.tensors
    known: dict[str, NDArray[Any]] = {source: codes.reshape(len(codes), *tensors[source].shape)}
    for layer in graph.layers:
        if layer.inputs and layer.name not in known and all(origin in known for origin in layer.inputs):
            known[layer.name] = layer.evaluate(
                [known[origin] for origin in layer.inputs], graph.sources(layer, tensors)
            )
    return known[name]


def _flat(name: str, array: NDArray[np.floating]) -> Reals:
    """As (events, elements)."""
    flat = np.asarray(array, np.float64).reshape(len(array), -1)
    bad = int(flat.size - np.isfinite(flat).sum())
    if bad:
        verb = "is" if bad == 1 else "are"
        raise VerificationError(_SUBJECT, f"output {name} has {counted(bad, 'value')} that {verb} not finite")
    return flat


def _first_difference(reference: Reference, outputs: Sequence[_Output]) -> str | None:
    """Description of the first element of the first event that differs."""
    wrong = [output for output in outputs if output.differing.any()]
    if not wrong:
        return None
    output = min(wrong, key=lambda output: int(np.argwhere(output.differing)[0, 0]))
    event, element = (int(index) for index in np.argwhere(output.differing)[0])
    ours, model = (codes[event, element] * output.lsb for codes in (output.codes, output.model_codes))
    place = f"event {event}, output {output.name}, element {element}"
    words = f"{place}: the model gives {model:.10g}, bxnn {ours:.10g}"
    if exact_carrier(reference.graph) != np.float32:
        words += "; some sums of this network are too wide for float32, in which the model computes"
    return words


def _errors(outputs: Sequence[_Output]) -> tuple[float | None, float | None]:
    """Largest and root mean square difference from the model without quantizers."""
    found = [output.values - output.real_values for output in outputs if output.real_values is not None]
    if not found:
        return None, None
    errors = np.concatenate(found, axis=1)
    return float(np.abs(errors).max(initial=0)), float(np.sqrt(np.mean(errors**2)))


def _classes(outputs: Sequence[_Output], labels: NDArray[Any] | None) -> NDArray[np.int64] | None:
    """Class numbers, shape (events,); ``None`` if the labels do not fit a classifier with one output."""
    several = len({output.source for output in outputs}) != 1
    return None if several else class_numbers(labels, *outputs[0].values.shape)


def _accuracy(values: Reals | None, classes: NDArray[np.int64] | None, at: float) -> float | None:
    """Fraction of events for whose class the values decide."""
    return None if values is None or classes is None else float(np.mean(decided(values, at) == classes))
