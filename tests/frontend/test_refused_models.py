# ruff: noqa: E501  whole messages, one per line
"""The table of models that are refused: each through the command line, the whole message, exit code 2.

Every group is a row of the specification of the front ends; what is in a row is said to a user in these words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import cli
from tests.frontend import handmade as hand
from tests.frontend.hgq_files import HgqLayer, Quant, keras_bytes, plain
from tests.frontend.test_hgq1 import written as hgq1
from tests.frontend.test_hgq_quantizers import one_dense
from tests.onnx.handmade import QONNX, Model
from tests.onnx.test_lwtnn import SEQUENTIAL
from tests.onnx.test_operations import dense, normal, op
from tests.onnx.test_refusals import CONTAINERS, container

File = Callable[[Path], Path]


def hgq2(*layers: HgqLayer) -> File:
    def write(folder: Path) -> Path:
        path = folder / "m.keras"
        path.write_bytes(keras_bytes(list(layers), (3,)))
        return path

    return write


def conf(name: str = "d", **changed: Any) -> HgqLayer:
    """A dense layer, its input quantizer changed."""
    layer = one_dense(plain((3,)))
    own = layer.quantizers["iq"].conf
    more = {**layer.config, "name": name, "iq_conf": {**own, "config": {**own["config"], **changed}}}
    return HgqLayer(layer.kind, name, more, layer.own, layer.quantizers)


def onnx(*operations: Callable[[Model, str], str], shape: tuple[int, ...] = (6,), quantized: bool = True) -> File:
    """A chain of operations after a quantizer; their output is ``y``."""

    def write(folder: Path) -> Path:
        model = Model(shape)
        x = model.quant("x", 0.13, 5) if quantized else "x"
        for operation in operations:
            x = operation(model, x)
        model.nodes[-1].output[0] = "y"
        return model.save(folder, "y")

    return write


def quantizer(scale: Any = 0.2, bits: Any = 4, zero: float = 0, **attributes: Any) -> Callable[[Model, str], str]:
    return lambda model, x: model.quant(x, scale, bits, zero, **attributes)


def unstored(model: Model, x: str) -> str:
    """A scale that is computed from the input."""
    scale = model.node("ReduceMean", [x], axes=[1], keepdims=0)
    return model.node("Quant", [x, scale, model.constant(0), model.constant(4)], QONNX, signed=1, narrow=0)


def added(model: Model, x: str) -> str:
    return model.node("Add", [model.quant(dense(6, 6)(model, x), 0.003, 12), model.quant(x, 0.002, 12)])


def keras(*layers: hand.Json, **stored: Any) -> File:
    def write(folder: Path) -> Path:
        path = folder / "m.keras"
        path.write_bytes(hand.keras_file(hand.sequential(*layers), hand.weights(**stored)))
        return path

    return write


def lwtnn(folder: Path) -> Path:
    path = folder / "net.json"
    path.write_text(json.dumps(SEQUENTIAL))
    return path


def hgq1_training(folder: Path) -> Path:
    layers = [{"class_name": f"HGQ>{kind}", "config": {"name": kind.lower()}} for kind in ("HQuantize", "HDense")]
    return hgq1(folder, layers, {})


def unary(function: str, bits: int) -> HgqLayer:
    """A table of HGQ2 whose input has ``bits`` bits."""
    config = {"activation": function, "enable_iq": True, "enable_oq": True}
    narrow, wide = plain((1, 3), 1, 4, overflow="SAT"), plain((1, 3), 3, bits - 4, overflow="SAT")
    own = {"scale": np.ones(1, np.float32), "bias": np.zeros(1, np.float32)}
    return HgqLayer("QAffinedUnaryFunctionLUT", "table", config, own, {"iq": wide, "oq": narrow})


def silu(model: Model, x: str) -> str:
    return model.node("Mul", [x, model.node("Sigmoid", [x])])


def float_layer(name: str, inputs: int) -> tuple[hand.Json, dict[str, Any]]:
    stored = {f"{name}__kernel": normal(inputs, 2), f"{name}__bias": normal(2)}
    return hand.dense(name, 2, kernel_quantizer=None, bias_quantizer=None), stored


def float_keras(folder: Path) -> Path:
    (first, one), (second, two) = float_layer("fc1", 3), float_layer("fc2", 2)
    return keras(first, second, **one, **two)(folder)


def float_matmul(inputs: int, outputs: int) -> Callable[[Model, str], str]:
    return lambda model, x: model.node("MatMul", [x, model.constant(normal(inputs, outputs))])


def blob(name: str) -> File:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(b"\x80\x04N.")
        return folder / name

    return write


def saved_model(folder: Path) -> Path:
    (folder / "saved").mkdir()
    (folder / "saved/saved_model.pb").write_bytes(b"")
    return folder / "saved"


TABLE: dict[str, dict[str, tuple[File, str]]] = {
    "HGQ2 and HGQ1": {
        "float": (
            hgq2(conf(q_type="float")),
            "d (QDense): iq_conf: q_type 'float' is not exact in fixed point; use 'kbi' or 'kif'",
        ),
        "WRAP_SM": (
            hgq2(conf(overflow_mode="WRAP_SM")),
            "d (QDense): iq_conf: overflow_mode 'WRAP_SM' is not supported; use WRAP, SAT or SAT_SYM",
        ),
        "several": (
            hgq2(conf("a", q_type="float"), conf("b", overflow_mode="WRAP_SM")),
            (
                "a (QDense): iq_conf: q_type 'float' is not exact in fixed point; use 'kbi' or 'kif'\n"
                "b (QDense): iq_conf: overflow_mode 'WRAP_SM' is not supported; use WRAP, SAT or SAT_SYM"
            ),
        ),
        "never traced": (
            hgq2(one_dense(Quant(np.zeros(3, int), np.full(3, -(10**9)), np.full(3, 4)))),
            "d (QDense): iq_conf: its integer bits were never traced; run trace_minmax(model, data) before you save it",
        ),
        "training": (
            hgq1_training,
            (
                "hquantize (HQuantize): is a layer that HGQ1 trains, not one of its proxy models; save to_proxy_model(model) and compile that\n"
                "hdense (HDense): is a layer that HGQ1 trains, not one of its proxy models; save to_proxy_model(model) and compile that"
            ),
        ),
    },
    "scales": {
        "summed": (
            onnx(quantizer(np.arange(1, 7) * 0.1), dense(6, 2)),
            "y (MatMul): reads channels of different scales; share one quantizer: put it in front of the layer",
        ),
        "added": (
            onnx(added),
            "y (Add): combines numbers of scales 0.003 and 0.002; share one quantizer between the branches",
        ),
    },
    "quantizers": {
        "zero": (onnx(quantizer(zero=0.5)), "y (Quant): zero point 0.5 is not an integer; use one"),
        "bits of channels": (
            onnx(quantizer(bits=[4, 4, 4, 5, 5, 5])),
            "y (Quant): bitwidth has shape (6,); use one number",
        ),
        "scale at run time": (
            onnx(unstored),
            "y (Quant): scale is computed by the network; export the model with a constant one",
        ),
        "several": (
            onnx(quantizer(zero=0.5), quantizer(bits=4.5), op("Relu"), quantizer(rounding_mode="TRUNCATE")),
            (
                "quant1 (Quant): zero point 0.5 is not an integer; use one\n"
                "quant2 (Quant): bitwidth 4.5 is not an integer from 1 to 32\n"
                "y (Quant): rounding_mode 'TRUNCATE' is not a mode of QONNX; pquant writes it for rounding toward zero, which QONNX does not know; use ROUND, FLOOR, DOWN, HALF_UP, HALF_DOWN, CEIL, UP"
            ),
        ),
        "DynamicQuantizeLinear": (
            onnx(op("DynamicQuantizeLinear")),
            "y (DynamicQuantizeLinear): finds its scale at run time; export QDQ with static scales",
        ),
        "QLinearConv": (onnx(op("QLinearConv"), shape=(2, 4, 4)), "y (QLinearConv): computes on integers; export QDQ"),
        "QLinearMatMul": (onnx(op("QLinearMatMul")), "y (QLinearMatMul): computes on integers; export QDQ"),
        "ConvInteger": (onnx(op("ConvInteger"), shape=(2, 4, 4)), "y (ConvInteger): computes on integers; export QDQ"),
    },
    "operations": {
        "TRUNCATE": (
            onnx(quantizer(rounding_mode="TRUNCATE")),
            "y (Quant): rounding_mode 'TRUNCATE' is not a mode of QONNX; pquant writes it for rounding toward zero, which QONNX does not know; use ROUND, FLOOR, DOWN, HALF_UP, HALF_DOWN, CEIL, UP",
        ),
        "domain": (
            onnx(op("Quant", domain="com.example")),
            "y (Quant): domain 'com.example' is unknown; use operations of ONNX and QONNX",
        ),
        "FloatQuant": (
            onnx(op("FloatQuant", domain=QONNX)),
            "y (FloatQuant): quantizes to floating point; use Quant with integers",
        ),
        "external data": (
            lambda folder: container(CONTAINERS["external"][0]).save(folder, "y"),
            "small.onnx: tensor 'c0' is stored in another file; save the model in one file",
        ),
        "subgraph": (
            lambda folder: container(CONTAINERS["subgraph"][0]).save(folder, "y"),
            "small.onnx: node Quant contains a graph; export the model without If, Loop and Scan",
        ),
    },
    "tables": {
        "HGQ2 of 15 bits": (
            hgq2(unary("gelu", 15)),
            "table (QAffinedUnaryFunctionLUT): needs a table for 15 bits, but at most 14 are supported; put a quantizer of at most 12 bits in front",
        ),
        "ONNX of 15 bits": (
            onnx(dense(6, 4), quantizer(0.00005, 20), silu, quantizer(0.1, 8)),
            "y: rounds a function of 18 bits to 8 bits, which needs a table; put a quantizer of at most 12 bits in front of it",
        ),
        "scales of 16 bits": (
            onnx(dense(6, 4), quantizer(0.003, 10), dense(4, 4), quantizer(0.0003, 16)),
            "y: rounds 15 bits to 16 bits with scales or shifts of float32, which no multiplier of a reasonable size does exactly; quantize it to at most 12 bits, or choose scales that are powers of two",
        ),
        "not monotone, on an accumulator": (
            onnx(dense(6, 4), quantizer(0.003, 10), dense(4, 4), silu, quantizer(0.01, 8)),
            "y: rounds a function of 15 bits to 8 bits, which needs a table; put a quantizer of at most 12 bits in front of it",
        ),
    },
    "float weights": {
        "ONNX": (
            onnx(float_matmul(6, 3)),
            'y (MatMul): has float weights without a quantizer; give formats in design.yaml, layers: {y: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or events: bxnn calibrate MODEL --events x.npz, or export a quantized model (QONNX or QDQ)',
        ),
        "ONNX, nothing quantized": (
            onnx(float_matmul(6, 3), op("Relu"), float_matmul(3, 2), quantized=False),
            (
                'matmul0 (MatMul): has float weights without a quantizer; give formats in design.yaml, layers: {matmul0: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or events: bxnn calibrate MODEL --events x.npz, or export a quantized model (QONNX or QDQ)\n'
                "matmul0 (MatMul): reads input 'x', which has no number format; put a quantizer in front of it, or declare one in design.yaml: inputs: {x: \"fixed<W,I,RND_CONV,SAT>\"}\n"
                'y (MatMul): has float weights without a quantizer; give formats in design.yaml, layers: {y: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or events: bxnn calibrate MODEL --events x.npz, or export a quantized model (QONNX or QDQ)'
            ),
        ),
        "Keras": (
            float_keras,
            (
                'fc1 (QDense): kernel is not quantized and needs 27 bits on one grid, but at most 18 are supported; train with a kernel_quantizer, or give formats in design.yaml, layers: {fc1: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or events: bxnn calibrate MODEL --events x.npz\n'
                'fc2 (QDense): kernel is not quantized and needs 28 bits on one grid, but at most 18 are supported; train with a kernel_quantizer, or give formats in design.yaml, layers: {fc2: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or events: bxnn calibrate MODEL --events x.npz'
            ),
        ),
        "lwtnn": (
            lwtnn,
            (
                'inputs (input): has no number format, as lwtnn files have none; declare it in design.yaml: inputs: {inputs: "fixed<W,I,RND_CONV,SAT>"}\n'
                'layer_1 (dense): has no number format, as lwtnn files have none; declare it in design.yaml: layers: {layer_1: {kernel: "fixed<W,I,RND_CONV,SAT>", bias: "fixed<W,I,RND_CONV,SAT>", output: "fixed<W,I,RND_CONV,SAT>"}}\n'
                'layer_3 (dense): has no number format, as lwtnn files have none; declare it in design.yaml: layers: {layer_3: {kernel: "fixed<W,I,RND_CONV,SAT>", bias: "fixed<W,I,RND_CONV,SAT>"}}'
            ),
        ),
    },
    "files": {
        "PyTorch": (
            blob("m.pt"),
            "m.pt: is a PyTorch model, which may execute code when it is read; export ONNX (QONNX for Brevitas), and compile that",
        ),
        "PyTorch, other ending": (
            blob("m.pth"),
            "m.pth: is a PyTorch model, which may execute code when it is read; export ONNX (QONNX for Brevitas), and compile that",
        ),
        "pickle": (
            blob("m.pkl"),
            "m.pkl: is a Python pickle, which may execute code when it is read; export ONNX (QONNX for Brevitas), and compile that",
        ),
        "weights of ONNX": (
            blob("m.onnx.data"),
            "m.onnx.data: holds the weights of an ONNX model; export ONNX with the weights inside, and compile that",
        ),
        "TensorFlow Lite": (
            blob("m.tflite"),
            "m.tflite: is a TensorFlow Lite model; compile the Keras model that it was made from, or export ONNX QDQ",
        ),
        "SavedModel": (
            saved_model,
            "saved: is a SavedModel folder; save the Keras model as .keras or .h5, and compile that",
        ),
    },
}


CASES = [
    pytest.param(write, line, id=f"{row}: {name}")
    for row, cases in TABLE.items()
    for name, (write, line) in cases.items()
]


@pytest.mark.parametrize(("write", "lines"), CASES)
def test_the_whole_message(write: File, lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed to the output, and nothing is written."""
    (tmp_path / "design.yaml").write_text("initiation_interval: 1\n")
    design, build = tmp_path / "design.yaml", tmp_path / "build"
    assert cli.run(["compile", str(write(tmp_path)), "-c", str(design), "-o", str(build)]) == 2
    printed = capsys.readouterr()
    assert (printed.err, printed.out, build.exists()) == (f"{lines}\n", "", False)
