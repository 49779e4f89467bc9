"""Proxy models of HGQ1: quantizers and tables between plain layers."""

import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.numeric.rounding import Rounding
from tests.frontend import handmade as hand
from tests.frontend.hgq_files import outputs
from tests.ir.strategies import rounded

Arrays = dict[str, NDArray[Any]]
RNG = np.random.default_rng(2)
X = RNG.normal(0, 3, (100, 3)).astype(np.float32)
KEEP, BITS, INTEGERS = np.array([1, 0, 1]), np.array([5, 0, 3]), np.array([3, 0, -1])


def fixed(name: str, rounding: str = "RND", overflow: str = "SAT", **more: Any) -> hand.Json:
    config = {
        "name": name,
        "RND": rounding,
        "SAT": overflow,
        "shape": [1, 3],
        "overrides": {"layers": {}},
        "fusible": True,
    }
    return {"class_name": "HGQ>FixedPointQuantizer", "config": config | more}


def dense(name: str, units: int) -> hand.Json:
    return {"class_name": "Dense", "config": {"name": name, "units": units, "activation": "linear", "use_bias": True}}


def formats(keep: Any = KEEP, bits: Any = BITS, integers: Any = INTEGERS) -> Arrays:
    columns = {"keep_negative": keep, "bits": bits, "integers": integers}
    return {name: np.asarray(column, np.int8)[np.newaxis] for name, column in columns.items()}


def written(folder: Path, layers: list[hand.Json], stored: dict[str, Arrays]) -> Path:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["model_config"] = json.dumps(hand.sequential(*layers))
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name in stored]
        for name, arrays in stored.items():
            for short, array in arrays.items():
                root.create_dataset(f"{name}/{name}/{short}:0", data=array)
    (folder / "m.h5").write_bytes(stream.getvalue())
    return folder / "m.h5"


def defined(x: float, element: int, rounding: str, overflow: str) -> Fraction:
    """Both counts of bits include the sign."""
    keep, bits, integers = int(KEEP[element]), int(BITS[element]), int(INTEGERS[element])
    if bits == 0:
        return Fraction(0)
    code = rounded(Fraction(float(x)) * Fraction(2) ** (bits - integers), Rounding[rounding])
    high = 2 ** (bits - keep) - 1
    low = -keep * (high + 1)
    if overflow == "WRAP":
        code = (code - low) % 2**bits + low
    else:
        code = max(-keep * high if overflow == "SAT_SYM" else low, min(high, code))
    return Fraction(code) / Fraction(2) ** (bits - integers)


@pytest.mark.parametrize("rounding", ["RND", "TRN", "RND_CONV", "RND_ZERO", "RND_INF", "RND_MIN_INF", "TRN_ZERO"])
@pytest.mark.parametrize("overflow", ["WRAP", "SAT", "SAT_SYM"])
def test_a_quantizer_of_every_mode(rounding: str, overflow: str, tmp_path: Path) -> None:
    weights = {"kernel": np.eye(3, dtype=np.float32), "bias": np.array([0.5, 1, -0.25], np.float32)}
    layers = [fixed("q", rounding, overflow), dense("d", 3)]
    found = outputs(written(tmp_path, layers, {"q": formats(), "d": weights}), X)
    wanted = [[float(defined(x, e, rounding, overflow)) for e, x in enumerate(row)] for row in X]
    assert np.array_equal(found, np.array(wanted) + weights["bias"])


def test_a_table_wraps_its_address(tmp_path: Path) -> None:
    table = np.arange(16, dtype=np.float32) ** 2 / 8
    lut = {"class_name": "HGQ>UnaryLUT", "config": {"name": "t", "kif_in": [1, 1, 2], "kif_out": [0, 5, 3]}}
    found = outputs(written(tmp_path, [fixed("q"), lut], {"q": formats(), "t": {"table": table}}), X)
    codes = np.array([[defined(x, e, "RND", "SAT") for e, x in enumerate(row)] for row in X])
    places = [[rounded(value * 4, Rounding.RND_CONV) % 16 for value in row] for row in codes]
    assert np.array_equal(found, table[np.array(places)])


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    return str(caught.value)


def test_a_training_model_is_refused(tmp_path: Path) -> None:
    layers = [{"class_name": f"HGQ>{kind}", "config": {"name": kind.lower()}} for kind in ("HQuantize", "HDense")]
    problem = "is a layer that HGQ1 trains, not one of its proxy models; save to_proxy_model(model) and compile that"
    assert refusal(written(tmp_path, layers, {})) == (f"hquantize (HQuantize): {problem}\nhdense (HDense): {problem}")


BROKEN = [
    (
        fixed("q", "UP"),
        formats(),
        "mode UP is not supported; use one of TRN, TRN_ZERO, RND, RND_CONV, RND_INF, RND_ZERO, RND_MIN_INF",
    ),
    (fixed("q", overflow="CLIP"), formats(), "mode CLIP is not supported; use one of WRAP, SAT, SAT_SYM"),
    (fixed("q"), {}, "its keep_negative is missing from the weights file; the model file is damaged"),
    (fixed("q"), formats(bits=-BITS), "has a format of negative width or sign; the model file is damaged"),
    (
        fixed("q"),
        {name: array.astype(np.int32) for name, array in formats().items()},
        "keep_negative, bits, integers are not int8 of one shape; the model file is damaged",
    ),
    (
        fixed("q"),
        formats(np.ones(4), np.ones(4), np.ones(4)),
        "its formats have shape (1, 4), but its input has (3,)",
    ),
]


@pytest.mark.parametrize(("layer", "arrays", "problem"), BROKEN, ids=[problem[:9] for _, _, problem in BROKEN])
def test_broken_quantizers(layer: hand.Json, arrays: Arrays, problem: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, [layer], {"q": arrays})) == f"q (FixedPointQuantizer): {problem}"


def test_a_table_of_too_many_bits(tmp_path: Path) -> None:
    lut = {"class_name": "HGQ>UnaryLUT", "config": {"name": "t", "kif_in": [1, 8, 8], "kif_out": [0, 5, 3]}}
    problem = "needs a table for 17 bits, but at most 14 are supported; put a quantizer of at most 12 bits in front"
    assert refusal(written(tmp_path, [lut], {"t": {"table": np.zeros(8, np.float32)}})) == f"t (UnaryLUT): {problem}"
