"""Anything that cannot be honoured is refused in one line that names the layer, the attribute and what to do."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bxnn.compiler.errors import InputError
from bxnn.compiler.frontend.hls4ml.hls4ml_config import check_hls_config, check_names
from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.hls4ml_backend.compile import compile_model_graph, design_of
from bxnn.compiler.ir.pooling import check_sum
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from tests.frontend.handmade import Json
from tests.hls4ml.networks import layer
from tests.hls4ml.small import TYPES, graph_of, small


def fc1(**types: str) -> Json:
    return {"fc1": {"Precision": TYPES["fc1"]["Precision"] | types}}


def message(function: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        function(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (
            fc1(accum="fixed<11,3,TRN,SAT>"),
            "fc1 (Dense): accum fixed<11,3> can saturate on the way, which depends on the order of its terms; "
            "give Precision: {accum: auto}",
        ),
        (
            fc1(result="fixed<8,4,RND,SAT_ZERO>"),
            "fc1 (Dense): result fixed<8,4,RND,SAT_ZERO,0>: SAT_ZERO is not supported; use WRAP, SAT, SAT_SYM",
        ),
        (
            fc1(result="fixed<8,4,RND,WRAP,2>"),
            "fc1 (Dense): result fixed<8,4,RND,WRAP,2>: saturation bits are not supported; use 0",
        ),
        (
            fc1(weight="float"),
            "fc1 (Dense): weight float (StandardFloatPrecisionType) is not supported; "
            "use fixed<W,I>, ufixed<W,I>, int<W> or uint<W>",
        ),
    ],
)
def test_types(types: Json, expected: str, tmp_path: Path) -> None:
    assert message(graph_of, tmp_path, types=types) == expected


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            layer("Activation", "act", activation="exponential"),
            "act (Activation): activation 'exponential' is not supported; use one of linear, relu, relu6, leaky_relu, "
            "sigmoid, tanh, softplus, softsign, elu, selu, hard_sigmoid, hard_tanh, binary_tanh, softmax",
        ),
        (
            layer("ThresholdedReLU", "act", theta=-0.5),
            "act (ParametrizedActivation): threshold -0.5 is not supported; use 0, which is relu, or more",
        ),
        (
            layer("PReLU", "act"),
            "act (PReLU): has slopes below 1 and above 1; keep them on one side",
        ),
        (
            layer("Embedding", "act", input_dim=3, output_dim=2),
            "act (Embedding): reads fixed<12,4>, but counts rows; give its input an unsigned integer type, "
            "such as uint<8>",
        ),
    ],
)
def test_layers(added: Json, expected: str, tmp_path: Path) -> None:
    stored = {"act__alpha": [0.1, 1.2, 0.3], "act__embeddings": [[0.0, 1.0]] * 3}
    assert message(graph_of, tmp_path, added, stored=stored) == expected


def test_other_layers(tmp_path: Path) -> None:
    """The message lists those that are read."""
    rows = layer("Reshape", "rows", target_shape=[3, 1])
    normalization = layer("LayerNormalization", "act", axis=[2], epsilon=0.001)
    stored = {"act__gamma": [1.0], "act__beta": [0.0]}
    assert message(graph_of, tmp_path, rows, normalization, stored=stored) == (
        "act (LayerNormalization): layer type is not supported; supported: Activation, ApplyAlpha, "
        "BatchNormalization, BatchNormalizationQuantizedTanh, Bidirectional, Concatenate, Conv1D, Conv2D, "
        "Conv2DBatchnorm, Cropping1D, Cropping2D, Dense, DepthwiseConv1D, DepthwiseConv2D, Embedding, GRU, "
        "GlobalPooling1D, GlobalPooling2D, HardActivation, Input, InputLayer, LSTM, LeakyReLU, Merge, "
        "PReLU, ParametrizedActivation, PointwiseConv1D, PointwiseConv2D, Pooling1D, Pooling2D, Reshape, "
        "Resize, SimpleRNN, Softmax, TernaryTanh, ThresholdedReLU, TimeDistributed, Transpose, "
        "ZeroPadding1D, ZeroPadding2D"
    )


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"Modell": {}}, "HLSConfig: key 'Modell' is unknown; did you mean 'Model'?"),
        ({"Model": {"Reuse": 1}}, "HLSConfig: Model: key 'Reuse' is unknown; did you mean 'ReuseFactor'?"),
        ({"Model": {"ReuseFactor": 0}}, "HLSConfig: Model: ReuseFactor 0 is not a positive integer"),
        (
            {"Model": {"Strategy": "Magic"}},
            "HLSConfig: Model: Strategy 'Magic' is not supported; "
            "use one of Latency, Resource, Resource_Unrolled, Distributed_Arithmetic",
        ),
        (
            {"Model": {"Strategy": "Stable"}},
            "HLSConfig: Model: Strategy 'Stable' is not supported; "
            "use one of Latency, Resource, Resource_Unrolled, Distributed_Arithmetic",
        ),
        (
            {"Model": {"Compression": True}},
            "HLSConfig: Model: Compression True is not supported; zero weights need no multiplier anyway",
        ),
        (
            {"Model": {"BramFactor": 100}},
            "HLSConfig: Model: BramFactor 100 is not supported; weights are constants of the firmware",
        ),
        (
            {"LayerName": {"c1": {"ParallelizationFactor": 4}}},
            "HLSConfig: LayerName: c1: ParallelizationFactor 4 is not supported; "
            "ReuseFactor decides how many multipliers a convolution has",
        ),
        (
            {"LayerName": {"fc1": {"Precision": 8}}},
            'HLSConfig: LayerName: fc1: Precision default: 8 is not a type; use "fixed<W,I>" or auto',
        ),
        (
            {"SkipOptimizers": ["convert"]},
            "HLSConfig: SkipOptimizers: is not supported; bxnn needs hls4ml's own flow",
        ),
        ({"LayerName": [1]}, "HLSConfig: LayerName: [1] is not a mapping of keys to values"),
    ],
)
def test_configuration(config: Json, expected: str) -> None:
    assert message(check_hls_config, config) == expected


def test_an_accumulator_of_averages() -> None:
    """The lowest sum is that of the lowest pixels: -128 fits 8 integer bits, just as 127.99 does."""
    wide, narrow = (FixedQuantizer(FixedFormat(True, bits, 4), Rounding.TRN, Overflow.WRAP) for bits in (7, 6))
    pixels = Tensor.of_format((4, 4, 1), FixedFormat(True, 5, 4))
    made = NodeLayers(SimpleNamespace(name="mean", class_name="Pooling2D"), "mean", ("x",), (pixels,), str)
    check_sum(made, wide, 4)
    problem = "accum fixed<11,7> does not hold a sum of 4 pixels; give Precision: {accum: fixed<12,8>}"
    assert message(check_sum, made, narrow, 4) == f"mean (Pooling2D): {problem}"


def test_what_hls4ml_writes_by_default_is_accepted(tmp_path: Path) -> None:
    model = {"Precision": {"default": "fixed<16,6>"}, "ReuseFactor": 1, "Strategy": "Latency"}
    model |= {"BramFactor": 1_000_000_000, "TraceOutput": False, "BitExact": None}
    names = {"fc1": {"Trace": False, "Precision": {"result": "auto"}, "ReuseFactor": 1, "TableSize": 1024}}
    assert check_hls_config({"Model": model, "LayerName": names}) == ()


def test_names_must_be_there() -> None:
    check_names({"LayerName": {"FC1": {}}, "LayerType": {"dense": {}}}, ["fc1"], ["Dense"])
    problem = "HLSConfig: LayerName: fc3: is not a layer of the model; did you mean 'fc1'?"
    assert message(check_names, {"LayerName": {"fc3": {}}}, ["fc1", "relu"], ["Dense"]) == problem
    problem = "HLSConfig: LayerType: Dens: is not a layer type of the model; did you mean 'Dense'?"
    assert message(check_names, {"LayerType": {"Dens": {}}}, ["fc1"], ["Dense", "Activation"]) == problem


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"board": "xcvu9p", "part": "xc7a35t"},
            "Part: 'xc7a35t' is not the part of board 'xcvu9p', which is 'xcvu9p-flga2104-2-e'; keep one",
        ),
        ({"clock_period": 0}, "ClockPeriod: 0 is not a number of nanoseconds from 0.5 to 1000"),
        ({"io_type": "io_serial"}, "IOType: 'io_serial' is not supported; use 'io_parallel' or 'io_stream'"),
        ({"initiation_interval": 0}, "design.yaml: initiation_interval: 0 is not an integer from 1 to 65536"),
    ],
)
def test_options(options: Json, expected: str, tmp_path: Path) -> None:
    model = small(tmp_path, **options)
    assert message(compile_model_graph, model, tmp_path / "build").startswith(expected)
    assert not (tmp_path / "build").exists()


def test_a_misspelled_layer_of_a_keras_model(tmp_path: Path) -> None:
    """hls4ml keeps the model; names that it derives from the model's are accepted, also those of fused layers."""
    model = small(tmp_path, types={"fc1_softmax": {"ReuseFactor": 1}, "dropout": {"ReuseFactor": 1}})
    model.config.config["KerasModel"] = SimpleNamespace(layers=[SimpleNamespace(name=n) for n in ("fc1", "dropout")])
    assert compile_model_graph(model, tmp_path / "build").initiation_interval == 1
    model.config.config["HLSConfig"]["LayerName"]["fc2"] = {"ReuseFactor": 2}
    problem = "HLSConfig: LayerName: fc2: is not a layer of the model; did you mean 'fc1'?"
    assert message(compile_model_graph, model, tmp_path / "other") == problem


