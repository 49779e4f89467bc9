"""What is refused, and why: whole lines, one for every problem of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.numeric.output_form import ARGMAX
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from tests.onnx.handmade import QONNX, Model
from tests.onnx.test_operations import conv, dense, normal, op


def refused(model: Model, folder: Path, *outputs: str) -> str:
    """The reader's message about a file."""
    with pytest.raises(ModelError) as caught:
        load_model(model.save(folder, *(outputs or ("y",))))
    return str(caught.value)


def after(shape: tuple[int, ...], operation: Callable[[Model, str], str]) -> Model:
    """An operation after a quantized input; its output is ``y``."""
    model = Model(shape)
    operation(model, model.quant("x", 0.13, 5))
    model.nodes[-1].output[0] = "y"
    return model


def quantizer(scale: float = 0.2, bits: float = 4, zero: float = 0, **attributes: Any) -> Callable[[Model, str], str]:
    return lambda model, x: model.quant(dense(6, 3)(model, x), scale, bits, zero, **attributes)


def truncated(zero: float) -> Callable[[Model, str], str]:
    """The input without its low bits."""

    def add(model: Model, x: str) -> str:
        stored = [model.constant(value) for value in (0.3, zero, 5.0, 3.0)]
        return model.node("Trunc", [x, *stored], QONNX, rounding_mode="FLOOR")

    return add


