"""Where the latency of a layer comes from, in words that add up."""

from __future__ import annotations

from compiler.errors import InternalError
from compiler.ir.binding import Binding
from compiler.plural import counted

_REGISTERS = 2  # operand and product register of the DSP


def latency_formula(subject: str, binding: Binding) -> str:
    """The latency of a binding as a sum, recomputed from the shape of the hardware.

    Raises:
        InternalError: If the sum is not the latency of the binding.
    """
    terms = _terms(binding)
    total = sum(cycles for cycles, _ in terms)
    if total != binding.latency_cycles:
        raise InternalError(
            subject, f"the latency is {counted(binding.latency_cycles, 'cycle')}, its parts add up to {total}"
        )
    shown = [f"{cycles} ({what})" for cycles, what in terms if cycles]
    if len(shown) > 1:
        return f"{' + '.join(shown)} = {total}"
    return shown[0] if shown else "0 (wires)"


def _terms(binding: Binding) -> list[tuple[int, str]]:
    if binding.name in ("output_serial", "output_switched") and binding.operands is not None:
        _, segments, cascade = binding.operands.shape[:3]
        return [
            (int(cascade), "DSP cascade"),
            (_REGISTERS, "operand and product register"),
            (int(segments - 1).bit_length(), f"adder tree over {counted(segments, 'cascade')}"),
        ]
    if binding.name == "input_serial":
        lanes = binding.source.lanes
        return [
            (binding.source.phases, "accumulation, one cycle per phase"),
            (_REGISTERS, "operand and product register"),
            ((lanes - 1).bit_length(), f"adder tree over {counted(lanes, 'lane')}"),
        ]
    if binding.adders is not None:
        adders = binding.adders
        depth, stage, behind = adders.depth, adders.adders_per_stage, adders.open_adders
        cycles = max(-(-(depth - behind) // stage), 0 if behind else 1)
        end = f", {behind} of them behind the last register" if behind else ""
        return [(cycles, f"stages of at most {counted(stage, 'adder')} for {counted(depth, 'adder')} in a row{end}")]
    return [(binding.latency_cycles, "pipeline registers")]
