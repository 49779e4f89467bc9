"""A candidate with its quantizers as the description from which tf-keras builds it with layers of QKeras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import INPUT, LayerPlan
from bxnn.compiler.search.trained_formats import bias_format, input_format, kernel_format, result_format


def qkeras_description(candidate: Candidate, plans: tuple[LayerPlan, ...], shape: tuple[int, ...]) -> Mapping[str, Any]:
    """A Sequential model that reads standardised features and computes logits.

    Args:
        candidate: The network.
        plans: Its layers, all dense, with ReLU between them.
        shape: Shape of an event.

    Source: QKeras 0.9, ``quantized_bits`` and ``quantized_relu``.
    """
    layers = [
        _layer("InputLayer", name=INPUT, batch_input_shape=[None, *shape], dtype="float32", sparse=False, ragged=False),
        _layer("QActivation", name="quantized", activation=_bits(input_format(candidate))),
    ]
    if len(shape) > 1:
        layers.append(_layer("Flatten", name="flat"))
    for plan in plans:
        kernel, bias = _bits(kernel_format(plan)), _bits(bias_format(plan))
        layers.append(
            _layer("QDense", name=plan.name, units=plan.outputs, kernel_quantizer=kernel, bias_quantizer=bias)
        )
        if plan.activation is not None:
            own = result_format(plan).format
            relu = f"quantized_relu({own.bits},{own.integer_bits})"
            layers.append(_layer("QActivation", name=plan.activation_name, activation=relu))
    return {"class_name": "Sequential", "config": {"name": "network", "layers": layers}}


def _bits(own: FixedQuantizer) -> str:
    return f"quantized_bits({own.format.bits},{own.format.integer_bits},alpha=1)"


def _layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}
