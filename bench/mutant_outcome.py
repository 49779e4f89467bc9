"""What became of a mutant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How the bench and the proofs judge a mutant."""

    STILLBORN = "no VHDL"
    BENCH = "killed in a network"
    ENTITY = "killed in the entity"
    PROOF = "killed by a proof alone"
    EQUIVALENT = "proven equivalent"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Outcome:
    """A mutant and what became of it.

    Attributes:
        mutant: The change.
        kind: Kind of the change.
        file: File, relative to the ``vhdl`` folder of a build.
        verdict: The judgement.
        seconds: Time it took.
        digest: Of the file without the change.
    """

    mutant: str
    kind: str
    file: str
    verdict: Verdict
    seconds: float
    digest: str = ""

    def line(self) -> str:
        """It as a line of JSON."""
        return json.dumps({**vars(self), "verdict": self.verdict.value})

    @classmethod
    def of_line(cls, line: str) -> Outcome:
        """What a line of JSON says."""
        raw = json.loads(line)
        return cls(**{**raw, "verdict": Verdict(raw["verdict"])})
