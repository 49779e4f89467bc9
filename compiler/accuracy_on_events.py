"""The accuracy of a compiled network on the events of a file, for its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from bxnn.compiler.files import sha256
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.layer_ranges import layer_ranges
from bxnn.compiler.numeric.roc_curve import Reals
from bxnn.compiler.report.accuracy_facts import AccuracyFacts
from bxnn.compiler.report.calibration_facts import ClassFacts
from bxnn.compiler.report.class_statistics import background_rate, class_facts, confusion, error_histogram, share

if TYPE_CHECKING:
    from bxnn.sim.float_model import ModelRun
    from bxnn.sim.reference import Reference


@dataclass(frozen=True, eq=False)
class GivenEvents:
    """Events of a file.

    Attributes:
        path: The file.
        values: Real values by name of the input, events first.
        labels: Labels; ``None`` if there are none.
    """

    path: Path
    values: Mapping[str, NDArray[Any]]
    labels: NDArray[Any] | None


def accuracy_on(reference: Reference, given: GivenEvents, model: ModelRun | None = None) -> AccuracyFacts:
    """All numbers of ``accuracy`` in report.json.

    Args:
        reference: The compiled network.
        given: The events.
        model: The model in its framework on the same events, if it ran.
    """
    from bxnn.sim.class_decisions import class_numbers, cut, origin

    graph = reference.graph
    sources = tuple(dict.fromkeys(origin(graph, name) for name in graph.outputs))
    found = _outputs(reference, sources, given.values)
    floats = _floats(sources, model)
    events = len(next(iter(given.values.values())))
    range_events, ranges = layer_ranges(reference, given.values)
    facts = AccuracyFacts(
        input=given.path.name,
        sha256=sha256(given.path),
        events=events,
        float_model=model.runner if model is not None and floats else None,
        histograms=tuple(error_histogram(graph.spelled(name), found[name] - floats[name]) for name in floats),
        range_events=range_events,
        ranges=ranges,
    )
    only = sources[0]
    labels = class_numbers(given.labels, *found[only].shape) if len(sources) == 1 else None
    if labels is None:
        return facts
    return facts.model_copy(update=_judged(found[only], floats.get(only), labels, cut(reference.tensors[only])))


def labelled_classes(
    reference: Reference, values: Mapping[str, NDArray[Any]], labels: NDArray[Any]
) -> tuple[ClassFacts, ...]:
    """Each class against the others, by the firmware.

    Args:
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        labels: Class numbers or one-hot vectors.

    Raises:
        DataError: If they are not those of a classifier with one output.
    """
    from bxnn.sim.class_decisions import class_numbers, origin

    sources = tuple(dict.fromkeys(origin(reference.graph, name) for name in reference.graph.outputs))
    found = next(iter(_outputs(reference, sources, values).values()))
    numbers = class_numbers(np.asarray(labels), *found.shape) if len(sources) == 1 else None
    if numbers is None:
        wanted = "one output and a class number or a one-hot vector for each event are needed"
        raise DataError("labels", f"are not those of a classifier; {wanted}")
    return class_facts(found, None, numbers, background_rate(numbers))


def _judged(found: Reals, wanted: Reals | None, labels: NDArray[np.int64], at: float) -> dict[str, object]:
    """What the labels say."""
    from bxnn.sim.class_decisions import decided

    count = max(found.shape[1], 2)
    own = decided(found, at)
    by_float = None if wanted is None else decided(wanted, at)
    classes = class_facts(found, wanted, labels, background_rate(labels))
    return {
        "accuracy_float": None if by_float is None else share(by_float == labels),
        "accuracy": share(own == labels),
        "confusion_float": None if by_float is None else confusion(labels, by_float, count),
        "confusion": confusion(labels, own, count),
        "background": background_rate(labels) if classes else None,
        "classes": classes,
    }


def _outputs(reference: Reference, names: tuple[str, ...], values: Mapping[str, NDArray[Any]]) -> Mapping[str, Reals]:
    """What the firmware computes, as (events, elements)."""
    graph: Graph = replace(reference.graph, outputs=names)
    found = type(reference)(graph, reference.carrier).predict(values)
    return {name: array.reshape(len(array), -1) for name, array in found.items()}


def _floats(names: tuple[str, ...], model: ModelRun | None) -> dict[str, Reals]:
    """What the model without quantizers computes, if it ran."""
    found = {} if model is None else model.outputs
    given = {name: found[f"real_{index}"] for index, name in enumerate(names) if f"real_{index}" in found}
    return {name: np.asarray(array, np.float64).reshape(len(array), -1) for name, array in given.items()}
