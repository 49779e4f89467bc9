"""Files and layers of other kinds: what they are, and how to convert them."""

from pathlib import Path

import pytest

from bxnn.compiler import cli
from tests.frontend import handmade as hand

TORCH, PICKLE = "is a PyTorch model", "is a Python pickle"
CODE = ", which may execute code when it is read; export ONNX (QONNX for Brevitas), and compile that"
GRAPH = "is a TensorFlow graph; save the Keras model as .keras or .h5, and compile that"
LITE = "is a TensorFlow Lite model; compile the Keras model that it was made from, or export ONNX QDQ"
FILES = {"m.tflite": LITE, "m.pt": TORCH + CODE, "m.pth": TORCH + CODE, "m.pb": GRAPH}
FILES |= {"m.onnx.data": "holds the weights of an ONNX model; export ONNX with the weights inside, and compile that"}
FILES |= {"m.pkl": PICKLE + CODE, "m.txt": "is not a .keras, .h5, .json or .onnx file"}


def complaint(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert cli.run(["compile", *map(str, arguments)]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also as the model of an hls4ml configuration; the file need not exist."""
    (tmp_path / "config.yml").write_text("OutputDir: build\n")
    assert complaint(capsys, tmp_path / name) == f"{name}: {FILES[name]}\n"
    (tmp_path / name).write_bytes(b"\x80\x04N.")
    assert complaint(capsys, tmp_path / name, "-o", tmp_path / "build") == f"{name}: {FILES[name]}\n"
    if name != "m.txt":
        found = complaint(capsys, tmp_path / name, "--hls4ml-config", tmp_path / "config.yml")
        assert found == f"{name}: {FILES[name]}\n"


def test_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("saved", "empty", "folder.keras"):
        (tmp_path / name).mkdir()
    (tmp_path / "saved/saved_model.pb").write_bytes(b"")
    advice = "save the Keras model as .keras or .h5, and compile that"
    assert complaint(capsys, tmp_path / "saved") == f"saved: is a SavedModel folder; {advice}\n"
    for name in ("empty", "folder.keras"):
        assert complaint(capsys, tmp_path / name) == f"{name}: is a folder, not a model file\n"


def policy(mode: str, kind: str = "QuantizedDTypePolicy") -> hand.Json:
    config = {"mode": mode, "source_name": "float32"}
    return {"module": "keras.dtype_policies", "class_name": kind, "config": config}


def other(kind: str, module: str, **config: object) -> hand.Json:
    return {"class_name": kind, "module": module, "config": {"name": "fc1", **config}}


TF_KERAS, OPS = "tf_keras.src.layers.core.tf_op_layer", "keras.src.ops.numpy"
USE_LAYER = "which is not supported; use a Keras layer, such as Add or Reshape"
QKERAS = "whose scales are not powers of two; train the model with QKeras quantizers instead"


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        (
            other("TFOpLambda", TF_KERAS, function="math.pow"),
            f"fc1 (TFOpLambda): calls the TensorFlow function 'math.pow', {USE_LAYER}",
        ),
        (other("Power", OPS), f"fc1 (Power): is an operation on tensors, {USE_LAYER}"),
        *(
            (
                hand.dense("fc1", 2, dtype=policy(mode)),
                f"fc1 (QDense): was changed by Keras's quantize({mode!r}), {QKERAS}",
            )
            for mode in ("int8", "int4", "float8")
        ),
        (
            hand.dense("fc1", 2, dtype=policy("int4", "Int4DTypePolicy")),
            f"fc1 (QDense): was changed by Keras's quantize('int4'), {QKERAS}",
        ),
        (
            hand.dense("fc1", 2, slope=[{"a": float("inf")}]),
            "fc1 (QDense): slope holds inf, which is not finite; leave it out, or give a finite number",
        ),
    ],
)
def test_layers(layer: hand.Json, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever they are called with, in a Sequential model and in a functional one."""
    arguments = {"slice_spec": [{"start": None, "stop": 4, "step": None}]}
    chain = hand.functional([hand.input_layer("x", 3), layer], {"fc1": ["x"]}, ["fc1"])
    chain["config"]["layers"][1]["inbound_nodes"] = [["x", 0, 0, arguments]]
    for model in (hand.sequential(layer), chain):
        files = hand.write(tmp_path, model, hand.good_weights())
        assert complaint(capsys, files[0], "--weights", files[1]) == f"{problem}\n"


def test_numbers_that_are_not_finite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keras writes them if nothing is limited: the layer is named; attributes used only in training do not matter."""
    layer = other("Normalization", "keras.layers", variance=float("inf"))
    files = hand.write(tmp_path, hand.sequential(layer), hand.good_weights())
    found = complaint(capsys, files[0], "--weights", files[1])
    assert found.startswith("fc1 (Normalization): layer type is not supported; supported: Activation, ")
    limit = {"class_name": "MinMaxNorm", "config": {"max_value": float("inf")}}
    model = hand.sequential(hand.dense("fc1", 2, kernel_constraint=limit))
    files = hand.write(tmp_path, model | {"compile_config": {"clip": float("nan")}}, hand.good_weights())
    design = tmp_path / "design.yaml"
    design.write_text("initiation_interval: 1\ninputs: {x: 'fixed<8,4>'}\n")
    done = cli.run(["compile", *map(str, (files[0], "--weights", files[1], "-c", design, "-o", tmp_path / "build"))])
    assert (done, capsys.readouterr().err) == (0, "")


def test_a_constant_in_a_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``maximum(x, 2)`` of Keras 3, whose operation has the name of a supported layer."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    chain = hand.functional([hand.input_layer("x", 3), other("Maximum", OPS)], {"fc1": ["x"]}, ["fc1"])
    chain["config"]["layers"][1]["inbound_nodes"] = [{"args": [tensor, 2.0], "kwargs": {}}]
    files = hand.write(tmp_path, chain, hand.good_weights())
    problem = "combines a tensor with a constant, which is not supported"
    advice = "use a Keras layer, such as Add or Reshape"
    assert complaint(capsys, files[0], "--weights", files[1]) == f"fc1 (Maximum): {problem}; {advice}\n"


@pytest.mark.parametrize(
    ("kind", "arguments", "attributes", "problem"),
    [
        ("TrueDivide", [3.0], {}, "divides by what is not a power of two, which is not supported"),
        ("Swapaxes", [], {"axis1": 0, "axis2": 1}, "axis 0 is not supported: the batch must stay the first axis"),
        ("Take", [[0.5]], {"axis": 1}, "has indices that are not constant integers, which is not supported"),
        ("Flip", [], {"axis": None}, "axis None is not supported: the batch must stay the first axis"),
    ],
)
def test_operations_that_are_refused(
    kind: str,
    arguments: list[object],
    attributes: dict[str, object],
    problem: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    chain = hand.functional([hand.input_layer("x", 3), other(kind, OPS, **attributes)], {"fc1": ["x"]}, ["fc1"])
    chain["config"]["layers"][1]["inbound_nodes"] = [{"args": [tensor, *arguments], "kwargs": {}}]
    files = hand.write(tmp_path, chain, hand.weights())
    advice = "use a Keras layer, such as Add or Reshape"
    assert complaint(capsys, files[0], "--weights", files[1]) == f"fc1 ({kind}): {problem}; {advice}\n"
