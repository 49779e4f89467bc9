"""Layers of HGQ2 without weights: merges, sums, pools, quantizers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.keras.composed_layers import dot, dot_axes
from bxnn.compiler.frontend.keras.einsum import multiplied, read_equation
from bxnn.compiler.ir.keras_axes import axes_without_batch
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.pooling import PLAIN_AVERAGE, keras_pool
from bxnn.compiler.plural import counted
from bxnn.layers.add import Add
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.maximum import Maximum
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.minimum import Minimum
from bxnn.layers.multiply import Multiply
from bxnn.layers.reshape import Reshape
from bxnn.layers.subtract import Subtract
from bxnn.layers.sum import Sum

_PAIRS: dict[str, Callable[[str, tuple[str, ...]], Layer]] = {
    "QSubtract": Subtract,
    "QMultiply": Multiply,
    "QMaximum": Maximum,
    "QMinimum": Minimum,
}


def merge(source: HgqSource) -> Sequence[Layer]:
    """QAdd, QSubtract, QMultiply, QMaximum, QMinimum, QAverage, QAveragePow2, with broadcasting."""
    kind = source.source.class_name
    names = source.broadcast(source.several_inputs())
    if len(names) < 2 or (kind == "QSubtract" and len(names) != 2):
        wanted = "2" if kind == "QSubtract" else "at least 2"
        raise ModelError(source.subject, f"has {counted(len(names), 'input')}; it takes {wanted}")
    if kind == "QAverage":
        return source.finished(source.average(source.name, names))
    if kind in ("QAdd", "QAveragePow2"):
        result = source.add(Add(source.name, tuple(names)))
        if kind == "QAveragePow2":
            result = source.scaled(source.named("mean"), result, round(math.log2(1 / len(names))))
        return source.finished(result)
    result = names[0]
    for number, name in enumerate(names[1:], 2):
        own = source.name if number == len(names) else source.named(f"of{number}")
        result = source.add(_PAIRS[kind](own, (result, name)))
    return source.finished(result)


def dot_product(source: HgqSource) -> Sequence[Layer]:
    """QDot: the products of two tensors along one axis of each, summed."""
    source.source.expect("normalize", False, advice="use False")
    axes = dot_axes(source, source.source.get("axes", -1))
    first, second = source.several_inputs()
    return source.finished(dot(source, source.name, (first, second), axes))


def einsum(source: HgqSource) -> Sequence[Layer]:
    """QEinsum of two tensors."""
    text, names = str(source.source.get("equation")), source.several_inputs()
    if len(names) != 2:
        raise ModelError(source.subject, f"has {counted(len(names), 'input')}; it takes 2")
    first, second = names
    axes = read_equation(source, text, (len(source.shapes[first]), len(source.shapes[second])))
    return source.finished(multiplied(source, source.name, (first, second), axes))


def sums(source: HgqSource) -> Sequence[Layer]:
    """QSum: ``scale * sum(axes)``; QMeanPow2: the mean with the nearest power of two for 1/n. axes count the batch."""
    attributes = source.source
    keepdims, axes = attributes.flag("keepdims", False), axes_without_batch(attributes, attributes.get("axes"))
    if attributes.class_name == "QSum":
        exponent = power_of_two(source, "scale", attributes.get("scale", 1.0))
    else:
        exponent = round(math.log2(1 / math.prod(attributes.input_shapes[0][axis] for axis in axes)))
    name = source.one_input()
    return source.finished(source.add(Sum(source.name, (name,), axes, exponent, keepdims)))


def pool(source: HgqSource) -> Sequence[Layer]:
    """Pools of images and sequences after ``iq``."""
    window, keep_image = keras_pool(source.source)
    name = source.one_input()
    if "Max" in source.source.class_name:
        return source.finished(source.add(MaxPool2D(source.name, (name,), window, keep_image)))
    average = AveragePool2D(source.name, (name,), PLAIN_AVERAGE, None, window, keep_image)
    return source.finished(source.add(average))


def quantizer_layer(source: HgqSource) -> Sequence[Layer]:
    """A quantizer that is a layer."""
    quantizer = source.quantizer("config", source.source.get("config"), source.variables, "")
    name = source.source.one_input()
    if quantizer is None:
        source.add(Reshape(source.name, (name,), source.shapes[name]))
    else:
        name = source.applied(name, "codes", quantizer)
        if len(source.made) == 1:
            source.made[0] = replace(source.made[0], name=source.name)
    source.source.finish()
    return source.made


def power_of_two(source: HgqSource, key: str, value: object) -> int:
    """The exponent of a factor."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    if not (number > 0 and math.isfinite(number) and math.frexp(number)[0] == 0.5):
        raise source.source.refuse(key, "use a power of two")
    return math.frexp(number)[1] - 1
