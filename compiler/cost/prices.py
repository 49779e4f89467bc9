"""Prices of the fabric in LUTs, and the errors of the prediction. Written by `python -m bench.calibrate_costs`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# LUTs per unit of each amount in `bxnn.compiler.hardware.fabric.Fabric`.
LUT_COEFFICIENTS: Mapping[str, float] = MappingProxyType(
    {
        "adder_bits": 0.907,
        "tree_bits": 0.978,
        "rom_columns": 1.089,
        "multiplexers": 1.113,
        "compared_bits": 1.761,
        "selected_bits": 0.000,
        "rounded_bits": 0.438,
        "clamped_bits": 1.026,
        "counters": 2.345,
        "shift_luts": 1.000,
        "stream_luts": 0.968,
        "counted_luts": 1.000,
    }
)

# Flip-flops per register bit.
FF_COEFFICIENT = 0.957

# For each form, the largest relative errors in LUTs and flip-flops for whole networks not used in the calibration.
ERRORS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "frame_parallel": (0.06, 0.07),
        "streaming": (0.14, 0.05),
    }
)
