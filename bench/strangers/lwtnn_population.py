"""The lwtnn part of the population, compared with its definition in float64 and declared types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.strangers.outcome import Array, Outcome, outcome

EVENTS = 200
Json = dict[str, Any]
_TYPE = "fixed<{bits},{integer},RND_CONV,SAT>"
_INPUT, _KERNEL, _RESULT = (12, 4), (8, 2), (10, 5)  # bits, and those left of the point with the sign
_FUNCTIONS: Mapping[str, Callable[[Array, float], Array]] = {
    "linear": lambda x, alpha: x,
    "rectified": lambda x, alpha: np.maximum(x, 0),
    "sigmoid": lambda x, alpha: 1 / (1 + np.exp(-x)),
    "tanh": lambda x, alpha: np.tanh(x),
    "hard_sigmoid": lambda x, alpha: np.clip(0.2 * x + 0.5, 0, 1),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x)),
    "leakyrelu": lambda x, alpha: np.where(x > 0, x, alpha * x),
    "swish": lambda x, alpha: x / (1 + np.exp(-alpha * x)),
    "abs": lambda x, alpha: np.abs(x),
}
_ALPHA = {"elu": 1.0, "swish": 1.0}  # without a parameter


def _dense(draw: np.random.Generator, inputs: int, outputs: int, activation: Any = "rectified") -> Json:
    weights, bias = draw.normal(0, 0.5, inputs * outputs), draw.normal(0, 0.5, outputs)
    return {"architecture": "dense", "weights": weights.tolist(), "bias": bias.tolist(), "activation": activation}


def _normalization(draw: np.random.Generator, size: int) -> Json:
    weights, bias = draw.uniform(0.5, 1.5, size), draw.normal(0, 0.5, size)
    return {"architecture": "normalization", "weights": weights.tolist(), "bias": bias.tolist()}


def _variables(draw: np.random.Generator, size: int) -> list[Json]:
    return [{"name": f"v{k}", "offset": draw.normal(), "scale": draw.uniform(0.5, 2)} for k in range(size)]


def _sequential(draw: np.random.Generator, layers: Sequence[Json]) -> Json:
    return {"inputs": _variables(draw, 4), "layers": list(layers), "outputs": ["a", "b", "c"]}


def _graph(draw: np.random.Generator, nodes: Sequence[Json], layers: Sequence[Json], end: int) -> Json:
    ports = [{"name": name, "variables": _variables(draw, 4)} for name in ("jet", "track")]
    outputs = {"out": {"labels": ["a", "b"], "node_index": end}}
    return {"inputs": ports, "input_sequences": [], "nodes": nodes, "layers": layers, "outputs": outputs}


def _node(kind: str, *sources: int, **more: int) -> Json:
    return {"type": kind, "sources": list(sources), **more}


_STARTS = (_node("input", 0, size=4), _node("input", 1, size=4))


def _files(draw: np.random.Generator) -> dict[str, Json]:
    """Files by what is special about them."""
    first, last = (_dense(draw, *sizes) for sizes in ((4, 6), (6, 3)))
    end = {**last, "activation": "linear"}
    found = {"chain": _sequential(draw, [first, end])}
    found["normalizations"] = _sequential(draw, [_normalization(draw, 4), first, _normalization(draw, 6), end])
    for name in _FUNCTIONS:
        found[f"activation {name}"] = _sequential(draw, [_dense(draw, 4, 6, name), end])
    for name, alpha in (("elu", 0.5), ("leakyrelu", 0.3), ("swish", 1.7)):
        active = _dense(draw, 4, 6, {"function": name, "alpha": alpha})
        found[f"activation {name}, alpha {alpha}"] = _sequential(draw, [active, end])
    found["softmax at the end"] = _sequential(draw, [first, {**last, "activation": "softmax"}])
    shared = [*_STARTS, *(_node("feed_forward", n, layer_index=0) for n in (0, 1))]
    joined = [*shared, _node("concatenate", 2, 3), _node("feed_forward", 4, layer_index=1)]
    found["concatenate, one layer twice"] = _graph(draw, joined, [first, _dense(draw, 12, 2, "linear")], 5)
    added = [*shared, _node("add", 2, 3), _node("feed_forward", 4, layer_index=1)]
    found["add"] = _graph(draw, added, [first, _dense(draw, 6, 2, "linear")], 5)
    curved = [_dense(draw, 4, 6, "tanh"), _dense(draw, 12, 2, "linear")]
    found["one layer twice, a curve"] = _graph(draw, joined, curved, 5)
    renamed = _graph(draw, [*added[:4], _node("add", 3, 2), added[5]], [first, _dense(draw, 6, 2, "linear")], 5)
    for number, port in zip((4, 0), renamed["inputs"], strict=True):
        port["name"] = f"node_{number}"
    found["inputs called node_4, node_0"] = renamed
    components: Json = {name: {"weights": [], "U": [], "bias": []} for name in "ifco"}
    for kind in ("maxout", "highway", "lstm", "gru", "simplernn", "conv1d", "embedding"):
        found[kind] = _sequential(draw, [{"architecture": kind, "components": components, "sublayers": []}, end])
    for kind in ("sequence", "time_distributed", "sum"):
        found[f"node {kind}"] = _graph(draw, [*_STARTS, _node(kind, 0, 1, layer_index=0)], [first], 2)
    found["input_sequences"] = {**found["add"], "input_sequences": found["add"]["inputs"]}
    return found


def population(folder: Path) -> Iterator[Outcome]:
    """All files."""
    path = folder / "net.json"
    for name, description in _files(np.random.default_rng(7)).items():
        path.write_text(json.dumps(description), encoding="utf-8")
        ports = description["inputs"] if "nodes" in description else [None]
        draw = np.random.default_rng(8)
        values = [draw.normal(0, 1, (EVENTS, 4)) for _ in ports]
        yield outcome(name, path, values, lambda x, own=description: _expected(own, x), _design(description))  # type: ignore[misc]


def _design(description: Json) -> str:
    """Types for everything; sums of 10 bits before an activation."""
    kernel, result, port = (_TYPE.format(bits=b, integer=i) for b, i in (_KERNEL, _RESULT, _INPUT))
    names = [one["name"] for one in description["inputs"]] if "nodes" in description else ["inputs"]
    ports = ", ".join(f'{name}: "{port}"' for name in names)
    lines = ["initiation_interval: 1", f"inputs: {{{ports}}}", "layers:"]
    last = len(description["layers"]) - 1
    for number, layer in enumerate(description["layers"]):
        if layer["architecture"] == "dense":
            output = "" if number == last else f', output: "{result}"'
            lines.append(f'  layer_{number}: {{kernel: "{kernel}", bias: "{kernel}"{output}}}')
            if number != last and layer["activation"] not in ("linear", "rectified"):
                lines.append(f'  layer_{number}_sum: {{output: "{result}"}}')
    return "\n".join(lines) + "\n"


def _expected(description: Json, inputs: Sequence[Array]) -> list[Array]:
    """The definition of lwtnn with every declared type applied."""
    layers, last = description["layers"], len(description["layers"]) - 1
    if "nodes" not in description:
        x, pending = _rounded(_prepared(description["inputs"], inputs[0]), _INPUT), None
        for number, layer in enumerate(layers):
            if layer["architecture"] == "normalization":
                pending = layer
            else:
                x, pending = _layer(layer, x, number == last, pending), None
        return [x]
    found: list[Array] = []
    for node in description["nodes"]:
        sources = node["sources"]
        if node["type"] == "input":
            port = description["inputs"][sources[0]]
            found.append(_rounded(_prepared(port["variables"], inputs[sources[0]]), _INPUT))
        elif node["type"] == "feed_forward":
            number = node["layer_index"]
            found.append(_layer(layers[number], found[sources[0]], number == last))
        else:
            pair = [found[source] for source in sources]
            found.append(np.concatenate(pair, axis=1) if node["type"] == "concatenate" else pair[0] + pair[1])
    return [found[-1]]


def _layer(layer: Json, x: Array, is_last: bool, before: Json | None = None) -> Array:
    """A dense layer, with a normalization folded into it in float64."""
    bias = np.array(layer["bias"])
    kernel = np.array(layer["weights"]).reshape(bias.size, -1).T
    if before is not None:
        scale, shift = np.array(before["weights"]), np.array(before["bias"])
        bias, kernel = bias + (shift * scale) @ kernel, kernel * scale[:, np.newaxis]
    sums = x @ _rounded(kernel, _KERNEL) + _rounded(bias, _KERNEL)
    activation = layer["activation"]
    name = activation["function"] if isinstance(activation, dict) else activation
    alpha = activation["alpha"] if isinstance(activation, dict) else _ALPHA.get(name, 0.0)
    if is_last:
        return sums
    if name not in ("linear", "rectified"):
        sums = _rounded(sums, _RESULT)
    return _rounded(_FUNCTIONS[name](sums, alpha), _RESULT)


def _prepared(variables: Sequence[Json], x: Array) -> Array:
    offsets, scales = (np.array([one[key] for one in variables]) for key in ("offset", "scale"))
    return np.asarray((x + offsets) * scales)


def _rounded(values: Array, own: tuple[int, int]) -> Array:
    """A value in a signed type, half to even, saturated."""
    bits, integer = own
    lsb = 2.0 ** (integer - bits)
    return np.clip(np.rint(values / lsb), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) * lsb