def test_an_unknown_keyword(tmp_path: Path) -> None:
    expected = "backend bxnn: keyword 'clock' is unknown; did you mean 'clock_period'?"
    assert message(small, tmp_path, clock=5) == expected


def test_reuse_and_strategy_become_the_design(tmp_path: Path) -> None:
    second = layer("Dense", "fc2", units=3, activation="linear", use_bias=True)
    stored = {"fc2__kernel": [[0.5] * 3] * 3, "fc2__bias": [0.0] * 3}
    types: Json = {"fc1": TYPES["fc1"] | {"ReuseFactor": 2, "Strategy": "Resource"}, "fc2": {"ReuseFactor": 6}}
    types["fc2"]["Precision"] = TYPES["fc1"]["Precision"]
    types["fc2_linear"] = TYPES["fc1_linear"]
    model = small(tmp_path, second, types=types, stored=stored, clock_period=5, part="xcvu13p-flga2577-2-e")
    design = design_of(model)
    assert (design.initiation_interval, design.clock_mhz, design.board, design.name) == (6, 200.0, "xcvu13p", "net")
    assert design.layers["fc1"].model_dump(exclude_none=True) == {"strategy": "dsp", "reuse_factor": 2}
    assert "fc2" not in design.layers
    model.config.config["InitiationInterval"] = 4
    problem = "HLSConfig: fc2: ReuseFactor 6 is more than the initiation interval of 4"
    assert message(design_of, model) == f"{problem}; lower it, or raise the interval"
