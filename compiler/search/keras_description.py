"""A candidate as the description from which Keras builds it; the same names as in all other files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.compiler.search.layer_plan import INPUT, MEAN, LayerPlan


def keras_description(plans: tuple[LayerPlan, ...], shape: tuple[int, ...]) -> Mapping[str, Any]:
    """A Sequential model that reads standardised features and computes logits.

    Args:
        plans: Its layers.
        shape: Shape of an event.

    Source: the serialization format of Keras 3, keras.io/api/models/model_saving_apis.
    """
    layers = [_layer("InputLayer", name=INPUT, batch_shape=[None, *shape])]
    flat = len(shape) == 1
    for plan in plans:
        if plan.window:
            size = [plan.window, plan.window]
            layers.append(_layer("Conv2D", name=plan.name, filters=plan.outputs, kernel_size=size))
        else:
            if plan.averaged:
                layers.append(_layer("GlobalAveragePooling1D", name=MEAN))
                flat = True
            if not flat and not plan.rows:
                layers.append(_layer("Flatten", name="flat"))
                flat = True
            layers.append(_layer("Dense", name=plan.name, units=plan.outputs))
        if plan.activation is not None:
            layers.append(_layer("Activation", name=plan.activation_name, activation=plan.activation))
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "network", "layers": layers}}


def _layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": config}
