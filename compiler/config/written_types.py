"""Types as text: from ``fixed<8,4,RND_CONV,SAT>`` to a quantizer and back."""

from __future__ import annotations

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import parse_type
from bxnn.compiler.numeric.rounding import Overflow, Rounding

MAX_INTEGER_BITS = 64


def read_quantizer(subject: str, text: str) -> FixedQuantizer:
    """``fixed<W,I[,ROUNDING][,OVERFLOW]>``; the modes default to ap_fixed's TRN and WRAP.

    Source: Xilinx UG1399, "Arbitrary precision fixed-point data types".
    """
    try:
        number_format, modes = parse_type(text)
    except (ConfigError, ValueError) as error:
        problem = error.problem if isinstance(error, ConfigError) else "is not a legal type"
        raise ConfigError(subject, f"type {text!r} {problem}") from error
    if abs(number_format.integer_bits) > MAX_INTEGER_BITS:
        problem = f"type {text!r} has its binary point more than {MAX_INTEGER_BITS} bits away"
        raise ConfigError(subject, problem)
    found: dict[type, Rounding | Overflow] = {}
    for mode in modes:
        choices: dict[str, Rounding | Overflow] = {**Rounding.__members__, **Overflow.__members__}
        if mode not in choices:
            raise ConfigError(subject, f"mode {mode!r} {unknown(mode, choices)}")
        value = choices[mode]
        if type(value) in found:
            raise ConfigError(subject, f"has two {type(value).__name__.lower()} modes; keep one")
        found[type(value)] = value
    rounding, overflow = found.get(Rounding, Rounding.TRN), found.get(Overflow, Overflow.WRAP)
    assert isinstance(rounding, Rounding) and isinstance(overflow, Overflow)
    return FixedQuantizer(number_format, rounding, overflow)


def written(quantizer: FixedQuantizer) -> str:
    """The text of a quantizer without its own bounds: ``fixed<8,4,RND_CONV,SAT>``."""
    return f"{str(quantizer.format)[:-1]},{quantizer.rounding.value},{quantizer.overflow.value}>"
