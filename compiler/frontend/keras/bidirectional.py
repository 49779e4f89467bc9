"""``Bidirectional`` of Keras as the model that it stands for: two layers, one backwards, and what joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.compiler.errors import ModelError

BIDIRECTIONAL = ("Bidirectional", "QBidirectional")
_JOINED = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average"}
_KNOWN = ("backward_layer", "batch_input_shape", "dtype", "layer", "merge_mode", "name", "trainable")
_REVERSED = {"slice_spec": [{"start": None, "stop": None, "step": None}, {"start": None, "stop": None, "step": -1}]}


def as_model(subject: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a functional model that computes the same.

    The second layer reads the steps backwards; if it answers with a sequence, that is in the order of the steps again.

    Args:
        subject: The layer's name in error messages.
        config: Its attributes; untrusted.

    Raises:
        ModelError: If it holds no layer, or an attribute is not supported.
    """
    unknown = sorted(set(config) - set(_KNOWN))
    if unknown:
        raise ModelError(subject, f"attribute {unknown[0]}={config[unknown[0]]!r} is unknown; train without it")
    mode = config.get("merge_mode", "concat")
    if mode is not None and (not isinstance(mode, str) or mode not in _JOINED):
        raise ModelError(subject, f"merge_mode {mode!r} is unknown; use one of {', '.join(_JOINED)}")
    name, first = str(config["name"]), _layer(subject, config.get("layer"))
    given = config.get("backward_layer")
    second = _mirrored(first) if given is None else _layer(subject, given)
    entry, forward, backward = f"{name}/steps", f"forward_{_name(first)}", f"backward_{_name(second)}"
    start = {key: config[key] for key in ("batch_input_shape",) if key in config}
    layers = [
        {"class_name": "InputLayer", "config": {**start, "name": entry}, "inbound_nodes": []},
        _reading(first, forward, entry),
        _reading(second, backward, entry),
    ]
    ends = [forward, backward]
    if first["config"].get("return_sequences"):
        ends[1] = f"{name}/in_order"
        function = {"name": ends[1], "function": "__operators__.getitem"}
        nodes = [[backward, 0, 0, _REVERSED]]
        layers.append({"class_name": "SlicingOpLambda", "config": function, "inbound_nodes": nodes})
    if mode is not None:
        joined, nodes = {"name": f"{name}/joined"}, [[[end, 0, 0] for end in ends]]
        layers.append({"class_name": _JOINED[mode], "config": joined, "inbound_nodes": nodes})
        ends = [f"{name}/joined"]
    outputs = [[end, 0, 0] for end in ends]
    return {"name": name, "layers": layers, "input_layers": [[entry, 0, 0]], "output_layers": outputs}


def _layer(subject: str, item: Any) -> dict[str, Any]:
    """The description of a layer inside."""
    if not isinstance(item, dict) or not isinstance(item.get("config"), dict):
        raise ModelError(subject, "holds no layer; the model file is damaged")
    return item


def _name(item: Mapping[str, Any]) -> str:
    return str(item["config"].get("name"))


def _mirrored(item: dict[str, Any]) -> dict[str, Any]:
    """The same layer, reading its steps in the other order."""
    return {**item, "config": {**item["config"], "go_backwards": not item["config"].get("go_backwards", False)}}


def _reading(item: dict[str, Any], name: str, source: str) -> dict[str, Any]:
    """A layer under another name that reads a tensor."""
    return {**item, "config": {**item["config"], "name": name}, "inbound_nodes": [[[source, 0, 0]]]}