CASES: dict[str, tuple[Model, str]] = {
    "op": (after((6,), op("Cos")), "y (Cos): operation is not supported; docs/model_files.md lists those that are"),
    "integer": (after((6,), op("MatMulInteger")), "y (MatMulInteger): computes on integers; export QDQ"),
    "bits": (after((6,), quantizer(bits=4.5)), "y (Quant): bitwidth 4.5 is not an integer from 1 to 32"),
    "scale": (
        after((6,), quantizer(scale=-0.5)),
        "y (Quant): scale -0.5 is not positive; the model file is damaged",
    ),
    "attribute": (
        after((6,), quantizer(saturates=1)),
        "y (Quant): attribute saturates=1 is unknown; bxnn cannot tell what it does",
    ),
    "divided": (
        after((6,), lambda model, x: model.node("Div", [model.quant(x, 0.3, 3), model.quant(x, 0.2, 3)])),
        "y (Div): divides by a tensor of the network; multiply by a table of its reciprocal instead",
    ),
    "softmax": (
        after((6,), lambda model, x: model.node("Mul", [model.node("Softmax", [x]), model.constant(2)])),
        "y (Mul): reads a softmax, which has no exact result; put a quantizer right after the softmax",
    ),
    "softmax of channels": (
        after(
            (6,),
            lambda model, x: model.quant(
                model.node("Softmax", [model.quant(x, np.arange(1, 7) * 0.1, 4)]), 0.1, 4, name="quantized"
            ),
        ),
        "y: is a softmax of numbers of different scales or shifts; put a quantizer in front of the softmax",
    ),
    "power": (
        after((6,), op("Pow", 0.5)),
        "y (Pow): exponent 0.5 is not supported; use one of 1 to 4, or a table",
    ),
    "celu": (after((6,), op("Celu", alpha=-2.0)), "y (Celu): alpha -2.0 is not positive; use a positive number"),
    "shapes": (
        after((6,), lambda model, x: model.node("Add", [model.quant(x, 0.3, 3), op("Slice", [0], [4], [1])(model, x)])),
        "y (Add): combines shapes (6,) and (4,), which do not fit together",
    ),
    "matrices": (
        after((2, 6), lambda model, x: model.node("MatMul", [x, x])),
        "y (MatMul): multiplies shapes (2, 6) and (2, 6), which do not fit together",
    ),
    "over the batch": (
        after((6,), op("ReduceMean", axes=[0, 1])),
        "y (ReduceMean): axes (0, 1) are not supported; name axes other than the batch",
    ),
    "interpolated": (
        after((2, 4, 4), op("Resize", np.zeros(0), [1, 1, 2, 2], mode="linear")),
        "y (Resize): mode 'linear' with factors [1.0, 1.0, 2.0, 2.0] is not supported; repeat pixels whole times",
    ),
    "truncated": (
        after((6,), truncated(1)),
        "y (Trunc): has a zero point, or a scale that is not positive; use a Quant instead",
    ),
    "no multiple": (
        after((6,), truncated(0)),
        "y (Trunc): reads numbers that are not multiples of its scale; put a Quant of that scale in front of it",
    ),
    "alpha": (
        after((6,), op("Gemm", normal(6, 3), alpha=0.0)),
        "y (Gemm): alpha 0.0 is not supported; use a number other than 0",
    ),
    "group": (
        after((2, 5, 6), conv(3, 2, 2, 2, group=2)),
        "y (Conv): group 2 does not fit 2 channels and 3 filters",
    ),
    "average": (
        after((2, 5, 6), op("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 0, 0])),
        "y (AveragePool): averages fewer pixels at the border; use count_include_pad=1 or no padding",
    ),
    "ceil": (
        after((2, 5, 6), op("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)),
        "y (MaxPool): ceil_mode adds windows beyond the image; use ceil_mode=0",
    ),
    "batch": (
        after((2, 5), op("Transpose", perm=[1, 0, 2])),
        "y (Transpose): perm (1, 0, 2) moves the batch axis; leave it first",
    ),
    "pending": (
        after((6,), lambda model, x: dense(6, 2)(model, op("LeakyRelu", alpha=0.3)(model, x))),
        "y (MatMul): reads numbers that are not quantized; put a quantizer in front of it",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line(name: str, tmp_path: Path) -> None:
    model, line = CASES[name]
    assert refused(model, tmp_path) == line


def test_an_input_without_a_number_format(tmp_path: Path) -> None:
    model = Model((6,))
    model.nodes.append(helper.make_node("MatMul", ["x", model.weights(normal(6, 3), 0.1)], ["y"]))
    assert refused(model, tmp_path) == (
        "y (MatMul): reads input 'x', which has no number format; put a quantizer in front of it, or declare one in "
        'design.yaml: inputs: {x: "fixed<W,I,RND_CONV,SAT>"}'
    )


def test_several_problems_are_reported_together(tmp_path: Path) -> None:
    """What follows from another problem is not reported."""
    model = Model((6,))
    x = model.quant("x", 0.13, 5)
    model.quant(model.node("Cos", [x]), 0.1, 4, name="y")
    model.quant(x, 0.1, 4.5, name="z")
    assert refused(model, tmp_path, "y", "z").splitlines() == [
        "cos1 (Cos): operation is not supported; docs/model_files.md lists those that are",
        "z (Quant): bitwidth 4.5 is not an integer from 1 to 32",
    ]


def container(change: Callable[[object], None]) -> Model:
    """A good model whose file is changed."""

    class Changed(Model):
        def encoded(self, *outputs: str) -> bytes:
            model = self.model(*outputs)
            change(model)
            return bytes(model.SerializeToString())

    model = Changed((6,))
    model.quant(dense(6, 3)(model, model.quant("x", 0.13, 5)), 0.2, 4, name="y")
    return model


def _external(model: object) -> None:
    tensor = model.graph.initializer[0]  # type: ignore[attr-defined]
    tensor.data_location = TensorProto.EXTERNAL


def _subgraph(model: object) -> None:
    graph = helper.make_graph([], "inner", [], [])
    model.graph.node[0].attribute.append(helper.make_attribute("then_branch", graph))  # type: ignore[attr-defined]


def _function(model: object) -> None:
    model.functions.append(helper.make_function("d", "f", [], [], [], []))  # type: ignore[attr-defined]


def _dims(model: object) -> None:
    model.graph.initializer[0].dims[:] = [1 << 40, 1 << 40]  # type: ignore[attr-defined]


def _strings(model: object) -> None:
    model.graph.initializer[0].data_type = TensorProto.STRING  # type: ignore[attr-defined]


def _sparse(model: object) -> None:
    model.graph.sparse_initializer.add()  # type: ignore[attr-defined]


def _infinite(model: object) -> None:
    model.graph.initializer[0].raw_data = np.float32(np.inf).tobytes()  # type: ignore[attr-defined]


CONTAINERS = {
    "external": (_external, "small.onnx: tensor 'c0' is stored in another file; save the model in one file"),
    "subgraph": (_subgraph, "small.onnx: node Quant contains a graph; export the model without If, Loop and Scan"),
    "function": (_function, "small.onnx: defines functions; export it with its functions inlined"),
    "dims": (
        _dims,
        "small.onnx: tensor 'c0' has shape (1099511627776, 1099511627776); the limit is 1048576",
    ),
    "strings": (_strings, "small.onnx: tensor 'c0' holds strings; use float32 or integers"),
    "sparse": (_sparse, "small.onnx: has sparse weights; export dense ones"),
    "infinite": (
        _infinite,
        "small.onnx: tensor 'c0' holds a number that is not finite; the model file is damaged",
    ),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_what_no_file_may_hold(name: str, tmp_path: Path) -> None:
    change, line = CONTAINERS[name]
    assert refused(container(change), tmp_path) == line


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it has no graph"),
        (b"\x3a\x05\x0a", "field 7 is cut short"),
        (b"\x3b", "field 7 has wire type 3"),
        (b"\x80" * 11, "an integer is cut short or longer than 64 bits"),
    ],
)
def test_what_is_no_message(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert str(caught.value) == f"m.onnx: is not an ONNX model, or a damaged one ({why})"


def test_argmax_of_codes_of_different_scales(tmp_path: Path) -> None:
    model = Model((6,))
    weights = model.weights(normal(6, 3), np.array([0.1, 0.13, 0.17]))
    model.node("MatMul", [model.quant("x", 0.13, 5), weights], name="y")
    graph = load_model(model.save(tmp_path, "y"))
    with pytest.raises(ConfigError) as caught:
        run(graph, PIPELINE, PassOptions(outputs={"y": (ARGMAX,)}))
    assert str(caught.value) == (
        "design.yaml: outputs: y: its elements have different scales, so their codes cannot be compared; "
        'declare its result in design.yaml: layers: {y: {output: "fixed<W,I,RND_CONV,SAT>"}}'
    )
