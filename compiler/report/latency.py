"""Where the latency of a layer comes from, in words that add up."""

from __future__ import annotations

from compiler.hardware.binding import Binding
from compiler.hardware.latency import LatencyPart, LatencyTerm

_SENTENCES = {
    LatencyPart.CASCADE: "DSP cascade",
    LatencyPart.ACCUMULATION: "accumulation, one cycle per phase",
    LatencyPart.DSP_REGISTERS: "operand and product register",
    LatencyPart.CASCADE_TREE: "adder tree over {size} cascades",
    LatencyPart.LANE_TREE: "adder tree over {size} lanes",
    LatencyPart.ADDER_STAGES: "stages of at most {per_stage} adders for {size} adders in a row",
    LatencyPart.OPEN_ADDER_STAGES: (
        "stages of at most {per_stage} adders for {size} adders in a row, {open_adders} of them behind the last"
        " register"
    ),
    LatencyPart.REGISTERS: "pipeline registers",
}


def latency_formula(binding: Binding) -> str:
    """The latency of a binding as a sum: ``8 (DSP cascade) + 2 (operand and product register) = 10``."""
    shown = [f"{term.cycles} ({_sentence(term)})" for term in binding.latency() if term.cycles]
    if len(shown) > 1:
        return f"{' + '.join(shown)} = {binding.latency_cycles}"
    return shown[0] if shown else "0 (wires)"


def _sentence(term: LatencyTerm) -> str:
    return _SENTENCES[term.part].format(size=term.size, per_stage=term.per_stage, open_adders=term.open_adders)
