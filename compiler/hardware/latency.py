"""Where the cycles of a binding, or of a streaming network, go: terms that add up to its latency."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.numeric.integers import ceil_log2


class LatencyPart(Enum):
    """The part of the hardware that a term is about."""

    CASCADE = "cascade"
    ACCUMULATION = "accumulation"
    OPERAND_REGISTER = "operand_register"
    DSP_REGISTERS = "dsp_registers"
    CASCADE_TREE = "cascade_tree"
    LANE_TREE = "lane_tree"
    ADDER_STAGES = "adder_stages"
    OPEN_ADDER_STAGES = "open_adder_stages"
    REGISTERS = "registers"
    ROUNDS = "rounds"
    TURNS = "turns"
    INPUT_REGISTER = "input_register"
    FRAME_SEQUENCER = "frame_sequencer"
    LAST_BEAT = "last_beat"
    LAST_READ = "last_read"
    WINDOW = "window"
    TILE = "tile"
    FRAME = "frame"
    OUTPUT_REGISTER = "output_register"


@dataclass(frozen=True)
class LatencyTerm:
    """A part of a latency.

    Attributes:
        part: What takes them.
        cycles: Number of cycles.
        size: What the part adds up: cascades or lanes of a tree, consecutive adders of a graph; for a read, the
            number of its segment, from 1; else 0.
        per_stage: Largest number of levels of a tree, or of adders of a graph, between two registers.
        open_adders: Adders after the last register.
    """

    part: LatencyPart
    cycles: int
    size: int = 0
    per_stage: int = 0
    open_adders: int = 0


def total_cycles(terms: tuple[LatencyTerm, ...]) -> int:
    """The latency, which is the sum of the terms."""
    return sum(term.cycles for term in terms)


def dsp_registers(pipelining: Pipelining) -> LatencyTerm:
    """Registers of a slice before that of the sum, which is counted per position or phase."""
    if pipelining.multiplier_register:
        return LatencyTerm(LatencyPart.DSP_REGISTERS, 2)
    return LatencyTerm(LatencyPart.OPERAND_REGISTER, 1)


def tree_term(part: LatencyPart, leaves: int, pipelining: Pipelining) -> LatencyTerm:
    """A pipelined tree of the adders after DSPs, as ``adder_tree.vhd``."""
    open_levels = min(pipelining.open_levels, ceil_log2(leaves))
    stages = pipelining.tree_stages(leaves, pipelining.open_levels)
    return LatencyTerm(part, stages, leaves, pipelining.tree_levels_per_stage, open_levels)


def cascaded_latency(cascade: int, segments: int, pipelining: Pipelining) -> tuple[LatencyTerm, ...]:
    """Latency of ``segments`` cascades of ``cascade`` positions whose sums are added up for one output."""
    return (
        LatencyTerm(LatencyPart.CASCADE, cascade),
        dsp_registers(pipelining),
        tree_term(LatencyPart.CASCADE_TREE, segments, pipelining),
    )
