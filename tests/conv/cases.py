"""Small random Keras networks: every layer class of this folder with various kernels, strides, paddings, odd sizes."""

import random
from typing import Any

Json = dict[str, Any]

KERNELS = ("quantized_bits(4,0,alpha=1)", "quantized_bits(5,1)", "ternary(alpha=1)", "quantized_bits(3,0)")
BIASES = (None, "quantized_bits(6,2)", "quantized_bits(4,0)")
ACTIVATIONS = (None, "relu", "quantized_relu(4,1)", "quantized_bits(5,2)")
DRAWS = {  # per class
    "Conv1D": 4,
    "QConv1D": 6,
    "Conv2D": 5,
    "QConv2D": 14,
    "QConv2DBatchnorm": 6,
    "DepthwiseConv1D": 3,
    "DepthwiseConv2D": 3,
    "QDepthwiseConv2D": 6,
    "QDepthwiseConv2DBatchnorm": 4,
    "SeparableConv1D": 2,
    "SeparableConv2D": 2,
    "QSeparableConv1D": 3,
    "QSeparableConv2D": 4,
    "MaxPooling1D": 4,
    "MaxPooling2D": 6,
    "GlobalMaxPooling1D": 2,
    "GlobalMaxPooling2D": 2,
    "AveragePooling1D": 3,
    "AveragePooling2D": 4,
    "GlobalAveragePooling1D": 2,
    "GlobalAveragePooling2D": 2,
    "QAveragePooling2D": 5,
    "QGlobalAveragePooling2D": 3,
    "ZeroPadding1D": 2,
    "ZeroPadding2D": 3,
    "Permute": 3,
}


def draw_all(seed: int) -> list[Json]:
    """One network per draw: ``name``, ``shape`` of its input, ``class_name`` and ``config`` of its only layer."""
    rng = random.Random(seed)
    return [
        {"name": f"{kind}_{number}", "class_name": kind, **_draw(rng, kind, number)}
        for kind, count in DRAWS.items()
        for number in range(count)
    ]


def _draw(rng: random.Random, kind: str, number: int) -> Json:
    rank = 1 if "1D" in kind else 2
    shape = [*(rng.randint(4, 8) for _ in range(rank)), rng.randint(1, 4)]
    if kind == "Permute":
        return {"shape": shape, "config": {"dims": rng.sample([1, 2, 3], 3)}}
    if kind.startswith("ZeroPadding"):
        pairs = [[rng.randint(0, 2), rng.randint(0, 2)] for _ in range(rank)]
        return {"shape": shape, "config": {"padding": pairs if rank == 2 else pairs[0]}}
    if "Pooling" in kind:
        return _draw_pool(rng, kind, number, rank, shape)
    return {"shape": shape, "config": _draw_convolution(rng, kind, number, rank, shape)}


def _draw_pool(rng: random.Random, kind: str, number: int, rank: int, shape: list[int]) -> Json:
    config: Json = {}
    if "Global" in kind:
        shape = [*([4, 8][:rank] if kind.startswith("GlobalA") else shape[:-1]), shape[-1]]
        config["keepdims"] = bool(number % 2)
    else:
        average = kind.startswith("A")
        sizes = [rng.choice((1, 2, 4) if average else (1, 2, 3)) for _ in range(rank)]
        same = bool(number % 2) and not kind.startswith("Q")
        if same and average:
            sizes, shape = [2] * rank, [*(size | 1 for size in shape[:-1]), shape[-1]]
        config |= {"pool_size": sizes, "padding": "same" if same else "valid"}
        if rng.random() < 0.6:
            config["strides"] = [2] * rank if same and average else [rng.randint(1, 3) for _ in range(rank)]
    if kind.startswith("Q"):
        config["average_quantizer"] = f"quantized_bits({rng.randint(6, 9)},0)"
    return {"shape": shape, "config": config}


def _draw_convolution(rng: random.Random, kind: str, number: int, rank: int, shape: list[int]) -> Json:
    config: Json = {"kernel_size": [rng.randint(1, 4) for _ in range(rank)], "use_bias": rng.random() < 0.8}
    config["padding"] = ("valid", "same")[number % 2]
    stride = [rng.randint(1, 3) for _ in range(rank)]
    config["strides"] = stride if not any(word in kind for word in ("wise", "Separable")) else [stride[0]] * rank
    plain = not any(word in kind for word in ("wise", "Separable", "norm"))
    if number % 3 == 2 and "norm" not in kind:
        config |= {"strides": [1] * rank, "dilation_rate": [2] * rank, "kernel_size": [2] * rank}
        if plain and rank == 1:
            config["padding"] = "causal"
    if "wise" not in kind:
        config["filters"] = rng.randint(1, 5)
    if plain and number % 4 == 3:
        shape[-1], config["filters"], config["groups"] = 4, 6, 2
    if "wise" in kind or "Separable" in kind:
        config["depth_multiplier"] = rng.randint(1, 3)
    if kind.startswith("Q"):
        roles = {"S": ("depthwise", "pointwise"), "D": ("depthwise",)}.get(kind[1], ("kernel",))
        config |= {f"{role}_quantizer": rng.choice(KERNELS) for role in roles}
        config["bias_quantizer"] = rng.choice(BIASES[1:])
        config["activation"] = rng.choice(ACTIVATIONS)
    if "norm" in kind:
        config["folding_mode"] = ("ema_stats_folding", "batch_stats_folding")[number % 2]
        config |= {"scale": number % 3 != 1, "ema_freeze_delay": None if number % 2 else 100}
    return config
