"""Models that TensorFlow itself runs: QKeras in every kind of file, Keras 3, and what must be noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pytest

from tests.float_model.conftest import EVENTS, Result

Results = Mapping[str, Result]


@pytest.mark.parametrize("name", ["h5", "keras", "json", "keras3", "nested"])
def test_no_element_differs(results: Results, name: str) -> None:
    found = results[name].found
    assert (found.events, found.events_differing, found.elements_differing) == (EVENTS, 0, 0)
    assert (found.max_abs_error, found.first_difference) == (0.0, None)


def test_the_framework_is_named(results: Results) -> None:
    assert results["h5"].found.reference == "QKeras 0.9.0 on TensorFlow 2.21.0"
    assert results["keras3"].found.reference.startswith("Keras 3.")


def test_a_flipped_weight_differs(results: Results) -> None:
    found = results["json"].flipped
    assert found is not None
    assert 0 < found.events_differing == found.elements_differing < EVENTS
    assert found.max_abs_error == 2.0**-5
    assert found.first_difference is not None
    assert "output fc2, element 0: the model gives " in found.first_difference


def test_layers_are_renamed_in_what_is_compared(results: Results) -> None:
    assert set(results["h5"].reference.graph.renames.values()) == {"entity", "9lives/a"}
    assert results["keras"].reference.graph.renames == {"in_a": "in a"}


def test_accuracy_is_the_share_of_hits(results: Results) -> None:
    result = results["h5"]
    scores = result.reference.predict(result.values)["scores"]
    expected = float(np.mean(scores.argmax(axis=1) == result.labels))
    assert result.found.accuracy == result.found.accuracy_model == expected
    assert result.found.accuracy_unquantized not in (None, expected)


def test_several_outputs_with_an_argmax_have_no_accuracy(results: Results) -> None:
    result = results["keras"]
    assert result.reference.graph.outputs == ("two", "logits_argmax")
    assert result.found.accuracy is result.found.accuracy_model is result.found.accuracy_unquantized is None


@pytest.mark.parametrize("name", ["h5", "keras", "keras3"])
def test_quantization_has_a_small_price(results: Results, name: str) -> None:
    found = results[name].found
    assert found.unquantized_max_abs_error is not None and found.unquantized_rms_error is not None
    assert 0 < found.unquantized_rms_error < found.unquantized_max_abs_error < 3
    assert found.unquantized_reason is None


def test_a_ternary_activation_has_no_unquantized_twin(results: Results) -> None:
    found = results["json"].found
    assert found.unquantized_max_abs_error is found.unquantized_rms_error is None
    assert found.unquantized_reason == "q_activation: ternary has no unquantized counterpart"


def test_the_result_is_plain_json(results: Results) -> None:
    for result in results.values():
        assert json.loads(json.dumps(asdict(result.found), allow_nan=False)) == asdict(result.found)


def test_only_what_explains_is_left(results: Results) -> None:
    left = {path.name for path in results["h5"].work_folder.iterdir()}
    assert left == {"job.json", "result.json", "float_model.log"}
