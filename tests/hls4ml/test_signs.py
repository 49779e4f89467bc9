"""Binary and ternary layers have the bits of hls4ml's own C simulation, which lets the code 0 stand for -1."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from bxnn.compiler.errors import InternalError, ModelError
from bxnn.compiler.ir.hls4ml_signs import first_codes
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.threshold import Threshold

_EVENTS = 1000


def network(padding: str) -> Any:
    """Binary weights and inputs, binary weights alone, binary inputs alone, ternary ones; two outputs."""
    import tf_keras as keras
    from qkeras import QActivation, QConv2D, QDense, binary, quantized_bits, ternary

    bits = quantized_bits(5, 2)
    image = keras.Input((6, 5, 1), name="x")
    found = QConv2D(3, (3, 3), kernel_quantizer=binary(), bias_quantizer=bits, name="c1")(image)
    found = keras.layers.BatchNormalization(name="bn1")(found)
    found = QActivation("binary", name="a1")(found)
    found = QConv2D(4, (2, 2), kernel_quantizer=binary(alpha=1), use_bias=False, padding=padding, name="c2")(found)
    found = keras.layers.BatchNormalization(name="bn2")(found)
    found = QActivation("binary", name="a2")(found)
    found = keras.layers.Flatten(name="flat")(keras.layers.MaxPooling2D((2, 2), name="pool")(found))
    first = QDense(5, kernel_quantizer=quantized_bits(6, 1, alpha=1), bias_quantizer=bits, name="d1")(found)
    second = QDense(6, kernel_quantizer=ternary(alpha="auto"), bias_quantizer=bits, name="d2")(found)
    second = QActivation(ternary(threshold=0.8), name="a3")(second)
    second = QDense(4, kernel_quantizer=ternary(alpha=1), bias_quantizer=bits, name="d3")(second)
    return keras.Model(image, [first, QActivation("binary_tanh", name="a4")(second)])


def filled(model: Any, seed: int) -> Any:
    """A model with drawn weights."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        ends = [(0.5, 2.0) if "variance" in weight.name else (-1.0, 1.0) for weight in layer.weights]
        layer.set_weights([rng.uniform(*end, weight.shape) for end, weight in zip(ends, layer.weights, strict=True)])
    return model


def converted(model: Any, folder: Path, backend: str, precision: str = "fixed<24,10>", **names: Any) -> Any:
    """The model in one of hls4ml's back ends."""
    import hls4ml

    config = hls4ml.utils.config_from_keras_model(model, "name", backend, precision)
    for name, types in names.items():
        config["LayerName"][name]["Precision"].update(types)
    return hls4ml.converters.convert_from_keras_model(
        model, hls_config=config, output_dir=str(folder), backend=backend, io_type="io_parallel"
    )


@pytest.fixture
def qkeras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras 2 for hls4ml, and for QKeras a name that NumPy 2 no longer has."""
    import tf_keras

    monkeypatch.setitem(sys.modules, "keras", tf_keras)
    monkeypatch.setattr(np, "product", np.prod, raising=False)


@pytest.mark.usefixtures("qkeras")
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_every_kind_of_product_and_threshold_is_exact(padding: str, tmp_path: Path) -> None:
    model = filled(network(padding), 5)
    events = np.random.default_rng(6).integers(-(1 << 13), 1 << 13, (_EVENTS, 6, 5, 1)) / 1024
    both = [converted(model, tmp_path / backend, backend) for backend in ("bxnn", "Vivado")]
    for made in both:
        made.compile()
    ours, theirs = (made.predict(np.ascontiguousarray(events, np.float32)) for made in both)
    for found, expected, fewest in zip(ours, theirs, (5, 2), strict=True):
        assert np.array_equal(found.reshape(_EVENTS, -1), expected.reshape(_EVENTS, -1))
        assert len(np.unique(expected, axis=0)) >= fewest


@pytest.mark.usefixtures("qkeras")
def test_an_accumulator_too_small_for_a_count_is_refused(tmp_path: Path) -> None:
    model = filled(network("valid"), 5)
    made = converted(model, tmp_path, "bxnn", c2={"accum": "fixed<6,4>"})
    with pytest.raises(ModelError) as refused:
        made.compile()
    assert str(refused.value) == (
        "c2 (Conv2D): accum fixed<6,4> does not hold the sums of signs; give Precision: {accum: auto}"
    )


@pytest.mark.usefixtures("qkeras")
def test_a_ternary_activation_alone_is_refused(tmp_path: Path) -> None:
    """hls4ml has no template for it: its C simulation leaves the output as it finds it."""
    import tf_keras as keras
    from qkeras import QActivation, ternary

    x = keras.Input((3,), name="x")
    made = converted(keras.Model(x, QActivation(ternary(threshold=0.5), name="t")(x)), tmp_path, "bxnn")
    with pytest.raises(ModelError) as refused:
        made.compile()
    assert str(refused.value) == (
        "t (TernaryTanh): is not computed by hls4ml without a BatchNormalization before it; put one there"
    )


@given(st.integers(-500, 500), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_the_first_code_is_the_smallest_that_reaches_a_threshold(code: int, own: int, grid: int, strict: bool) -> None:
    (found,) = first_codes(FixedTensor(np.array([code]), own), grid, strict).tolist()
    reaches = [
        value * 2**own > code * 2**grid or (not strict and value * 2**own == code * 2**grid)
        for value in (found - 1, found)
    ]
    assert reaches == [False, True]


def test_every_row_of_thresholds_has_its_base_and_step() -> None:
    number_format, one = FixedFormat(True, 1, 0), FixedTensor(np.array([1]), 0)
    layer = Threshold("y", ("x",), FixedTensor(np.zeros((3, 1), np.int64), 0), one, one, number_format)
    with pytest.raises(InternalError, match="has other numbers of bases or steps than of rows of thresholds"):
        layer.infer([Tensor.of_format((3,), number_format)])
