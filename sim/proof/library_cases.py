"""All cases, by entity; and which files of a library one entity needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

from bxnn.sim.proof.load_cases import LOAD_CASES
from bxnn.sim.proof.map_cases import MAP_CASES
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.stream_cases import STREAM_CASES
from bxnn.sim.proof.time_cases import TIME_CASES
from bxnn.sim.proof.value_cases import VALUE_CASES

PACKAGE = "bxnn_pkg"
CASES: tuple[ProofCase, ...] = (*VALUE_CASES, *TIME_CASES, *LOAD_CASES, *STREAM_CASES, *MAP_CASES)
_USED = re.compile(r"\b(?:entity|use) work\.(\w+)")
_PRIMITIVES = "unisim.vcomponents"


def cases_of(entity: str) -> tuple[ProofCase, ...]:
    """The cases of an entity."""
    return tuple(case for case in CASES if case.entity == entity)


def instantiates_primitives(entity: str, library: Mapping[str, str]) -> bool:
    """Whether an entity has a vendor's primitives in it, of which proofs know nothing."""
    return any(_PRIMITIVES in text for text in needed(entity, library).values())


def needed(entity: str, library: Mapping[str, str]) -> dict[str, str]:
    """The package, the entity and all that it uses, of a library by name of the file; each after what it uses."""
    uses: dict[str, set[str]] = {PACKAGE: set()}
    waiting = [entity]
    while waiting:
        name = waiting.pop()
        if name not in uses:
            uses[name] = {PACKAGE, *_USED.findall(library[name])}
            waiting += uses[name]
    return {name: library[name] for name in TopologicalSorter(uses).static_order()}
