"""What changed between two builds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.gate.build_facts import BuildFacts, Topic, Value
from bxnn.compiler.plural import counted


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        topic: What it is about.
        name: Which value: its key in report.json, after the name of its layer or port.
        before: Value in the first build; ``None`` if it has none.
        after: Value in the second build.
    """

    topic: Topic
    name: str
    before: Value
    after: Value


def build_diff(before: BuildFacts, after: BuildFacts) -> tuple[Change, ...]:
    """All differences, topic by topic; none for builds of the same network by the same bxnn.

    Weights are compared code by code if both are build folders, and else by the hashes of the model files.
    """
    first, second = before.values(), after.values()
    changes = [
        Change(topic, name, first.get((topic, name)), second.get((topic, name)))
        for topic, name in {**first, **second}
        if first.get((topic, name)) != second.get((topic, name))
    ]
    if before.constants is not None and after.constants is not None:
        for name in {**before.constants, **after.constants}:
            changes += _of_constant(name, before.constants.get(name), after.constants.get(name))
    order = list(Topic)
    return tuple(sorted(changes, key=lambda change: order.index(change.topic)))


def _of_constant(name: str, before: NDArray[np.int64] | None, after: NDArray[np.int64] | None) -> tuple[Change, ...]:
    if before is None or after is None or before.shape != after.shape:
        return (Change(Topic.WEIGHTS, name, _shape(before), _shape(after)),)
    differing = int((before != after).sum())
    if not differing:
        return ()
    told = f"{differing} of {counted(before.size, 'code')} differ, by at most {np.abs(after - before).max()}"
    return (Change(Topic.WEIGHTS, name, _summary(before), f"{_summary(after)}; {told}"),)


def _shape(array: NDArray[np.int64] | None) -> str | None:
    return None if array is None else f"shape {'x'.join(map(str, array.shape))}"


def _summary(array: NDArray[np.int64]) -> str:
    return counted(int(np.count_nonzero(array)), "nonzero code")
