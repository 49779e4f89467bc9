"""lwtnn files: the same numbers as in float64 up to the declared types, missing types, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.sim.reference import Reference

RNG = np.random.default_rng(3)
WIDE, FINE = "fixed<20,6,RND_CONV,SAT>", "fixed<24,6,RND_CONV,SAT>"
ACTIVATED = {"function": "elu", "alpha": 0.7}


def dense(inputs: int, outputs: int, activation: Any = "rectified") -> dict[str, Any]:
    weights, bias = RNG.normal(0, 0.5, outputs * inputs), RNG.normal(0, 0.5, outputs)
    return {
        "architecture": "dense",
        "weights": weights.tolist(),
        "bias": bias.tolist(),
        "activation": activation,
    }


def normalization(size: int) -> dict[str, Any]:
    weights, bias = RNG.uniform(0.5, 1.5, size), RNG.normal(0, 0.5, size)
    return {"architecture": "normalization", "weights": weights.tolist(), "bias": bias.tolist(), "activation": "linear"}


def variables(size: int) -> list[dict[str, Any]]:
    return [{"name": f"v{k}", "offset": float(RNG.normal()), "scale": float(RNG.uniform(0.5, 2))} for k in range(size)]


SEQUENTIAL: dict[str, Any] = {
    "inputs": variables(4),
    "layers": [normalization(4), dense(4, 6), normalization(6), dense(6, 3, "softmax")],
    "outputs": ["a", "b", "c"],
}
GRAPH: dict[str, Any] = {
    "inputs": [{"name": "jet", "variables": variables(3)}, {"name": "track", "variables": variables(2)}],
    "input_sequences": [],
    "nodes": [
        {"type": "feed_forward", "sources": [3], "layer_index": 1},
        {"type": "input", "sources": [0], "size": 3},
        {"type": "feed_forward", "sources": [1], "layer_index": 0},
        {"type": "concatenate", "sources": [2, 4]},
        {"type": "input", "sources": [1], "size": 2},
    ],
    "layers": [dense(3, 4, ACTIVATED), dense(6, 2, "linear")],
    "outputs": {"flavour": {"labels": ["a", "b"], "node_index": 0}},
}


def design(inputs: list[str], layers: list[str], outputs: tuple[str, ...] = ()) -> str:
    """A design.yaml with types for everything."""
    declared = ", ".join(f'{name}: "{WIDE}"' for name in inputs)
    parts = f'{{kernel: "{FINE}", bias: "{FINE}", output: "{WIDE}"}}'
    last = f'{{kernel: "{FINE}", bias: "{FINE}"}}'
    chosen = ", ".join(f"{name}: {last if name in outputs else parts}" for name in layers)
    return f"initiation_interval: 8\ninputs: {{{declared}}}\nlayers: {{{chosen}}}\n"


def applied(layer: dict[str, Any], x: Any) -> Any:
    """A layer as lwtnn computes it, in float64."""
    bias = np.array(layer["bias"])
    if layer["architecture"] == "normalization":
        return (x + bias) * np.array(layer["weights"])
    y = x @ np.array(layer["weights"]).reshape(len(bias), -1).T + bias
    if layer["activation"] == "rectified":
        return np.maximum(y, 0)
    return np.where(y > 0, y, 0.7 * np.expm1(y)) if layer["activation"] == ACTIVATED else y


def prepared(stored: list[dict[str, Any]], x: Any) -> Any:
    return (x + np.array([one["offset"] for one in stored])) * np.array([one["scale"] for one in stored])


def predicted(description: dict[str, Any], text: str, values: dict[str, Any], folder: Path) -> Any:
    path = folder / "net.json"
    path.write_text(json.dumps(description))
    config = parse_config(text)
    graph = lower(load_model(path, types=config.declared_types()), config)
    (found,) = Reference(graph).predict(values).values()
    return found


def test_a_chain_with_normalizations(tmp_path: Path) -> None:
    x = np.random.default_rng(4).normal(0, 1, (50, 4))
    expected = prepared(SEQUENTIAL["inputs"], x)
    for layer in SEQUENTIAL["layers"]:
        expected = applied(layer, expected)
    text = design(["inputs"], ["layer_1", "layer_3"], ("layer_3",))
    found = predicted(SEQUENTIAL, text, {"inputs": x}, tmp_path)
    assert np.abs(found - expected).max() < 2**-10


def test_a_graph_whose_nodes_are_in_no_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    values = {"jet": rng.normal(0, 0.4, (50, 3)), "track": rng.normal(0, 0.4, (50, 2))}
    jet, track = (prepared(one["variables"], values[one["name"]]) for one in GRAPH["inputs"])
    hidden = applied(GRAPH["layers"][0], jet)
    expected = applied(GRAPH["layers"][1], np.concatenate([hidden, track], axis=1))
    text = design(["jet", "track"], ["layer_0", "layer_1"], ("layer_1",))
    with pytest.raises(ModelError) as caught:
        predicted(GRAPH, text, values, tmp_path)
    assert str(caught.value) == (
        "layer_0: rounds a function of 39 bits to 20 bits, which needs a table; put a quantizer of at most 12 bits in "
        "front of it"
    )
    sums = text.replace("layers: {", 'layers: {layer_0_sum: {output: "fixed<12,5,RND_CONV,SAT>"}, ')
    found = predicted(GRAPH, sums, values, tmp_path)
    assert np.abs(found - expected).max() < 2**-6


def test_missing_types_are_named_together(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(SEQUENTIAL))
    with pytest.raises(ModelError) as caught:
        load_model(path)
    kind = '"fixed<W,I,RND_CONV,SAT>"'
    why = "has no number format, as lwtnn files have none; declare it in design.yaml: "
    assert str(caught.value).splitlines() == [
        f"inputs (input): {why}inputs: {{inputs: {kind}}}",
        f"layer_1 (dense): {why}layers: {{layer_1: {{kernel: {kind}, bias: {kind}, output: {kind}}}}}",
        f"layer_3 (dense): {why}layers: {{layer_3: {{kernel: {kind}, bias: {kind}}}}}",
    ]


@pytest.mark.parametrize("kind", ["maxout", "highway", "lstm", "gru", "simplernn", "conv1d", "embedding"])
def test_layers_that_are_not_supported(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps({**SEQUENTIAL, "layers": [{"architecture": kind}]}))
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert str(caught.value) == f"layer_0 ({kind}): is not supported in lwtnn files; use the Keras model"


def test_all_that_is_not_supported_is_reported_together(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    layers = [
        {"architecture": "lstm"},
        dense(4, 6),
        {**dense(6, 3), "activation": "cosine"},
        {"architecture": "maxout"},
    ]
    nodes = [{"type": "sequence", "sources": [0]}, {"type": "input", "sources": [0]}, {"type": "loop", "sources": [0]}]
    graph = {"inputs": [], "input_sequences": [], "layers": layers, "nodes": nodes, "outputs": {"y": {"node_index": 1}}}
    path.write_text(json.dumps(graph))
    with pytest.raises(ModelError) as caught:
        load_model(path)
    known = "linear, rectified, relu, sigmoid, softmax, tanh, hard_sigmoid, elu, leakyrelu, swish, abs"
    assert str(caught.value).splitlines() == [
        "layer_0 (lstm): is not supported in lwtnn files; use the Keras model",
        f"layer_2 (dense): activation 'cosine' is not supported; use {known}",
        "layer_3 (maxout): is not supported in lwtnn files; use the Keras model",
        "node 0 (sequence): is not supported; use the Keras model",
        "node 2 (loop): is not a node of lwtnn; the model file is damaged",
    ]
