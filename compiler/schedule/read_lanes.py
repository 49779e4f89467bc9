"""What a layer consists of without the lanes of elements that nothing reads, which synthesis removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.fabric import Fabric

if TYPE_CHECKING:
    from bxnn.compiler.schedule.layer_implementations import LayerImplementations


def read_lanes(options: LayerImplementations, binding: Binding) -> Fabric:
    """What a binding of a layer consists of, without lanes of a function of each element that nothing reads.

    A layer with multiplications has no products for such elements.

    Args:
        options: The implementations of the layer.
        binding: The chosen one.
    """
    if not options.read or options.linear is not None or len(options.sources) > 1:
        return binding.resources()
    read, source = options.read[0], binding.source
    if read.all() or not read.any() or not np.array_equal(source.elements, binding.result.elements):
        return binding.resources()
    stage = options.layer.stage(source.reading(read), options.sources, options.pipelining)
    return binding.resources() if stage is None else stage.resources()
