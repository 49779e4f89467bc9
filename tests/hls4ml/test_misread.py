"""ONNX models that hls4ml 1.3.0 misreads, or whose names are not identifiers: refused in one line, or correct."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import numpy_helper

from bxnn.compiler.errors import ModelError
from tests.hls4ml.onnx_models import QonnxBuilder
from tests.hls4ml.test_onnx import convert


def message(model: Any, folder: Path, **layers: Any) -> str:
    converted = convert(model, folder / "build", "bxnn", **layers)
    with pytest.raises(ModelError) as caught:
        converted.compile()
    return str(caught.value)


def test_a_global_pool(tmp_path: Path) -> None:
    """hls4ml treats channels first as channels last."""
    net = QonnxBuilder(1)
    x = net.node("GlobalMaxPool", [net.convolution("x", "c", 2, 4)], "g")
    net.node("Flatten", [x], "y")
    expected = (
        "GlobalMaxPool_0 (GlobalPooling2D): treats the input of shape (4, 4, 5) as having 4 channels; "
        "give it channels last"
    )
    model = net.model([2, 6, 7], "y", 4, channels_last=True)
    assert message(model, tmp_path) == expected


def test_padding(tmp_path: Path) -> None:
    """hls4ml applies the padding of channels first to channels last."""
    net = QonnxBuilder(1)
    net.constants.append(numpy_helper.from_array(np.array([0, 0, 1, 2, 0, 0, 1, 0]), "pads"))
    x = net.convolution(net.node("Pad", ["x", "pads"], "p"), "c", 2, 3)
    net.node("Flatten", [x], "y")
    expected = "Conv2D_Conv_0 (Conv2D): gives (8, 6, 3) from (10, 8, 2), but hls4ml gives it (8, 8, 3)"
    assert message(net.model([2, 8, 8], "y", 192, channels_last=True), tmp_path) == expected


def test_a_product_of_matrices(tmp_path: Path) -> None:
    net = QonnxBuilder(1)
    x = net.quant("x", "x_q", 2**-4, 8, signed=True)
    net.node("Flatten", [net.node("MatMul", [x, net.weight("w", 4, 3)], "m")], "y")
    expected = "Dense_MatMul_0 (PointwiseConv1D): has 12 weights, but its shape (1, 4, 15) needs 60"
    assert message(net.model([5, 4], "y", 15), tmp_path) == expected


def small() -> Any:
    net = QonnxBuilder(1)
    net.relu(net.dense("x", "fc", 6, 4), "y")
    return net.model([6], "y", 4)


def test_names_with_slashes_and_dots(tmp_path: Path) -> None:
    """As exported by PyTorch: identifiers in the firmware, the model's own names in errors and in LayerName."""
    model = small()
    for number, node in enumerate(model.graph.node):
        node.name = f"/net/part.{number}/{node.op_type}"
    types = {"/net/part.2/MatMul": {"Precision": {"accum": "fixed<9,0,TRN,SAT>"}}}
    expected = (
        "Dense_/net/part.2/MatMul (Dense): accum fixed<9,0> can saturate on the way, which depends on the order of its "
        "terms; give Precision: {accum: auto}"
    )
    assert message(model, tmp_path, **types) == expected
    convert(model, tmp_path / "build", "bxnn").compile()
    assert (tmp_path / "build/vhdl/net_Dense_net_part_2_MatMul.vhd").is_file()


def test_a_model_without_outputs(tmp_path: Path) -> None:
    """hls4ml loses an output whose node's name begins with a digit, which qonnx-cleanup changes."""
    model = small()
    model.graph.node[-1].name = "1relu"
    expected = "net: hls4ml finds no output in the model; for an ONNX model, run qonnx-cleanup on the file"
    assert message(model, tmp_path) == expected
