"""Prices of the fabric in LUTs, and the error of the prediction. Written by `python -m bench.calibrate_costs`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# LUTs per unit of every amount of `compiler.ir.fabric.Fabric`.
LUT_PRICES: Mapping[str, float] = MappingProxyType(
    {
        "adder_bits": 1.0,
        "tree_bits": 1.0,
        "rom_columns": 1.0,
        "multiplexers": 1.0,
        "compared_bits": 0.6,
        "threshold_bits": 0.5,
        "selected_bits": 1.0,
        "rounded_bits": 0.3,
        "clamped_bits": 1.0,
        "counters": 3.0,
        "shift_luts": 1.0,
    }
)

# Flip-flops per register bit.
FF_PRICE = 1.0

# Largest relative errors of whole networks that took no part in the calibration.
LUT_ERROR = 0.15
FF_ERROR = 0.15
