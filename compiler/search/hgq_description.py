"""A candidate with its quantizers as the numbers from which layers of HGQ2 are built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import LayerPlan
from bxnn.compiler.search.trained_formats import bias_format, input_format, kernel_format, result_format


def hgq_description(candidate: Candidate, plans: tuple[LayerPlan, ...], shape: tuple[int, ...]) -> Mapping[str, Any]:
    """A Sequential model that reads standardised features and computes logits.

    Each layer rounds what it reads: the first one the features, the others the results of the one before.

    Args:
        candidate: The network.
        plans: Its layers, all dense, with ReLU between them.
        shape: Shape of an event.
    """
    read, layers = input_format(candidate), []
    for plan in plans:
        formats = {"input": _bits(read), "kernel": _bits(kernel_format(plan)), "bias": _bits(bias_format(plan))}
        layers.append({"name": plan.name, "units": plan.outputs, "activation": plan.activation, **formats})
        read = result_format(plan)
    return {"name": "network", "shape": list(shape), "layers": layers}


def _bits(own: FixedQuantizer) -> tuple[int, int, int]:
    """Bits of the sign, other bits, and those of them before the binary point."""
    sign = int(own.format.signed)
    return sign, own.format.bits - sign, own.format.integer_bits
