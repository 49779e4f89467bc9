"""Output-serial binding with switched operands: a DSP may take another input in every phase.

A lane computes one output per phase, as in the output-serial binding, but its DSPs hold the nonzero products of the
current output only: a lane needs as many DSPs as its busiest output has nonzero weights, not one per input that any of
its outputs reads. A multiplexer before the DSP picks the phase's input. It pays where outputs read few and different
inputs: convolutions with few filters, and sparse weights.

    latency_cycles = cascade + 2 + ceil(log2 segments), as for output-serial
"""

from __future__ import annotations

import numpy as np

from compiler.ir.binding import Binding, SlotTable
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Int
from compiler.schedule.output_serial import PRODUCT_CYCLES, cut_cascades


def bind_output_switched(
    linear: LinearMap,
    source: Layout,
    result: Layout,
    segments: int,
    initiation_interval: int,
    accum_bits: int,
) -> Binding:
    """Bind a linear map.

    Args:
        linear: The map.
        source: Layout of the input, ``parallel``.
        result: Layout of the output, ``serial``; says which outputs share a lane.
        segments: Cascades per lane.
        initiation_interval: Cycles between events.
        accum_bits: Width of the sums.

    Returns:
        The binding, its slot table not yet verified.
    """
    operands = cut_cascades([place_lane(linear, outputs) for outputs in result.elements.T], segments)
    _, used, cascade, _ = operands.shape
    return Binding(
        name="output_switched",
        source=source,
        result=result,
        latency_cycles=cascade + PRODUCT_CYCLES + (used - 1).bit_length(),
        accum_bits=accum_bits,
        weight_bits=linear.weight_bits,
        slots=_slots(operands, result, initiation_interval),
        operands=operands,
    )


def place_lane(linear: LinearMap, outputs: Int) -> Int:
    """Operands of one lane's DSPs, int64 (DSPs, phases), -1 for an idle slot.

    An input that a DSP already holds stays there, so that its multiplexer needs few inputs.
    """
    reads = [np.flatnonzero(linear.weights[output]) if output >= 0 else np.empty(0, np.int64) for output in outputs]
    table = np.full((max(len(inputs) for inputs in reads), len(outputs)), -1, np.int64)
    held = np.full(len(table), -1, np.int64)
    for phase, inputs in enumerate(reads):
        stays = np.isin(held, inputs)
        table[stays, phase] = held[stays]
        arriving = np.setdiff1d(inputs, held[stays], assume_unique=True)
        free = np.flatnonzero(~stays)
        # A DSP that has not held anything yet needs no multiplexer for its first input.
        free = free[np.argsort(held[free] >= 0, kind="stable")][: arriving.size]
        table[free, phase] = arriving
        held[free] = arriving
    return table


def multiplexer_luts(table: Int, bits: int) -> int:
    """LUT6s of the multiplexers of one lane: a LUT6 takes in three more inputs of a bit."""
    inputs = (np.diff(np.sort(table, axis=1), axis=1) > 0).sum(axis=1) + (table.min(axis=1) >= 0) if table.size else 0
    return int(np.sum(-(-(np.maximum(inputs, 1) - 1) // 3)) * bits)


def _slots(operands: Int, result: Layout, initiation_interval: int) -> SlotTable:
    exists = (operands >= 0).any(axis=3)
    index = np.cumsum(exists.ravel()).reshape(exists.shape) - 1
    lane, segment, position, phase = np.nonzero(operands >= 0)
    return SlotTable(
        dsp=index[lane, segment, position],
        phase=phase,
        output=result.elements[phase, lane],
        operand=operands[lane, segment, position, phase],
        skew=np.nonzero(exists)[2],
        initiation_interval=initiation_interval,
    )
