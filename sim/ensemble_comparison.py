"""Networks of several models: each member of an ensemble, and each set of weights, against its own model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from bxnn.sim.float_comparison import FloatComparison
from bxnn.sim.float_model import compare
from bxnn.sim.reference import Reference


def compare_members(
    files: Sequence[tuple[Path, Path | None]],
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    labels: NDArray[Any] | None,
    work_folder: Path,
) -> FloatComparison | None:
    """Run every model in TensorFlow and compare.

    Mean and spread of an ensemble are functions of what its members give, which only the reference has to define.

    Args:
        files: Model and weights of each member.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        labels: Classes of the events, if they are known.
        work_folder: Created if missing; keeps the logs.

    Returns:
        What was found for the worst member, with the differing elements of all; ``None`` as ``compare``.

    Raises:
        ToolError: If TensorFlow cannot run a model.
        VerificationError: If the outputs of a model do not match those of its member.
    """
    members = reference.graph.members
    found = []
    for index, (graph, pair) in enumerate(zip(members, files, strict=True)):
        one = Reference(graph, reference.carrier)
        compared = compare(*pair, one, values, labels, work_folder / f"member_{index}")
        if compared is None:
            return None
        found.append(compared)
    return _worst(found)


def compare_sets(
    files: Sequence[tuple[Path, Path | None]],
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    labels: NDArray[Any] | None,
    work_folder: Path,
) -> FloatComparison | None:
    """The same for a network with a set of weights for each channel: every model on the events of its channel.

    Args:
        files: Model and weights of each channel.
        reference: The compiled network.
        values: Real-valued inputs by name, events first, the tag among them.
        labels: Classes of the events, if they are known.
        work_folder: Created if missing; keeps the logs.

    Returns:
        What was found for the worst channel, with the events and differing elements of all; ``None`` as ``compare``.

    Raises:
        ToolError: If TensorFlow cannot run a model.
        VerificationError: If the outputs of a model do not match those of its channel.
    """
    graph = reference.graph
    numbers = graph.set_numbers(values[graph.chooser])
    found = []
    for index, pair in enumerate(files):
        own = numbers == index
        if not own.any():
            continue
        one = Reference(graph.of_set(index), reference.carrier)
        events = {name: values[name][own] for name in graph.data_inputs}
        compared = compare(*pair, one, events, None if labels is None else labels[own], work_folder / f"set_{index}")
        if compared is None:
            return None
        found.append(compared)
    return replace(_worst(found), events=sum(one.events for one in found))


def _worst(found: Sequence[FloatComparison]) -> FloatComparison:
    """The worst of several comparisons, with the differing elements of all."""
    worst = max(found, key=lambda one: (one.elements_differing, one.max_abs_error))
    return replace(
        worst,
        events_differing=max(one.events_differing for one in found),
        elements_differing=sum(one.elements_differing for one in found),
        accuracy=None,
        accuracy_model=None,
        accuracy_unquantized=None,
    )
