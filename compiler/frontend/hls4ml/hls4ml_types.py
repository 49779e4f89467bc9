"""hls4ml's number types as quantizers, and its weights as exact codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_type import Hls4mlType
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS
from bxnn.compiler.numeric.tensor import FixedTensor


def quantizer_of(subject: str, role: str, precision: Any, grid: int | None = None) -> FixedQuantizer:
    """What a conversion to an hls4ml type does.

    Args:
        subject: The layer, for error messages.
        role: What the type is for: ``result``, ``accum``, ``weight``, ...
        precision: An hls4ml ``PrecisionType``.
        grid: Fraction bits of the values that are converted, if they fit 62 bits. A wider type then does to them what
            a narrower one does: its further fraction bits are zeros, and no value reaches its further integer bits.

    Raises:
        ModelError: If it is neither fixed-point nor integer, or has an ap_fixed mode that bxnn does not support.

    Source: ``model/types.py`` of hls4ml 1.3.0; Xilinx UG1399, "Arbitrary precision fixed-point data types".
    """
    return Hls4mlType.of(subject, role, precision).quantizer(subject, role, grid)


def holds_signs(precision: Any) -> bool:
    """Whether hls4ml lets the codes 0 and 1 of a type stand for -1 and 1 where they are multiplied."""
    return type(precision).__name__ == "XnorPrecisionType"


def typed_weights(subject: str, role: str, variable: Any) -> FixedTensor:
    """Exact codes of an hls4ml weight variable in its type, shape preserved.

    hls4ml writes weights as decimals, with as many places as the type has fraction bits, and its C++ converts them to
    the type. Both roundings are repeated here, so a float weight gets the same code as in hls4ml.

    Source: ``WeightVariable`` in model/types.py and ``load_weights_from_txt`` in nnet_helpers.h of hls4ml 1.3.0.
    """
    values = np.asarray(variable.data, np.float64)
    precision = variable.type.precision
    if holds_signs(precision):
        return FixedTensor(np.where(values > 0, 1, -1), 0)
    if type(precision).__name__ == "ExponentPrecisionType":
        return _powers_of_two(subject, role, values)
    kind = Hls4mlType.of(subject, role, precision)
    written = _as_written(values, str(variable.precision_fmt), kind.fraction_bits)
    quantizer = kind.quantizer(subject, role, _grid(written, kind.fraction_bits) if kind.width > MAX_BITS else None)
    codes = quantizer.quantize_real(written)
    return FixedTensor(codes, quantizer.format.fraction_bits).reduced()


def converted(tensor: FixedTensor, quantizer: FixedQuantizer) -> FixedTensor:
    """A constant in another type."""
    codes = quantizer.evaluate(tensor.codes, tensor.fraction_bits)
    return FixedTensor(codes, quantizer.format.fraction_bits).reduced()


def _grid(values: NDArray[np.float64], fraction_bits: int) -> int | None:
    """Fraction bits that decide what a type with this many makes of constants; ``None`` if they do not fit 62 bits."""
    try:
        exact = FixedTensor.from_real(values)
    except OverflowError:
        above = int(np.frexp(np.abs(values).max())[1])
        return fraction_bits if above + fraction_bits < MAX_BITS - 1 else None
    return exact.fraction_bits if exact.bits < MAX_BITS else None


def _as_written(values: NDArray[np.float64], spelling: str, fraction_bits: int) -> NDArray[np.float64]:
    """Values converted to decimals and back; those on the type's grid have so few places that they are unchanged."""
    result = values.copy()
    scaled = np.ldexp(values, fraction_bits)
    for place in np.flatnonzero(scaled.ravel() != np.rint(scaled).ravel()):
        result.flat[place] = float(spelling.format(values.flat[place]))
    return result


def _powers_of_two(subject: str, role: str, values: NDArray[np.float64]) -> FixedTensor:
    mantissas = np.abs(np.frexp(values)[0])
    if not np.all(mantissas == 0.5):
        raise ModelError(subject, f"{role} {values.flat[0]} is not a power of two, but its type is an exponent")
    return FixedTensor.from_real(values).reduced()
