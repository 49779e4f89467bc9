"""Networks made outside this project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.registry import keras_layer_types
from tests.frontend.quantizer_cases import Case
from tests.frontend.test_quantizers_match_qkeras import answers

MODELS = Path(__file__).parents[2].parent / "shared/models"
ARGUMENTS = {"bits": 6, "integer": 0, "alpha": 1, "use_ste": False}

pytestmark = pytest.mark.third_party


def test_jet_tagger(tmp_path: Path) -> None:
    """Codes of all kernels and biases equal the output of QKeras' own quantizer."""
    weights = MODELS / "jet_tagger/qkeras_3layer_weights.h5"
    graph = load_model(MODELS / "jet_tagger/qkeras_3layer.json", weights)
    dense: dict[str, Any] = {layer.name: layer.quantized() for layer in graph.layers if layer.kind == "dense"}
    assert list(dense) == ["fc1", "fc2", "fc3", "output"]
    with h5py.File(weights) as file:
        stored = {(name, role): file[f"{name}/{name}/{role}:0"][()] for name in dense for role in ("kernel", "bias")}
    cases: list[Case] = [("quantized_bits", ARGUMENTS, array) for array in stored.values()]
    for (name, role), (_, theirs) in zip(stored, answers(cases, tmp_path), strict=True):
        ours = getattr(dense[name], role)
        assert np.array_equal(ours.aligned(5).codes, np.rint(theirs * 32)), (name, role)
        assert np.array_equal(ours.values, theirs), (name, role)
    assert graph.outputs == ("softmax",)


def test_mnist_cnn() -> None:
    """Refused by name as long as no layer class reads QConv2D; loads once one does."""
    if {"QConv2D", "MaxPooling2D"} <= set(keras_layer_types()):
        graph = load_model(MODELS / "mnist_cnn/qkeras_mnist_cnn.json", MODELS / "mnist_cnn/qkeras_mnist_cnn_weights.h5")
        assert graph.inputs == ("input_1",)
        return
    with pytest.raises(ModelError) as caught:
        load_model(MODELS / "mnist_cnn/qkeras_mnist_cnn.json", MODELS / "mnist_cnn/qkeras_mnist_cnn_weights.h5")
    assert str(caught.value).startswith(("q_conv2d (QConv2D): ", "max_pooling2d (MaxPooling2D): "))
