"""The kinds of paths between two clock edges, by which predictions and netlists are compared."""

from __future__ import annotations

from enum import Enum


class PathClass(Enum):
    """A kind of path, named after where it ends.

    A path that starts at an input port is of the port's class wherever it ends; one from a register to an output port
    is of ``OUTPUT_PORT``. ``DSP_SLICE`` are the paths inside a slice, which no design can change: at least the period
    that the data sheet allows for the registers in use.
    """

    INPUT_PORT = "input_port"
    OUTPUT_PORT = "output_port"
    DATA = "data"  # D of a flip-flop or shift register
    CONTROL = "control"  # clock enable, set or reset of flip-flops
    DSP_OPERAND = "dsp_operand"  # A, B or D of a DSP slice
    DSP_SUM = "dsp_sum"  # C or PCIN
    DSP_CONTROL = "dsp_control"  # OPMODE and similar, enables and resets of a slice
    DSP_SLICE = "dsp_slice"
    MEMORY = "memory"  # any input of a LUT or block RAM
