"""Every pitfall of HGQ2 files, one by one, against the definition in exact fractions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.report.notice_text import notice_text
from tests.frontend.hgq_files import HgqLayer, Quant, dense, h5_bytes, keras_bytes, outputs, plain

RNG = np.random.default_rng(4)
X = np.concatenate([RNG.normal(0, 4, (60, 3)), np.arange(-96, 96).reshape(-1, 3) / 16]).astype(np.float32)
KERNEL = RNG.normal(0, 1, (3, 2)).astype(np.float32)
BIAS = np.array([0.7, -3.3], np.float32)
# Keep_negative, integer and fraction bits of three elements: signed, unsigned, no bits.
MIXED = (np.array([1, 0, 1]), np.array([1, 2, -3]), np.array([2, 0, 2]))


def written(folder: Path, *layers: HgqLayer, shape: tuple[int, ...] = (3,), named: bool = False) -> Path:
    path = folder / ("m.h5" if named else "m.keras")
    path.write_bytes((h5_bytes if named else keras_bytes)(list(layers), shape))
    return path


def one_dense(iq: Quant, kq: Quant | None = None, bq: Quant | None = None, **more: Any) -> HgqLayer:
    kq, bq = kq or plain((3, 2), 1, 4, overflow="SAT_SYM"), bq or plain((2,), 3, 4)
    layer = dense("d", KERNEL, BIAS, iq=iq.batched(), kq=kq, bq=bq)
    return HgqLayer(layer.kind, layer.name, {**layer.config, **more}, layer.own, layer.quantizers)


def expected(iq: Quant, kq: Quant | None = None, bq: Quant | None = None) -> NDArray[np.float64]:
    kq, bq = kq or plain((3, 2), 1, 4, overflow="SAT_SYM"), bq or plain((2,), 3, 4)
    return np.asarray(iq.apply(X) @ kq.apply(KERNEL) + bq.apply(BIAS))


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        run(load_model(path), PIPELINE, PassOptions())
    return str(caught.value)


@pytest.mark.parametrize("named", [False, True], ids=["keras", "h5"])
@pytest.mark.parametrize("rounding", ["RND", "RND_CONV", "TRN", "S_RND"])
@pytest.mark.parametrize("overflow", ["WRAP", "wrap", "SAT", "SAT_SYM"])
@pytest.mark.parametrize("q_type", ["kbi", "kif"])
def test_variables_are_found_whatever_their_order(
    q_type: str, overflow: str, rounding: str, named: bool, tmp_path: Path
) -> None:
    iq = Quant(*MIXED, q_type, overflow, rounding)
    assert np.array_equal(outputs(written(tmp_path, one_dense(iq), named=named), X), expected(iq))


def test_the_order_on_which_variables_depend_matters(tmp_path: Path) -> None:
    """Read in the order of the other overflow mode, the same arrays are refused: k is not where it should be."""
    good = one_dense(Quant(*MIXED, "kif", "WRAP"))
    wrong = {**good.quantizers["iq"].conf["config"], "overflow_mode": "SAT"}
    conf = {**good.quantizers["iq"].conf, "config": wrong}
    assert refusal(written(tmp_path, one_dense(Quant(*MIXED, "kif", "WRAP"), iq_conf=conf))) == (
        "d (QDense): its variables cannot be read (a quantizer holds 4 variables instead of 3: i, f, k); "
        "the model file is damaged"
    )


def test_an_array_of_a_quantizer_is_used_in_every_element(tmp_path: Path) -> None:
    iq = plain((3,), 1, 2)
    before = outputs(written(tmp_path, one_dense(iq)), X)
    for element in range(3):
        changed = Quant(iq.k, iq.i, iq.f + (np.arange(3) == element))
        assert not np.array_equal(outputs(written(tmp_path, one_dense(changed)), X), before)


def test_an_element_of_no_bits_keeps_its_place_and_costs_nothing(tmp_path: Path) -> None:
    graph = run(load_model(written(tmp_path, one_dense(Quant(*MIXED)))), PIPELINE, PassOptions())
    tensor = graph.tensors()["x"]
    assert tensor.shape == (3,)
    assert (int(tensor.low[2]), int(tensor.high[2])) == (0, 0)
    assert (int(tensor.low[0]), int(tensor.high[0])) == (-8, 7)
    told = "x: 1 of 3 elements (2) has no bits: nothing depends on it"
    assert [notice_text(notice) for notice in graph.notices][-1] == told


def test_frozen_layers_and_quantizers_keep_the_order(tmp_path: Path) -> None:
    iq = Quant(*MIXED, more={"trainable": False})
    assert np.array_equal(outputs(written(tmp_path, one_dense(iq, trainable=False)), X), expected(iq))


@pytest.mark.parametrize(
    ("q_type", "rounding", "trainable", "wraps"),
    [("kif", "TRN", True, False), ("kbi", "RND", True, False), ("kbi", "TRN", True, True), ("kif", "RND", False, True)],
)
def test_weights_that_train_to_wrap_are_only_rounded(
    q_type: str, rounding: str, trainable: bool, wraps: bool, tmp_path: Path
) -> None:
    more = {"is_weight": True, "trainable": trainable}
    bq = Quant(np.array([1, 0]), np.array([-1, -4]), np.array([3, 2]), q_type, "WRAP", rounding, more)
    wide = plain((2,), 40, 1, rounding=rounding)
    rounded = Quant(wide.k, wide.i, np.array([3, 2]), rounding=rounding)
    iq = plain((3,))
    assert np.array_equal(
        outputs(written(tmp_path, one_dense(iq, bq=bq)), X), expected(iq, bq=bq if wraps else rounded)
    )


def test_a_scale_and_a_shift_after_a_quantizer(tmp_path: Path) -> None:
    oq = plain((2,), 3, 2, more={"scaler": 0.5, "affine": [2.0, -0.75]})
    layer = one_dense(plain((3,)))
    with_oq = HgqLayer(
        layer.kind, layer.name, {**layer.config, "enable_oq": True}, layer.own, {**layer.quantizers, "oq": oq.batched()}
    )
    wanted = plain((2,), 2, 3).apply(expected(plain((3,)))) * 2 - 0.75
    assert np.array_equal(outputs(written(tmp_path, with_oq), X), wanted)


@pytest.mark.parametrize(
    ("kind", "integer", "factor", "shift"), [("HardTanhConfig", 0, 1, 0), ("HardSigmoidConfig", 1, 0.25, 0.5)]
)
def test_hard_tanh_and_sigmoid_leave_their_format_out_of_the_file(
    kind: str, integer: int, factor: float, shift: float, tmp_path: Path
) -> None:
    gone = {"overflow_mode": None, "k0": None}
    hard = plain((2,), integer, 3, overflow="SAT", conf_class=kind)
    conf = {key: value for key, value in hard.conf["config"].items() if key not in gone}
    layer = one_dense(plain((3,)))
    config = {**layer.config, "enable_oq": True, "oq_conf": {**hard.conf, "config": conf}}
    with_oq = HgqLayer(layer.kind, layer.name, config, layer.own, {**layer.quantizers, "oq": hard.batched()})
    wanted = hard.apply(expected(plain((3,)))) * factor + shift
    assert np.array_equal(outputs(written(tmp_path, with_oq), X), wanted)


def test_a_dummy_quantizer_changes_nothing(tmp_path: Path) -> None:
    iq = plain((3,))
    layer = one_dense(iq, plain((3, 2), 1, 4, overflow="SAT_SYM"))
    dummy = {**layer.quantizers["bq"].conf, "config": {"q_type": "dummy"}}
    own = {**layer.own, "bias": np.array([0.75, -3.5], np.float32)}
    changed = HgqLayer(layer.kind, layer.name, {**layer.config, "bq_conf": dummy}, own, layer.quantizers)
    wanted = expected(iq) - plain((2,), 3, 4).apply(BIAS) + own["bias"]
    assert np.array_equal(outputs(written(tmp_path, changed), X), wanted)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"q_type": "float"}, "q_type 'float' is not exact in fixed point; use 'kbi' or 'kif'"),
    ({"overflow_mode": "WRAP_SM"}, "overflow_mode 'WRAP_SM' is not supported; use WRAP, SAT or SAT_SYM"),
    ({"round_mode": "STOCHASTIC"}, "round_mode 'STOCHASTIC' is not supported; use RND, RND_CONV or TRN"),
    ({"scaler": 0.3}, "scaler 0.3 is not a power of two; use one"),
    ({"affine": [3.0, 0.5]}, "affine factor 3.0 is not a power of two; use one"),
    ({"affine": "x"}, "affine 'x' is not a factor and a shift; the model file is damaged"),
    ({"is_weight": 3}, "is_weight 3 is not true or false; the model file is damaged"),
]


@pytest.mark.parametrize(("changed", "problem"), REFUSED, ids=[str(list(changed)) for changed, _ in REFUSED])
def test_what_is_not_exact_is_refused_by_name(changed: dict[str, Any], problem: str, tmp_path: Path) -> None:
    layer = one_dense(plain((3,)))
    conf = layer.quantizers["iq"].conf
    path = written(tmp_path, one_dense(plain((3,)), iq_conf={**conf, "config": {**conf["config"], **changed}}))
    assert refusal(path) == f"d (QDense): iq_conf: {problem}"


def test_integer_bits_that_were_never_traced(tmp_path: Path) -> None:
    iq = Quant(np.zeros(3, int), np.full(3, -(10**9)), np.full(3, 4))
    assert refusal(written(tmp_path, one_dense(iq))) == (
        "d (QDense): iq_conf: its integer bits were never traced; run trace_minmax(model, data) before you save it"
    )


def test_formats_too_wide_are_refused(tmp_path: Path) -> None:
    one = Quant(np.ones(3, int), np.array([30, 2, 2]), np.array([30, 2, 2]))
    assert refusal(written(tmp_path, one_dense(one))) == (
        "d (QDense): iq_conf: has a format of 61 bits; use at most 48"
    )
    apart = Quant(np.ones(3, int), np.array([30, -20, 2]), np.array([-20, 30, 2]))
    assert refusal(written(tmp_path, one_dense(apart))) == (
        "d (QDense): iq_conf: its formats together need 60 bits, from 2**30 down to 2**-30; use at most 48"
    )


def test_variables_that_do_not_fit_their_tensor(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, one_dense(plain((4,))))) == (
        "d (QDense): iq_conf: its variables have shape (1, 4), but its tensor has (3,); the file is damaged"
    )


def test_a_layer_without_variables(tmp_path: Path) -> None:
    layer = one_dense(plain((3,)))
    bare = HgqLayer(layer.kind, layer.name, layer.config | {"iq_conf": layer.quantizers["iq"].conf}, layer.own)
    assert refusal(written(tmp_path, bare)) == (
        "d (QDense): iq_conf: its variables f, k, i are not in the file; the model file is damaged"
    )


def test_an_unknown_attribute_and_an_unknown_class(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, one_dense(plain((3,)), hidden=3))) == (
        "d (QDense): attribute hidden=3 is unknown; bxnn cannot tell what it does"
    )
    message = refusal(written(tmp_path, HgqLayer("QLIF", "d")))
    assert message.startswith("d (QLIF): HGQ2 layer type is not supported; supported: QAdd, ")
