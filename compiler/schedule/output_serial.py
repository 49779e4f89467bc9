"""Output-serial binding: weights rotate, inputs stay, partial sums run down the cascades.

A DSP keeps one input for the whole event while its weight ROM walks over the outputs of its lane. A lane's DSPs form
cascades of ``cascade`` positions; position k runs k cycles behind position 0. The cascades of a lane are added by a
tree. Results leave serially, one output per lane and cycle. With one cascade per lane this is the chain of the Mainz
trigger group (arXiv:1903.10201).

    latency_cycles = cascade (one per position) + 2 (operand and product registers) + ceil(log2 segments) (tree)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from compiler.ir.binding import Binding, SlotTable
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Int

PRODUCT_CYCLES = 2


def bind_output_serial(
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
    operands = place_operands(linear, result, segments)
    lane, segment, position = np.nonzero(operands >= 0)
    kept = operands[lane, segment, position]
    slots = _slots(linear, result, lane, position, kept, initiation_interval)
    cascade = operands.shape[2]
    return Binding(
        name="output_serial",
        source=source,
        result=result,
        latency_cycles=cascade + PRODUCT_CYCLES + (operands.shape[1] - 1).bit_length(),
        accum_bits=accum_bits,
        weight_bits=linear.weight_bits,
        slots=slots,
        operands=operands,
    )


def place_operands(linear: LinearMap, result: Layout, segments: int) -> Int:
    """Input element of every DSP, int64 (lanes, segments, cascade), -1 where there is none.

    An input whose weights are zero for all outputs of a lane gets no DSP there. Short cascades start later
    (right-aligned), so that all cascades end in the same cycle.
    """
    needed = [np.flatnonzero((linear.weights[outputs[outputs >= 0]] != 0).any(axis=0)) for outputs in result.elements.T]
    return cut_cascades(needed, segments)


def cut_cascades(columns: Sequence[Int], segments: int) -> Int:
    """The DSPs of every lane cut into cascades, right-aligned.

    Args:
        columns: For every lane one row per DSP, of any shape common to all.
        segments: Most cascades of a lane.

    Returns:
        int64, shape (lanes, cascades, positions, *row shape), -1 where there is no DSP.
    """
    longest = max(1, *(len(column) for column in columns))
    used = min(segments, longest)
    cascade = -(-longest // used)
    operands = np.full((len(columns), used, cascade, *columns[0].shape[1:]), -1, np.int64)
    for lane, column in enumerate(columns):
        for segment, part in enumerate(np.array_split(column, used)):
            if len(part):
                operands[lane, segment, cascade - len(part) :] = part
    return operands


def inputs_read(linear: LinearMap, result: Layout) -> list[int]:
    """For every lane of a result, how many inputs its outputs read."""
    nonzero = linear.weights != 0
    return [int(nonzero[outputs[outputs >= 0]].any(axis=0).sum()) for outputs in result.elements.T]


def segment_choices(linear: LinearMap) -> Iterator[int]:
    """Numbers of cascades worth trying: one per depth of the adder tree."""
    segments = 1
    while segments < 2 * linear.inputs:
        yield min(segments, linear.inputs)
        segments *= 2


def _slots(
    linear: LinearMap, result: Layout, lane: Int, position: Int, kept: Int, initiation_interval: int
) -> SlotTable:
    dsp, phase = np.meshgrid(np.arange(kept.size), np.arange(result.phases), indexing="ij")
    outputs = result.elements[phase, lane[dsp]]
    weights = np.where(outputs >= 0, linear.weights[outputs, kept[dsp]], 0)
    used = weights != 0
    return SlotTable(
        dsp=dsp[used],
        phase=phase[used],
        output=outputs[used],
        operand=kept[dsp][used],
        skew=position,
        initiation_interval=initiation_interval,
    )
