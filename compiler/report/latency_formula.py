"""Where the latency of a layer comes from, as a sum in words."""

from __future__ import annotations

from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.plural import counted


def latency_formula(binding: Binding) -> str:
    """The latency of a binding as a sum: ``8 (DSP cascade) + 2 (operand and product register) = 10``."""
    shown = [f"{term.cycles} ({sentence(term)})" for term in binding.latency() if term.cycles]
    if len(shown) > 1:
        return f"{' + '.join(shown)} = {binding.latency_cycles}"
    return shown[0] if shown else "0 (wires)"


def sentence(term: LatencyTerm) -> str:
    """What takes the cycles of a term."""
    match term.part:
        case LatencyPart.CASCADE:
            return "DSP cascade"
        case LatencyPart.ACCUMULATION:
            return "accumulation, one cycle per phase"
        case LatencyPart.OPERAND_REGISTER:
            return "operand register"
        case LatencyPart.DSP_REGISTERS:
            return "operand and product register"
        case LatencyPart.CASCADE_TREE:
            return _tree(term, "cascade")
        case LatencyPart.LANE_TREE:
            return _tree(term, "lane")
        case LatencyPart.ADDER_STAGES:
            return _stages(term)
        case LatencyPart.OPEN_ADDER_STAGES:
            return f"{_stages(term)}, {term.open_adders} of them after the last register"
        case LatencyPart.REGISTERS:
            return "pipeline registers"
        case LatencyPart.ROUNDS:
            return "phases before the last one of a window"
        case LatencyPart.TURNS:
            return "turns of the other members"
        case LatencyPart.INPUT_REGISTER:
            return "input register"
        case LatencyPart.FRAME_SEQUENCER:
            return "frame sequencer"
        case LatencyPart.OUTPUT_REGISTER:
            return "output register"
        case LatencyPart.LAST_BEAT:
            return "last beat"
        case LatencyPart.LAST_READ:
            return f"last read of tile{term.size}"
        case LatencyPart.WINDOW:
            return "window"
        case LatencyPart.TILE:
            return "tile"
        case LatencyPart.FRAME:
            return "frame complete"


def _tree(term: LatencyTerm, leaf: str) -> str:
    levels = f", {counted(term.per_stage, 'level')} per register" if term.per_stage > 1 else ""
    open_level = ", the last level without one" if term.open_adders else ""
    return f"adder tree over {counted(term.size, leaf)}{levels}{open_level}"


def _stages(term: LatencyTerm) -> str:
    return f"stages of at most {counted(term.per_stage, 'adder')} for {counted(term.size, 'adder')} in a row"
