"""Every supported quantizer equals the QKeras class on every code, tie, neighbour and edge."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from bxnn.compiler.ir.source import HalfSum
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from tests.frontend.quantizer_cases import Case, hard, least_squares, on_a_grid, scaled

Answer = tuple[Case, NDArray[np.float64]]


def answers(cases: list[Case], folder: Path) -> list[Answer]:
    """What the QKeras classes compute."""
    request, result = folder / "request.npz", folder / "result.npz"
    described = json.dumps([[name, arguments, f"x{index}"] for index, (name, arguments, _) in enumerate(cases)])
    arrays: dict[str, Any] = {f"x{index}": x for index, (_, _, x) in enumerate(cases)}
    np.savez(request, cases=np.array(described), **arrays)
    script = Path(__file__).with_name("qkeras_oracle.py")
    subprocess.run([sys.executable, str(script), str(request), str(result)], check=True, timeout=300)
    with np.load(result) as stored:
        values = [stored[f"arr_{index}"].astype(np.float64) for index in range(len(cases))]
    return list(zip(cases, values, strict=True))


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Answer]]:
    groups = {
        "grid": list(on_a_grid()),
        "scaled": list(scaled()),
        "auto_po2": list(least_squares()),
        "hard": list(hard()),
    }
    known = iter(answers([case for cases in groups.values() for case in cases], tmp_path_factory.mktemp("oracle")))
    return {group: [next(known) for _ in cases] for group, cases in groups.items()}


def serialised(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": name, "config": arguments}


def mismatches(found: list[tuple[Case, NDArray[np.float64], NDArray[np.float64]]]) -> Iterator[str]:
    """Cases that differ; an error of a few float32 roundings of the input is due to the class itself."""
    for (name, arguments, x), ours, theirs in found:
        allowed = 0.0 if "use_ste" in arguments else np.maximum(np.abs(x), np.abs(ours)) * 2.0**-21
        wrong = np.flatnonzero(~(np.abs(ours - theirs) <= allowed))
        if wrong.size:
            at = np.unravel_index(wrong[0], x.shape)
            yield f"{name} {arguments} at {x[at]!r}: ours {ours[at]}, QKeras {theirs[at]}"


def test_as_weights(oracle: dict[str, list[Answer]]) -> None:
    found = []
    for case, theirs in oracle["grid"] + oracle["scaled"]:
        name, arguments, x = case
        quantizer = parse_weight_quantizer("d (QDense)", "bias_quantizer", serialised(name, arguments))
        found.append((case, quantizer.quantize(x).values, theirs))
    assert len(found) == 799
    assert list(mismatches(found)) == []


def test_as_activations_on_reals_and_on_codes(oracle: dict[str, list[Answer]]) -> None:
    found = []
    for case, theirs in oracle["grid"]:
        name, arguments, x = case
        function = parse_activation("a (QActivation)", "activation", serialised(name, arguments))
        assert isinstance(function, FixedQuantizer | StepFunction)
        lsb = np.float64(function.format.lsb)
        found.append((case, function.quantize_real(x) * lsb, theirs))
        fraction_bits = function.format.fraction_bits + 8
        codes = np.ldexp(x.astype(np.float64), fraction_bits)
        exact = (codes == np.rint(codes)) & (np.abs(codes) < 2**40)
        part = (name, arguments, x[exact])
        values = np.asarray(function.evaluate(codes[exact].astype(np.int64), fraction_bits), np.float64)
        found.append((part, values * lsb, theirs[exact]))
    assert list(mismatches(found)) == []


def test_hard_tanh_and_sigmoid_on_every_code(oracle: dict[str, list[Answer]]) -> None:
    found = []
    for case, theirs in oracle["hard"]:
        name, arguments, x = case
        function = parse_activation("a (QActivation)", "activation", serialised(name, arguments))
        mean = isinstance(function, HalfSum)
        quantizer = function.function if isinstance(function, HalfSum) else function
        assert isinstance(quantizer, FixedQuantizer) and mean == (name == "quantized_sigmoid")
        fraction_bits = arguments["bits"] + 3
        codes = np.ldexp(x.astype(np.float64), fraction_bits).astype(np.int64)
        if mean:
            codes, fraction_bits = codes + (1 << fraction_bits), fraction_bits + 1
        found.append((case, quantizer.evaluate(codes, fraction_bits) * np.float64(quantizer.format.lsb), theirs))
    assert len(found) == 48
    assert [case for case, ours, theirs in found if not np.array_equal(ours, theirs)] == []


def test_auto_po2(oracle: dict[str, list[Answer]]) -> None:
    found = []
    for case, theirs in oracle["auto_po2"]:
        name, arguments, x = case
        quantizer = parse_weight_quantizer("d (QDense)", "kernel_quantizer", serialised(name, arguments))
        found.append((case, quantizer.quantize(x).values, theirs))
    assert len(found) == 6 * (7 * 3 + 3 + 2)
    assert list(mismatches(found)) == []


def test_a_wrong_rounding_would_be_seen(oracle: dict[str, list[Answer]]) -> None:
    """Negative control: half away from zero instead of half to even differs."""
    case, theirs = next(
        answer for answer in oracle["grid"] if answer[0][1]["bits"] == 4 and answer[0][1]["integer"] == 0
    )
    away = np.clip(np.sign(case[2]) * np.floor(np.abs(case[2]) * 8.0 + 0.5), -8, 7) / 8
    assert list(mismatches([(case, away, theirs)])) != []
