"""Where the cycles of a binding go: terms that add up to its latency."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class LatencyPart(Enum):
    """What takes the cycles of a term."""

    CASCADE = "cascade"
    ACCUMULATION = "accumulation"
    DSP_REGISTERS = "dsp_registers"
    CASCADE_TREE = "cascade_tree"
    LANE_TREE = "lane_tree"
    ADDER_STAGES = "adder_stages"
    OPEN_ADDER_STAGES = "open_adder_stages"
    REGISTERS = "registers"


@dataclass(frozen=True)
class LatencyTerm:
    """Some of the cycles of a latency.

    Attributes:
        part: What takes them.
        cycles: How many.
        size: What the part adds up: cascades or lanes of a tree, adders in a row of a graph; 0 where nothing does.
        per_stage: Of an adder graph, most adders between two registers.
        open_adders: Of an adder graph, adders behind its last register.
    """

    part: LatencyPart
    cycles: int
    size: int = 0
    per_stage: int = 0
    open_adders: int = 0


def total_cycles(terms: tuple[LatencyTerm, ...]) -> int:
    """The latency that the terms add up to."""
    return sum(term.cycles for term in terms)


def tree_term(part: LatencyPart, leaves: int) -> LatencyTerm:
    """A pipelined adder tree with a register behind every level, as ``adder_tree.vhd``."""
    return LatencyTerm(part, (leaves - 1).bit_length(), leaves)
