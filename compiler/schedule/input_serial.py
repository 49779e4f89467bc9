"""Input-serial binding: a DSP owns an output, inputs arrive over the phases.

One DSP per output and input lane accumulates over the phases; the bias enters at the C port in the first phase; the
lanes of an output are added by a tree. Results leave all at once, for one cycle.

    latency_cycles = phases (accumulation) + 2 (operand and product registers) + ceil(log2 lanes) (tree)
"""

from __future__ import annotations

import numpy as np

from compiler.ir.binding import Binding, SlotTable
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.schedule.output_serial import PRODUCT_CYCLES


def bind_input_serial(linear: LinearMap, source: Layout, initiation_interval: int, accum_bits: int) -> Binding:
    """Bind a linear map to the serial layout ``source`` of its input.

    A DSP whose weights are zero in every phase does not exist.

    Returns:
        The binding, its slot table not yet verified.
    """
    elements = source.elements
    weights = np.where(elements >= 0, linear.weights[:, elements], 0)  # (outputs, phases, lanes)
    present = (weights != 0).any(axis=1)
    index = np.cumsum(present.ravel()).reshape(present.shape) - 1
    output, phase, lane = np.nonzero(weights)
    slots = SlotTable(
        dsp=index[output, lane].astype(np.int64),
        phase=phase,
        output=output,
        operand=elements[phase, lane],
        skew=np.zeros(int(present.sum()), np.int64),
        initiation_interval=initiation_interval,
    )
    return Binding(
        name="input_serial",
        source=source,
        result=Layout.pulse(linear.outputs),
        latency_cycles=source.phases + PRODUCT_CYCLES + (source.lanes - 1).bit_length(),
        accum_bits=accum_bits,
        weight_bits=linear.weight_bits,
        slots=slots,
        present=present.astype(np.int64),
    )
