"""Prices of the fabric in LUTs, and the error of the prediction. Written by `python -m bench.calibrate_costs`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# LUTs per unit of every amount of `compiler.ir.fabric.Fabric`.
LUT_PRICES: Mapping[str, float] = MappingProxyType(
    {
        "adder_bits": 0.907,
        "tree_bits": 0.990,
        "rom_columns": 1.128,
        "multiplexers": 1.164,
        "compared_bits": 1.761,
        "threshold_bits": 0.348,
        "selected_bits": 0.000,
        "rounded_bits": 0.438,
        "clamped_bits": 1.026,
        "counters": 1.447,
        "shift_luts": 1.000,
    }
)

# Flip-flops per register bit.
FF_PRICE = 0.957

# Largest relative errors of whole networks that took no part in the calibration.
LUT_ERROR = 0.07
FF_ERROR = 0.07
