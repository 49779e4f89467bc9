"""Where the elements of layers that only move them come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import Tensor

_NUMBERS = FixedFormat(True, 40, 0)  # of elements


def moved_elements(layer: Layer, read: NDArray[np.bool_], sources: Sequence[Tensor]) -> tuple[NDArray[np.bool_], ...]:
    """The elements of the inputs that are among those of the result that are read; bool, by input and of its shape.

    Args:
        layer: Each of its results is an element of an input, or zero.
        read: Which elements of the result are read; bool, of its shape.
        sources: Tensors of its inputs.
    """
    ends = np.cumsum([0, *(source.size for source in sources)])
    numbers = [
        np.arange(first + 1, last + 1, dtype=np.int64).reshape(1, *source.shape)
        for source, first, last in zip(sources, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]
    places = layer.evaluate(numbers, [Tensor.of_format(source.shape, _NUMBERS) for source in sources])[0]
    found = np.zeros(int(ends[-1]) + 1, np.bool_)
    found[places[read]] = True
    return tuple(
        found[first + 1 : last + 1].reshape(source.shape)
        for source, first, last in zip(sources, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    )
