"""Small random CNNs as Keras configurations, and their graphs without TensorFlow.

The same drawing is used for three comparisons: ``chain`` goes through save_models.py to QKeras, ``graph`` (with its
own weights) through any schedule and form to firmware.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.registry import keras_layer_types
from bxnn.compiler.ir.source import LayerSource, Real
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from tests.conv.cases import Json
from tests.ir.networks import sat

KERNELS = ("quantized_bits(4,0,alpha=1)", "quantized_bits(5,1,alpha=1)", "ternary(alpha=1)")
ACTIVATIONS = ("quantized_relu(4,1)", "quantized_bits(5,2,alpha=1)", "quantized_relu(3,2,negative_slope=0.5)")


@dataclass(frozen=True)
class Drawn:
    """A network.

    Attributes:
        seed: The seed from which it was drawn.
        shape: Shape of its input.
        layers: Class name and configuration of each layer.
    """

    seed: int
    shape: tuple[int, ...]
    layers: tuple[Json, ...]

    @property
    def chain(self) -> Json:
        """The network as save_models.py builds it."""
        return {"name": f"drawn_{self.seed}", "shape": list(self.shape), "layers": list(self.layers)}

    def graph(self) -> Graph:
        """The lowered network with weights drawn from its seed; its input is fixed<6,3>."""
        layers: list[Layer] = [Input("x", (), self.shape)]
        shape = self.shape
        for number, record in enumerate(self.layers):
            source = _Source(
                record["class_name"], f"l{number}", (layers[-1].name,), (shape,), record["config"], {},
                parse_activation, parse_weight_quantizer, rng=np.random.default_rng((self.seed, number)),
            )  # fmt: skip
            for layer in keras_layer_types()[record["class_name"]].from_keras(source):
                layers.append(layer)
                shape = layer.output_shape([shape])
        graph = Graph("net", tuple(layers), (layers[-1].name,))
        return run(graph, PIPELINE, PassOptions({"x": sat(True, 2, 3)}))


@dataclass
class _Source(LayerSource):
    """A layer whose weights are drawn on first use."""

    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def weight(self, name: str, shape: tuple[int, ...]) -> Real:
        return self.rng.normal(0, 0.5, shape).astype(np.float32)


def draw_network(seed: int, rank: int = 2) -> Drawn:
    """Two blocks of a convolution and perhaps a pool, and sometimes a Dense layer.

    Kernels of 1 to 3 pixels, strides, borders, pools with and without overlap, odd sizes and several channels; averages
    are rounded directly afterwards, over areas that may or may not be powers of two.

    Args:
        seed: Determines everything.
        rank: Dimensions of the image.
    """
    rng = random.Random(seed)
    shape = (*(rng.randint(5, 9) for _ in range(rank)), rng.randint(1, 3))
    layers: list[Json] = []
    image = list(shape[:-1])
    for _ in range(2):
        layers.append(_convolution(rng, rank, image))
        image = _positions(image, layers[-1]["config"], "kernel_size")
        if rng.random() < 0.7:
            layers += _pool(rng, rank, image)
            image = _positions(image, layers[-1 if "pool_size" in layers[-1]["config"] else -2]["config"], "pool_size")
    ending = rng.choice(("none", "dense", "global"))
    if ending == "global":
        layers.append({"class_name": f"GlobalAveragePooling{rank}D", "config": {}})
        layers.append({"class_name": "QActivation", "config": {"activation": rng.choice(ACTIVATIONS)}})
    if ending == "dense":
        layers.append({"class_name": "Flatten", "config": {}})
        settings = {"units": rng.randint(1, 4), "kernel_quantizer": KERNELS[0], "bias_quantizer": "quantized_bits(4,0)"}
        layers.append({"class_name": "QDense", "config": settings})
    return Drawn(seed, shape, tuple(layers))


def _convolution(rng: random.Random, rank: int, image: Sequence[int]) -> Json:
    classes = ("QConv2D", "QConv2D", "QDepthwiseConv2D", "QSeparableConv2D")
    kind = rng.choice(classes) if rank == 2 else rng.choice(("QConv1D", "QSeparableConv1D"))
    config: Json = {
        "kernel_size": [rng.randint(1, min(3, size)) for size in image],
        "strides": [rng.choice((1, 1, 2))] * rank,
        "padding": rng.choice(("valid", "same")),
        "activation": rng.choice(ACTIVATIONS),
        "use_bias": rng.random() < 0.8,
        "bias_quantizer": "quantized_bits(6,2)",
    }
    roles = {"S": ("depthwise", "pointwise"), "D": ("depthwise",)}.get(kind[1], ("kernel",))
    config |= {f"{role}_quantizer": rng.choice(KERNELS) for role in roles}
    config |= {"depth_multiplier": rng.randint(1, 2)} if "kernel" not in roles else {}
    config |= {"filters": rng.randint(1, 4)} if roles != ("depthwise",) else {}
    return {"class_name": kind, "config": config}


def _pool(rng: random.Random, rank: int, image: Sequence[int]) -> list[Json]:
    average = rng.random() < 0.5
    padding = rng.choice(("valid", "same"))
    sizes = [rng.randint(1, 3 if padding == "same" else min(3, size)) for size in image]
    config: Json = {"pool_size": sizes, "padding": padding}
    if rng.random() < 0.6:
        config["strides"] = [rng.randint(1, 2)] * rank
    pool = {"class_name": f"{'Average' if average else 'Max'}Pooling{rank}D", "config": config}
    rounded = {"class_name": "QActivation", "config": {"activation": rng.choice(ACTIVATIONS)}}
    return [pool, rounded] if average else [pool]


def _positions(image: Sequence[int], config: Json, size_key: str) -> list[int]:
    strides: list[int] = config.get("strides") or config[size_key]
    if config["padding"] == "same":
        return [ceil_div(pixels, stride) for pixels, stride in zip(image, strides, strict=True)]
    taps: list[int] = config[size_key]
    return [(pixels - size) // stride + 1 for pixels, size, stride in zip(image, taps, strides, strict=True)]


def draw_networks(seed: int, count: int) -> list[Drawn]:
    """``count`` networks, a quarter of them on sequences."""
    return [draw_network(seed + number, 1 if number % 4 == 3 else 2) for number in range(count)]


def side_by_side(drawn: Sequence[Drawn]) -> Graph:
    """Several networks as one, to simulate all of them at once; layer n of network k is called ``n<k>_<name>``."""
    layers: list[Layer] = []
    outputs: list[str] = []
    for number, one in enumerate(drawn):
        graph = one.graph()
        names = {layer.name: f"n{number}{layer.name.replace('_', '')}" for layer in graph.layers}
        layers += [replace(layer.reading(names), name=names[layer.name]) for layer in graph.layers]
        outputs += [names[output] for output in graph.outputs]
    return Graph("net", tuple(layers), tuple(outputs))
