"""Several tensors on one grid, for layers with several inputs."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.errors import ModelError
from bxnn.compiler.numeric.fixed_format import MAX_BITS
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


def aligned(subject: str, values: Sequence[Codes], sources: Sequence[Tensor]) -> list[Codes]:
    """Codes of several tensors on the finest of their grids; the dtype is preserved.

    Args:
        subject: The layer, for error messages.
        values: One array per tensor.
        sources: The tensors.

    Raises:
        ModelError: If codes on that grid, or a sum of them, would be too wide.
    """
    fraction_bits = max(source.format.fraction_bits for source in sources)
    shifts = [fraction_bits - source.format.fraction_bits for source in sources]
    widest = max(source.bits + shift for source, shift in zip(sources, shifts, strict=True))
    if widest + ceil_log2(len(sources)) >= MAX_BITS:
        raise ModelError(subject, f"its inputs need more than {MAX_BITS} bits on one grid; use coarser quantizers")
    return [value * value.dtype.type(1 << shift) for value, shift in zip(values, shifts, strict=True)]
