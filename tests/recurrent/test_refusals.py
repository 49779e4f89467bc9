# ruff: noqa: E501  whole messages, one per line
"""Recurrent layers that cannot be unrolled exactly are refused in one line that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from tests.frontend import handmade as hand

Q = hand.quantizer


def recurrent(kind: str = "QSimpleRNN", **more: Any) -> dict[str, Any]:
    config = {"name": "r", "units": 1, "activation": "quantized_tanh(4)", "use_bias": True}
    roles = ("kernel_quantizer", "recurrent_quantizer", "bias_quantizer", "state_quantizer")
    config |= {role: Q(bits=4, integer=0, alpha=1) for role in roles} if kind.startswith("Q") else {}
    return {"class_name": kind, "config": config | more}


def both_ways(**more: Any) -> dict[str, Any]:
    return {"class_name": "Bidirectional", "config": {"name": "b", "layer": recurrent()} | more}


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            recurrent(stateful=True),
            "r (QSimpleRNN): stateful True is not supported; only the steps of one event are computed; feed all of them as one input",
        ),
        (recurrent(return_state=True), "r (QSimpleRNN): return_state True is not supported; omit it"),
        (recurrent(time_major=True), "r (QSimpleRNN): time_major True is not supported; omit it"),
        (recurrent(use_window=3), "r (QSimpleRNN): attribute use_window=3 is unknown; bxnn cannot tell what it does"),
        (
            recurrent("QGRU", recurrent_quantizer=None),
            "r (QGRU): recurrent_quantizer None is not supported; QKeras then uses its input kernel instead; give it a quantizer",
        ),
        (
            recurrent("QLSTM", state_quantizer=None),
            "r (QLSTM): nothing rounds its state, which grows in every step; train with a state_quantizer",
        ),
        (
            recurrent(state_quantizer=None, activation="relu"),
            "r (QSimpleRNN): nothing rounds its state, which grows in every step; train with a state_quantizer",
        ),
        (
            recurrent("LSTM", activation="tanh", recurrent_activation="sigmoid"),
            "r (LSTM): nothing rounds its state, which grows in every step; use QLSTM with a state_quantizer",
        ),
        (
            recurrent(state_quantizer="binary()"),
            "r (QSimpleRNN): state_quantizer 'binary()' is not supported; it changes the initial state, which is 0; use quantized_bits",
        ),
        (
            recurrent(state_quantizer="relu"),
            "r (QSimpleRNN): state_quantizer 'relu' is not supported; use quantized_bits",
        ),
        (
            both_ways(merge_mode="max"),
            "b (Bidirectional): merge_mode 'max' is unknown; use one of concat, sum, mul, ave",
        ),
        (both_ways(layer=None), "b (Bidirectional): holds no layer; the model file is damaged"),
        (both_ways(weights=3), "b (Bidirectional): attribute weights=3 is unknown; train without it"),
        (
            both_ways(layer=recurrent(stateful=True)),
            "forward_r (QSimpleRNN): stateful True is not supported; only the steps of one event are computed; feed all of them as one input\n"
            "backward_r (QSimpleRNN): stateful True is not supported; only the steps of one event are computed; feed all of them as one input",
        ),
        (recurrent(units=0), "r (QSimpleRNN): units 0 is not a positive integer; the model file is damaged"),
        (recurrent(units=2), "r (QSimpleRNN): weight 'kernel' has shape (3, 1), but the model needs (3, 2)"),
    ],
)
def test_messages(layer: dict[str, Any], message: str, tmp_path: Path) -> None:
    assert refusal(layer, tmp_path) == message


def test_a_layer_without_steps(tmp_path: Path) -> None:
    assert (
        refusal(recurrent(), tmp_path, (None, 3))
        == "r (QSimpleRNN): takes (steps, features), but its input has shape (3,)"
    )


def refusal(layer: dict[str, Any], folder: Path, shape: Any = (None, 2, 3)) -> str:
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3, "Bidirectional": 0}[layer["class_name"].removeprefix("Q")]
    arrays = {} if gates == 0 else {"kernel": (3, gates), "recurrent_kernel": (1, gates), "bias": (gates,)}
    stored = hand.weights(**{f"r__{name}": np.full(size, 0.5) for name, size in arrays.items()})
    with pytest.raises(ModelError) as caught:
        load_model(*hand.write(folder, hand.sequential(layer, shape=shape), stored))
    return str(caught.value)
