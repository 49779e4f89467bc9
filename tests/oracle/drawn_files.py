"""Random networks as model files: Dense and convolutions of QKeras, and HGQ2 with a format for every element."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.frontend import handmade as hand
from tests.frontend.hgq_files import HgqLayer, Quant, keras_bytes

Json = dict[str, Any]
INPUT_BITS = (8, 4)


@dataclass(frozen=True)
class DrawnFile:
    """A network on disk.

    Attributes:
        model: Its file.
        weights: Weights of a ``.json``.
        shape: Of its input.
    """

    model: Path
    weights: Path | None
    shape: tuple[int, ...]


def drawn_file(seed: int, folder: Path) -> DrawnFile:
    """Every third is HGQ2, every third a convolutional network, the others chains of Dense layers."""
    rng = random.Random(seed)
    if seed % 3 == 0:
        return _hgq(rng, seed, folder)
    shape, layers = _image(rng) if seed % 3 == 1 else _chain(rng)
    arrays, generator = {}, np.random.default_rng(seed)
    for layer, kernel in layers:
        if kernel is not None:
            arrays[f"{layer['config']['name']}__kernel"] = generator.normal(0, 0.5, kernel)
            arrays[f"{layer['config']['name']}__bias"] = generator.normal(0, 0.5, kernel[-1])
    chain = hand.sequential(*(layer for layer, _ in layers), shape=(None, *shape))
    return DrawnFile(*hand.write(folder, chain, hand.weights(**arrays)), shape)


def _quantizers(rng: random.Random) -> Json:
    def one() -> Json:
        bits = rng.randint(2, 6)
        more: Json = {"symmetric": 1} if rng.random() < 0.3 else {}
        return hand.quantizer(bits=bits, integer=rng.randint(0, bits - 1), alpha=1, **more)

    return {"kernel_quantizer": one(), "bias_quantizer": one(), "activation": _activation(rng)}


def _activation(rng: random.Random) -> str:
    bits = rng.randint(2, 7)
    integer = rng.randint(0, min(bits - 1, 3))
    kinds = f"quantized_relu({bits},{integer})", f"quantized_bits({bits},{integer},alpha=1)", "linear"
    return rng.choice(kinds)


def _dense(rng: random.Random, name: str, inputs: int, units: int) -> tuple[Json, tuple[int, ...]]:
    config = {"name": name, "units": units, "use_bias": True, **_quantizers(rng)}
    return {"class_name": "QDense", "config": config}, (inputs, units)


def _chain(rng: random.Random) -> tuple[tuple[int, ...], list[tuple[Json, tuple[int, ...] | None]]]:
    sizes = [rng.randint(1, 12) for _ in range(rng.randint(2, 5))]
    layers: list[tuple[Json, tuple[int, ...] | None]] = []
    for number, (inputs, units) in enumerate(itertools.pairwise(sizes)):
        layers.append(_dense(rng, f"d{number}", inputs, units))
        if rng.random() < 0.3:
            layers.append(({"class_name": "QActivation", "config": _named(f"a{number}", _activation(rng))}, None))
    return (sizes[0],), layers


def _named(name: str, activation: str) -> Json:
    return {"name": name, "activation": activation}


def _image(rng: random.Random) -> tuple[tuple[int, ...], list[tuple[Json, tuple[int, ...] | None]]]:
    rank = rng.choice((1, 2, 2))
    image, channels = [rng.randint(4, 8) for _ in range(rank)], rng.randint(1, 3)
    shape = (*image, channels)
    layers: list[tuple[Json, tuple[int, ...] | None]] = []
    for number in range(rng.randint(1, 2)):
        size = [rng.randint(1, min(3, pixels)) for pixels in image]
        filters, padding, stride = rng.randint(1, 4), rng.choice(("valid", "same")), rng.choice((1, 1, 2))
        config = {"name": f"c{number}", "filters": filters, "kernel_size": size, "strides": [stride] * rank}
        config |= {"padding": padding, "use_bias": True, **_quantizers(rng)}
        layers.append(({"class_name": f"QConv{rank}D", "config": config}, (*size, channels, filters)))
        image, channels = _positions(image, size, stride, padding), filters
        if rng.random() < 0.5:
            pool = [rng.randint(1, min(2, pixels)) for pixels in image]
            config = {"name": f"p{number}", "pool_size": pool, "strides": pool, "padding": "valid"}
            layers.append(({"class_name": f"MaxPooling{rank}D", "config": config}, None))
            image = [pixels // taps for pixels, taps in zip(image, pool, strict=True)]
    layers.append(({"class_name": "Flatten", "config": {"name": "flat"}}, None))
    layers.append(_dense(rng, "last", int(np.prod(image)) * channels, rng.randint(1, 4)))
    return shape, layers


def _positions(image: list[int], size: list[int], stride: int, padding: str) -> list[int]:
    if padding == "same":
        return [math.ceil(pixels / stride) for pixels in image]
    return [(pixels - taps) // stride + 1 for pixels, taps in zip(image, size, strict=True)]


def _hgq(rng: random.Random, seed: int, folder: Path) -> DrawnFile:
    generator = np.random.default_rng(seed)
    sizes = [rng.randint(1, 8) for _ in range(rng.randint(2, 4))]
    layers = []
    for number, (inputs, units) in enumerate(itertools.pairwise(sizes)):
        quantizers = {
            "iq": _quant(rng, generator, (1, inputs), fits=number == 0),
            "kq": _quant(rng, generator, (inputs, units), static=True),
            "bq": _quant(rng, generator, (units,), static=True),
        }
        config = {"units": units, "use_bias": True, "activation": rng.choice(("linear", "relu")), "enable_oq": False}
        if number == len(sizes) - 2 and rng.random() < 0.5:
            quantizers["oq"] = _quant(rng, generator, (1, units))
            config["enable_oq"] = True
        own = {"kernel": generator.normal(0, 0.7, (inputs, units)), "bias": generator.normal(0, 1, units)}
        own = {name: array.astype(np.float32) for name, array in own.items()}
        layers.append(HgqLayer("QDense", f"q{number}", config, own, quantizers))
    path = folder / "m.keras"
    path.write_bytes(keras_bytes(layers, (sizes[0],)))
    return DrawnFile(path, None, (sizes[0],))


def _quant(
    rng: random.Random,
    generator: np.random.Generator,
    shape: tuple[int, ...],
    fits: bool = False,
    static: bool = False,
) -> Quant:
    """Bits that differ from element to element, down to none."""
    i, f = generator.integers(-1, 4, shape), generator.integers(-1, 6, shape)
    overflow = "SAT_SYM" if static else rng.choice(("WRAP", "SAT", "SAT_SYM"))
    rounding = rng.choice(("RND", "RND_CONV", "TRN"))
    return Quant(
        np.ones(shape, int) if fits or static else generator.integers(0, 2, shape),
        i,
        f,
        rng.choice(("kif", "kbi")),
        overflow,
        rounding,
    )
