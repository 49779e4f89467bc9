"""The outputs of an ensemble: each member against its own model."""

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
    worst = max(found, key=lambda one: (one.elements_differing, one.max_abs_error))
    return replace(
        worst,
        events_differing=max(one.events_differing for one in found),
        elements_differing=sum(one.elements_differing for one in found),
        accuracy=None,
        accuracy_model=None,
        accuracy_unquantized=None,
    )
