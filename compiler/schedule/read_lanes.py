"""What a layer consists of without the lanes of elements that nothing reads, which synthesis removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.product_stage import ProductStage

if TYPE_CHECKING:
    from bxnn.compiler.schedule.layer_implementations import LayerImplementations


def read_lanes(options: LayerImplementations, binding: Binding) -> Fabric:
    """What a binding of a layer consists of, without lanes of elements that nothing reads.

    A layer with multiplications has no products for such elements, be it by constants or of two tensors. Where elements
    arrive in the lanes in which they leave, the others are those of a function of each element; sums and functions of
    several tensors take as much for each element of a result that leaves in parallel.

    Args:
        options: The implementations of the layer.
        binding: The chosen one.
    """
    if options.linear is not None or isinstance(binding, ProductStage):
        return binding.resources()
    read, source = options.read[0], binding.source
    if read.all() or not read.any():
        return binding.resources()
    if len(options.sources) > 1 or not np.array_equal(source.elements, binding.result.elements):
        resources = binding.resources()
        return resources.part(int(read.sum()), read.size) if binding.result.is_parallel else resources
    stage = options.layer.stage(source.reading(read), options.sources, options.pipelining)
    return binding.resources() if stage is None else stage.resources()
