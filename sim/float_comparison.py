"""The outputs of a compiled network against those of its model, with and without quantizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.sim.class_decisions import class_numbers, decided
from bxnn.sim.matched_outputs import MatchedOutput, Reals, matched_outputs
from bxnn.sim.reference import Reference, exact_carrier


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
        events_undecided: Events in which a number before a quantizer of the model is closer to the boundary between
            two codes than its float32 resolves. They are not counted if they differ.
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
    events_undecided: int = 0


def compare_outputs(
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    model_outputs: Mapping[str, NDArray[np.float32]],
    labels: NDArray[Any] | None,
    runner: str,
    no_twin: str | None,
    undecided: NDArray[np.bool_] | None = None,
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
        undecided: Events that the rounding of the model's float32 may have decided; they may differ.

    Raises:
        VerificationError: If the outputs of the model do not match.
    """
    outputs = matched_outputs(reference, values, model_outputs, undecided)
    differing = [output.differing for output in outputs]
    maximum, rms = _errors(outputs)
    classes = _classes(outputs, labels)
    only = outputs[0]
    return FloatComparison(
        reference=runner,
        events=len(only.codes),
        events_differing=int(np.any(np.concatenate(differing, axis=1), axis=1).sum()),
        elements_differing=sum(int(where.sum()) for where in differing),
        max_abs_error=max(float(np.abs(output.reals - output.model_reals).max(initial=0)) for output in outputs),
        first_difference=_first_difference(reference, outputs),
        unquantized_max_abs_error=maximum,
        unquantized_rms_error=rms,
        unquantized_reason=no_twin,
        accuracy=_accuracy(only.values, classes, only.cut),
        accuracy_model=_accuracy(only.model_values, classes, only.cut),
        accuracy_unquantized=_accuracy(only.real_values, classes, only.cut),
        events_undecided=0 if undecided is None else int(undecided.sum()),
    )


def _first_difference(reference: Reference, outputs: Sequence[MatchedOutput]) -> str | None:
    """Description of the first element of the first event that differs."""
    wrong = [output for output in outputs if output.differing.any()]
    if not wrong:
        return None
    output = min(wrong, key=lambda output: int(np.argwhere(output.differing)[0, 0]))
    event, element = (int(index) for index in np.argwhere(output.differing)[0])
    ours, model = output.reals[event, element], output.model_reals[event, element]
    place = f"event {event}, output {output.name}, element {element}"
    words = f"{place}: the model gives {model:.10g}, bxnn {ours:.10g}"
    if exact_carrier(reference.graph) != np.float32:
        words += "; some sums of this network are too wide for float32, in which the model computes"
    return words


def _errors(outputs: Sequence[MatchedOutput]) -> tuple[float | None, float | None]:
    """Largest and root mean square difference from the model without quantizers."""
    found = [output.values - output.real_values for output in outputs if output.real_values is not None]
    if not found:
        return None, None
    errors = np.concatenate(found, axis=1)
    return float(np.abs(errors).max(initial=0)), float(np.sqrt(np.mean(errors**2)))


def _classes(outputs: Sequence[MatchedOutput], labels: NDArray[Any] | None) -> NDArray[np.int64] | None:
    """Class numbers, shape (events,); ``None`` if the labels do not fit a classifier with one output."""
    several = len({output.source for output in outputs}) != 1
    return None if several else class_numbers(labels, *outputs[0].values.shape)


def _accuracy(values: Reals | None, classes: NDArray[np.int64] | None, at: float) -> float | None:
    """Fraction of events for whose class the values decide."""
    return None if values is None or classes is None else float(np.mean(decided(values, at) == classes))
