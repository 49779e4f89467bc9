"""Layers of HGQ2 against their formulas: what their folding, their axes and their defaults mean."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.frontend import handmade as hand
from tests.frontend.hgq_files import HgqLayer, Quant, dense, in_wrapper, keras_bytes, outputs, plain
from tests.frontend.test_hgq_quantizers import refusal

RNG = np.random.default_rng(8)
X = RNG.normal(0, 2, (80, 3, 4)).astype(np.float32)
MEAN, VARIANCE = np.array([0.3, -1.2, 0.0, 2.5], np.float32), np.array([0.5, 2.0, 1e-4, 0.9], np.float32)
GAMMA, BETA = np.array([1.2, -0.4, 0.05, 0.9], np.float32), np.array([0.25, 1.5, -2.0, 0.1], np.float32)
KERNEL = RNG.normal(0, 1, (4, 2)).astype(np.float32)
BIAS = np.array([0.7, -1.3], np.float32)


def layer_file(folder: Path, layer: HgqLayer, shape: tuple[int, ...] = (3, 4)) -> Path:
    (folder / "m.keras").write_bytes(keras_bytes([layer], shape))
    return folder / "m.keras"


def formats(*kernel: int) -> dict[str, Quant]:
    kq = plain(kernel, 2, 5, overflow="SAT_SYM")
    return {"iq": plain((1, 4)).batched(), "kq": kq, "bq": plain(kernel[-1:], 4, 5)}


def on_grid(values: NDArray[np.float64] | NDArray[np.float32]) -> NDArray[np.float64]:
    """The input quantizer."""
    return plain(values.shape[1:]).apply(values)


@pytest.mark.parametrize(("scale", "center"), [(True, True), (False, True), (True, False), (False, False)])
def test_batch_normalization_without_center_adds_one(scale: bool, center: bool, tmp_path: Path) -> None:
    own = {"gamma": GAMMA} if scale else {}
    own |= {"beta": BETA} if center else {}
    own |= {"moving_mean": MEAN, "moving_variance": VARIANCE}
    quantizers = {**formats(4), "bq": plain((4,), 4, 5)}
    config = {"axis": -1, "epsilon": 0.001, "scale": scale, "center": center}
    found = outputs(layer_file(tmp_path, HgqLayer("QBatchNormalization", "bn", config, own, quantizers)), X)
    factor = (GAMMA if scale else np.float32(1)) / np.sqrt(VARIANCE + np.float32(0.001))
    shift = (BETA if center else np.float32(1)) - MEAN * factor
    wanted = on_grid(X) * quantizers["kq"].apply(factor) + quantizers["bq"].apply(shift)
    assert np.array_equal(found, wanted)


def test_a_folded_einsum_takes_the_epsilon_of_keras(tmp_path: Path) -> None:
    variance = np.array([1e-4, 1.0], np.float32)
    own: dict[str, NDArray[Any]] = {
        "kernel": KERNEL / np.float32(50),
        "bias": BIAS,
        "gamma": GAMMA[:2],
        "moving_mean": MEAN[:2],
        "moving_variance": variance,
    }
    config: dict[str, Any] = {
        "equation": "bnc,cd->bnd",
        "output_shape": [3, 2],
        "bias_axes": "d",
        "activation": "linear",
        "epsilon": 0.5,
    }
    layer = HgqLayer("QEinsumDenseBatchnorm", "e", config, own, formats(4, 2))
    found = outputs(layer_file(tmp_path, layer), X)
    factor = GAMMA[:2] / np.sqrt(variance + np.float32(1e-7))
    kernel = formats(4, 2)["kq"].apply(own["kernel"] * factor)
    assert np.array_equal(found, on_grid(X) @ kernel + formats(4, 2)["bq"].apply(BIAS - MEAN[:2] * factor))


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("equation", ["bnc,cd->bnd", "bnc,dc->bnd", "...c,dc->...d"])
def test_a_folded_einsum_has_its_outputs_anywhere_in_the_kernel(equation: str, scaled: bool, tmp_path: Path) -> None:
    """The file does not say whether there is a gamma: it is there or not."""
    order = (4, 2) if ",cd" in equation else (2, 4)
    kernel = KERNEL if order == (4, 2) else np.ascontiguousarray(KERNEL.T)
    own: dict[str, NDArray[Any]] = {"kernel": kernel, "bias": BIAS, **({"gamma": GAMMA[:2]} if scaled else {})}
    own |= {"moving_mean": MEAN[:2], "moving_variance": VARIANCE[:2]}
    config = {"equation": equation, "output_shape": [3, 2], "bias_axes": "d", "activation": "linear"}
    quantizers = {**formats(*order), "bq": plain((2,), 4, 5)}
    found = outputs(layer_file(tmp_path, HgqLayer("QEinsumDenseBatchnorm", "e", config, own, quantizers)), X)
    factor = (GAMMA[:2] if scaled else np.float32(1)) / np.sqrt(VARIANCE[:2] + np.float32(1e-7))
    folded = quantizers["kq"].apply(kernel * (factor if order == (4, 2) else factor[:, np.newaxis]))
    wanted = on_grid(X) @ (folded if order == (4, 2) else folded.T) + quantizers["bq"].apply(BIAS - MEAN[:2] * factor)
    assert np.array_equal(found, wanted)


def test_a_folded_einsum_that_normalizes_fewer_axes_than_its_bias_has(tmp_path: Path) -> None:
    own: dict[str, NDArray[Any]] = {"kernel": RNG.normal(0, 1, (4, 2, 3)).astype(np.float32)}
    own |= {"bias": np.ones((2, 3), np.float32), "gamma": GAMMA[:2]}
    own |= {"moving_mean": MEAN[:2], "moving_variance": VARIANCE[:2]}
    config = {"equation": "bnc,cde->bnde", "output_shape": [3, 2, 3], "bias_axes": "de", "activation": "linear"}
    layer = HgqLayer("QEinsumDenseBatchnorm", "e", config, own, {**formats(4, 2, 3), "bq": plain((2, 3), 4, 5)})
    wanted = "e (QEinsumDenseBatchnorm): normalizes 2 channels, but its bias has shape (2, 3); normalize bias_axes"
    assert refusal(layer_file(tmp_path, layer)) == wanted


def test_a_folded_dense_normalizes_its_inputs(tmp_path: Path) -> None:
    own = {"kernel": KERNEL, "bias": BIAS, "gamma": GAMMA, "moving_mean": MEAN, "moving_variance": VARIANCE}
    config = {"units": 2, "use_bias": True, "activation": "linear", "epsilon": 0.001, "scale": True}
    found = outputs(layer_file(tmp_path, HgqLayer("QBatchNormDense", "d", config, own, formats(4, 2))), X)
    factor = GAMMA / np.sqrt(VARIANCE + np.float32(0.001))
    kernel = formats(4, 2)["kq"].apply(factor[:, np.newaxis] * KERNEL)
    assert np.array_equal(found, on_grid(X) @ kernel + formats(4, 2)["bq"].apply(BIAS - MEAN @ KERNEL))


def test_the_mean_of_three_divides_by_four(tmp_path: Path) -> None:
    config = {"axes": [1], "keepdims": False}
    layer = HgqLayer("QMeanPow2", "m", config, {}, {"iq": plain((1, 4)).batched()})
    assert np.array_equal(outputs(layer_file(tmp_path, layer), X), on_grid(X).sum(axis=1) / 4)


@pytest.mark.parametrize(
    ("equation", "shape", "kernel"),
    [
        ("bij,jk->bik", (3, 4), (4, 2)),
        ("...j,jk->...k", (3, 4), (4, 2)),
        ("bij,ik->bkj", (3, 4), (3, 2)),
        ("bij,ijk->bik", (3, 4), (3, 4, 2)),  # a dense layer for each i
        ("bij,ij->bij", (3, 4), (3, 4)),
        ("bij,ijk->bk", (3, 4), (3, 4, 2)),
        ("bij,jk->bk", (3, 4), (4, 2)),  # i is summed first
    ],
)
def test_einsum_of_a_tensor_and_a_constant(
    equation: str, shape: tuple[int, ...], kernel: tuple[int, ...], tmp_path: Path
) -> None:
    values = RNG.normal(0, 1, kernel).astype(np.float32)
    config = {"equation": equation, "output_shape": [1], "bias_axes": None, "bq_conf": None, "activation": "linear"}
    layer = HgqLayer(
        "QEinsumDense", "e", config, {"kernel": values}, {k: v for k, v in formats(*kernel).items() if k != "bq"}
    )
    wanted = np.einsum(equation, on_grid(X), formats(*kernel)["kq"].apply(values))
    assert np.array_equal(outputs(layer_file(tmp_path, layer, shape), X), wanted)


@pytest.mark.parametrize("equation", ["bij,jk->bi", "bii,ik->bk", "bij->bi", "bij,bk->ijk", "bij,jk->bil"])
def test_equations_that_are_no_dense_layer(equation: str, tmp_path: Path) -> None:
    config = {"equation": equation, "output_shape": [1], "bias_axes": None, "bq_conf": None, "activation": "linear"}
    quantizers = {k: v for k, v in formats(4, 2).items() if k != "bq"}
    path = layer_file(tmp_path, HgqLayer("QEinsumDense", "e", config, {"kernel": KERNEL}, quantizers))
    assert refusal(path).startswith(f"e (QEinsumDense): equation {equation!r} ")


def test_a_bias_for_every_position(tmp_path: Path) -> None:
    bias = RNG.normal(0, 1, (3, 2)).astype(np.float32)
    config = {"equation": "bij,jk->bik", "output_shape": [3, 2], "bias_axes": "ik", "activation": "linear"}
    quantizers = {**formats(4, 2), "bq": plain((3, 2), 4, 5)}
    layer = HgqLayer("QEinsumDense", "e", config, {"kernel": KERNEL, "bias": bias}, quantizers)
    wanted = on_grid(X) @ quantizers["kq"].apply(KERNEL) + quantizers["bq"].apply(bias)
    assert np.array_equal(outputs(layer_file(tmp_path, layer), X), wanted)


@pytest.mark.parametrize(
    ("kind", "config", "equation"),
    [
        ("QDot", {"axes": [2, 2], "normalize": False}, "bij,bkj->bik"),
        ("QDot", {"axes": 1, "normalize": False}, "bij,bik->bjk"),
        ("QEinsum", {"equation": "bij,bik->bkj"}, "bij,bik->bkj"),
        ("QEinsum", {"equation": "bij,bij->bi"}, "bij,bij->bi"),
        ("QEinsum", {"equation": "bij,bkl->bil"}, "bij,bkl->bil"),
    ],
)
def test_products_of_two_tensors(kind: str, config: dict[str, Any], equation: str, tmp_path: Path) -> None:
    quantizer = HgqLayer("Quantizer", "q", {"config": plain((1, 3, 4)).conf}, {}, {"config": plain((1, 3, 4))})
    described = quantizer.json
    del described["config"]["config_conf"]
    layer = HgqLayer(kind, "y", {**config, "enable_iq": False})
    model = hand.functional([hand.input_layer("x", 3, 4), described, layer.json], {"q": ["x"], "y": ["q", "q"]}, ["y"])
    (tmp_path / "m.keras").write_bytes(keras_bytes([quantizer, layer], (3, 4), model))
    assert np.array_equal(outputs(tmp_path / "m.keras", X), np.einsum(equation, on_grid(X), on_grid(X)))


def test_a_table_after_a_factor_and_a_shift(tmp_path: Path) -> None:
    own = {"scale": np.array([0.7], np.float32), "bias": np.array([-0.3], np.float32)}
    oq = plain((1, 4), 1, 4, overflow="SAT", rounding="RND_CONV").batched()
    config = {"activation": "tanh", "enable_oq": True}
    layer = HgqLayer("QAffinedUnaryFunctionLUT", "l", config, own, {"iq": plain((1, 4)).batched(), "oq": oq})
    line = np.asarray(on_grid(X), np.float32) * np.float32(0.7) + np.float32(-0.3)
    assert np.array_equal(
        outputs(layer_file(tmp_path, layer), X), oq.apply(np.tanh(line.astype(np.float64)).astype(np.float32))
    )


def test_a_dense_layer_in_a_time_distributed_has_formats_without_the_steps(tmp_path: Path) -> None:
    """It is used as it is for every step, so its input formats have one axis less than the tensor."""
    quantizers = {**formats(4, 2), "iq": plain((1, 4), 2, 3)}
    layer = HgqLayer("QDense", "d", {"units": 2, "use_bias": True, "activation": "linear"}, {}, quantizers)
    wrapper = {"module": "keras.layers", "class_name": "TimeDistributed", "registered_name": None}
    model = hand.sequential({**wrapper, "config": {"name": "steps", "layer": layer.json}}, shape=(None, 3, 4))
    stored = HgqLayer("QDense", "d", {}, {"kernel": KERNEL, "bias": BIAS}, quantizers)
    data = keras_bytes([stored], (3, 4), model)
    (tmp_path / "m.keras").write_bytes(in_wrapper(data))
    wanted = plain((4,), 2, 3).apply(X.reshape(-1, 4)).reshape(X.shape) @ quantizers["kq"].apply(KERNEL)
    assert np.array_equal(outputs(tmp_path / "m.keras", X), wanted + quantizers["bq"].apply(BIAS))


def test_scaled_and_shifted_weights(tmp_path: Path) -> None:
    kq = plain((4, 2), 2, 5, overflow="SAT_SYM", more={"scaler": 4.0, "affine": [0.5, 0.25]})
    layer = dense("d", KERNEL, BIAS, **{**formats(4, 2), "kq": kq})
    folded = plain((4, 2), 2, 5, overflow="SAT_SYM").apply(KERNEL / np.float32(4)) * 4 * 0.5 + 0.25
    wanted = on_grid(X) @ folded + formats(4, 2)["bq"].apply(BIAS)
    assert np.array_equal(outputs(layer_file(tmp_path, layer), X), wanted)


def test_a_function_that_is_no_activation_of_sums(tmp_path: Path) -> None:
    layer = dense("d", KERNEL, BIAS, **formats(4, 2))
    known = (
        "linear, relu, relu6, leaky_relu, sigmoid, tanh, softmax, elu, selu, silu, swish, gelu, softplus, exponential"
    )
    changed = HgqLayer(layer.kind, layer.name, {**layer.config, "activation": "hard_tanh"}, layer.own, layer.quantizers)
    problem = f"activation 'hard_tanh' is not supported; use one of {known}, or a QUnaryFunctionLUT"
    assert refusal(layer_file(tmp_path, changed)) == f"d (QDense): {problem}"


def test_a_causal_convolution_pads_before_its_quantizer(tmp_path: Path) -> None:
    """HGQ2 0.2.0 fails at it; the values are those of its definition: a border of zeros, then ``iq``."""
    rng = np.random.default_rng(4)
    kernel, x = rng.integers(-8, 9, (3, 4, 2)) / np.float32(8), X.reshape(-1, 5, 4)
    config = {"filters": 2, "kernel_size": [3], "strides": [1], "padding": "causal", "dilation_rate": [1]}
    config |= {"use_bias": False, "groups": 1, "activation": "linear"}
    iq, kq = plain((1, 4)).batched(), plain((3, 4, 2), 2, 5, overflow="SAT_SYM")
    layer = HgqLayer("QConv1D", "c", config, {"kernel": kernel}, {"iq": iq, "kq": kq})
    found = outputs(layer_file(tmp_path, layer, shape=(5, 4)), x)
    padded = np.pad(plain((5, 4)).apply(x), ((0, 0), (2, 0), (0, 0)))
    windows = np.stack([padded[:, k : k + 5] for k in range(3)], axis=2)
    assert np.array_equal(found, np.einsum("ntkc,kco->nto", windows, kq.apply(kernel)))


def test_a_convolution_and_a_pool_of_a_volume(tmp_path: Path) -> None:
    """The formula of both; ``same`` pads before the first tap along one axis of four voxels, two taps and stride 3."""
    rng = np.random.default_rng(5)
    kernel, x = rng.integers(-8, 9, (2, 1, 2, 2, 3)) / np.float32(8), rng.normal(0, 2, (60, 4, 3, 4, 2))
    iq = plain((1, 1, 1, 2)).batched()
    kq = plain((2, 1, 2, 2, 3), 2, 5, overflow="SAT_SYM")
    config = {"filters": 3, "kernel_size": [2, 1, 2], "strides": [1, 2, 3], "padding": "same", "use_bias": False}
    config |= {"dilation_rate": [1, 1, 1], "groups": 1, "activation": "linear"}
    volume = HgqLayer("QConv3D", "c", config, {"kernel": kernel}, {"iq": iq, "kq": kq})
    found = outputs(layer_file(tmp_path, volume, shape=(4, 3, 4, 2)), x)
    padded = np.pad(plain((4, 3, 4, 2)).apply(x), ((0, 0), (0, 1), (0, 0), (0, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2, 1, 2), (1, 2, 3))[:, :, ::2, ::3]
    assert np.array_equal(found, np.einsum("nabcidhw,dhwio->nabco", windows, kq.apply(kernel)))
    config = {"pool_size": [2, 3, 2], "strides": [2, 3, 1], "padding": "valid"}
    pool = HgqLayer("QMaxPooling3D", "p", config, {}, {"iq": iq})
    found = outputs(layer_file(tmp_path, pool, shape=(4, 3, 4, 2)), x)
    windows = np.lib.stride_tricks.sliding_window_view(plain((4, 3, 4, 2)).apply(x), (2, 3, 2), (1, 2, 3))
    assert np.array_equal(found, windows[:, ::2, ::3].max(axis=(5, 6, 7)))
