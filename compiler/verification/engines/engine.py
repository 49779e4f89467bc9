"""The contract of an engine: it computes outputs for codes of the inputs, bit for bit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bxnn.compiler.backend.build_folder import Build
    from bxnn.sim.reference import Reference

Codes = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Found:
    """How the outputs of an engine compare with the reference.

    Attributes:
        mismatches: Events with a wrong bit.
        first_event: The first of them, from 0; ``None`` if there is none or it is not known.
        difference: What differs in it; ``None`` if nothing does.
    """

    mismatches: int
    first_event: int | None = None
    difference: str | None = None


class Engine(ABC):
    """One way to compute the outputs of a build.

    Attributes:
        name: As in ``--engines``.
        shard_events: Events of one piece of work at most.
        shard_macs: Multiplications of one piece at most: some seconds on one core.
    """

    name: ClassVar[str]
    shard_events: ClassVar[int]
    shard_macs: ClassVar[int]

    @abstractmethod
    def prepare(self, build: Build, reference: Reference, work: Path) -> None:
        """Compile what is missing in the folder; no other process does so at the same time.

        Raises:
            ToolError: If a tool is missing or refuses the code.
            VerificationError: If the VHDL cannot be built.
        """

    @abstractmethod
    def compare(
        self, build: Build, reference: Reference, work: Path, codes: Codes, expected: Codes, seed: int
    ) -> Found:
        """Compute the outputs of all events and compare them.

        Args:
            build: The build.
            reference: Its network.
            work: The folder that was prepared; other processes may run there at the same time.
            codes: Codes of the inputs, shape (events, *input shape).
            expected: Codes of the outputs by the reference, shape (events, *output shape).
            seed: Determines what the engine itself draws.

        Raises:
            ToolError: If a tool is missing or refuses the code.
            VerificationError: If the engine cannot be built, is aborted, or breaks the predicted timing.
        """


def compared(expected: Codes, got: Codes) -> Found:
    """Two sets of outputs, element by element."""
    events = len(next(iter(expected.values())))
    wrong = np.zeros(events, np.bool_)
    for name, codes in expected.items():
        wrong |= (codes.reshape(events, -1) != got[name].reshape(events, -1)).any(axis=1)
    if not wrong.any():
        return Found(0)
    event = int(wrong.argmax())
    for name, codes in expected.items():
        right, seen = codes[event].ravel(), got[name][event].ravel()
        elements = np.flatnonzero(right != seen)
        if elements.size:
            element = int(elements[0])
            told = f"output {name}, element {element}: expected {right[element]}, got {seen[element]}"
            return Found(int(wrong.sum()), event, told)
    raise AssertionError("an event is wrong in no output")
