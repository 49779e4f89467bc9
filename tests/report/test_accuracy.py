"""Accuracy on events of a file: every figure against one computed another way, and what people see of it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.accuracy_on_events import GivenEvents, accuracy_on
from bxnn.compiler.errors import DataError
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.roc_curve import class_score
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_real
from bxnn.compiler.numeric.saturation import outside, outside_real
from bxnn.compiler.report.accuracy_facts import AccuracyFacts
from bxnn.compiler.report.calibration_facts import ClassFacts
from bxnn.compiler.report.class_statistics import class_facts, confusion
from bxnn.compiler.report.html import render_html
from bxnn.compiler.report.markdown import render_markdown
from bxnn.sim.float_model import ModelRun
from bxnn.sim.reference import Reference
from bxnn.sim.traced_layer import traced_layers
from tests.report.network import network, tiny_report

EVENTS = 300
RNG = np.random.default_rng(8)
VALUES = {"x": RNG.normal(0, 3, (EVENTS, 6))}
LABELS = RNG.integers(0, 3, EVENTS)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(network()[0])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("events") / "events.npz"
    np.savez(found, x=VALUES["x"], y=LABELS)
    return found


@pytest.fixture(scope="module")
def floats(reference: Reference) -> np.ndarray:
    return reference.predict(VALUES)["fc2"] + RNG.normal(0, 0.4, (EVENTS, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def facts(reference: Reference, path: Path, floats: np.ndarray) -> AccuracyFacts:
    run = ModelRun({"real_0": floats.astype(np.float32)}, "Keras 3", None)
    return accuracy_on(reference, GivenEvents(path, VALUES, LABELS), run)


def counted_area(score: np.ndarray, signal: np.ndarray) -> float:
    pairs = score[signal][:, np.newaxis] - score[~signal][np.newaxis]
    return float(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def best_efficiency(score: np.ndarray, signal: np.ndarray, rate: float) -> float:
    """The best threshold, found by trying all."""
    cuts = [-np.inf, *score.tolist()]
    return max(float(np.mean(score[signal] > cut)) for cut in cuts if np.mean(score[~signal] > cut) <= rate + 1e-12)


def check_curves(own: ClassFacts, firmware: np.ndarray, floats: np.ndarray) -> None:
    signal = np.equal(LABELS, own.label)
    for outputs, auc, roc, efficiency in (
        (firmware, own.auc, own.roc, own.efficiency),
        (floats, own.auc_float, own.roc_float, own.efficiency_float),
    ):
        score = class_score(outputs.astype(np.float32).astype(np.float64), own.label)
        assert auc is not None and roc is not None and efficiency is not None
        assert auc.value == pytest.approx(counted_area(score, signal), abs=1e-12) and auc.error > 0
        assert efficiency.value == best_efficiency(score, signal, 0.1)
        assert roc == tuple(best_efficiency(score, signal, rate) for rate in own.roc_background)
    assert own.roc_background[-1] == 1 == own.roc[-1] and len(own.roc) > 15


def test_every_figure_is_what_another_computation_gives(
    facts: AccuracyFacts, reference: Reference, floats: np.ndarray, path: Path
) -> None:
    firmware = reference.predict(VALUES)["fc2"]
    assert (facts.input, facts.events, facts.float_model) == ("events.npz", EVENTS, "Keras 3")
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts.accuracy is not None and facts.accuracy.value == np.mean(firmware.argmax(axis=1) == LABELS)
    assert facts.accuracy_float is not None
    assert facts.accuracy_float.value == np.mean(floats.argmax(axis=1) == LABELS)
    assert facts.confusion == tuple(
        tuple(int(np.sum((firmware.argmax(axis=1) == right) & (wrong == LABELS))) for right in range(3))
        for wrong in range(3)
    )
    assert facts.confusion_float is not None and sum(map(sum, facts.confusion_float)) == EVENTS
    assert [own.label for own in facts.classes] == [0, 1, 2] and facts.background == 0.1
    for own in facts.classes:
        check_curves(own, firmware, floats)
    (errors,) = facts.histograms
    assert sum(errors.counts) == firmware.size and errors.output == "fc2"
    middle = (firmware - floats.astype(np.float32)) < 0
    assert sum(errors.counts[:20]) == np.count_nonzero(middle)


def test_the_ranges_are_those_of_the_trace(facts: AccuracyFacts, reference: Reference) -> None:
    assert facts.range_events == EVENTS
    trace = traced_layers(reference, VALUES)
    assert [own.layer for own in facts.ranges] == [*trace]
    for own, layer in zip(facts.ranges, trace.values(), strict=True):
        assert (own.low, own.high) == (layer.values.min(), layer.values.max())
        sizes = np.sort(np.abs(layer.values[layer.values != 0]))
        assert own.sizes is not None and own.sizes[0] == sizes[0] and own.sizes[3] == sizes[-1]
        share = np.mean((sizes >= own.sizes[1]) & (sizes <= own.sizes[2]))
        assert share >= 0.5 and own.format == str(layer.format)
    shares = {own.layer: own.saturated for own in facts.ranges}
    assert shares["fc 1"] is shares["fc2"] is None
    codes = reference.evaluate(reference.quantize_inputs(VALUES))
    assert shares["relu1"] == np.mean(codes["fc1"] * 2.0**-8 >= 1 - 2.0**-7)  # round to 64/64 or more, halves to even
    assert shares["x"] == np.mean((np.rint(VALUES["x"] * 16) > 127) | (np.rint(VALUES["x"] * 16) < -128))


def test_without_labels_or_a_model_there_are_ranges(reference: Reference, path: Path) -> None:
    for labels in (None, RNG.normal(0, 1, EVENTS), np.full(EVENTS, 7)):
        facts = accuracy_on(reference, GivenEvents(path, VALUES, labels))
        known = (facts.accuracy, facts.confusion, facts.background, facts.float_model, facts.sentence)
        assert set(known) == {None} and not facts.classes and not facts.histograms and len(facts.ranges) == 4


@pytest.mark.parametrize("classes", [20, 21])
def test_many_classes_have_no_curves(classes: int) -> None:
    labels = np.arange(60) % classes
    outputs = RNG.normal(0, 1, (60, classes))
    found = class_facts(outputs, outputs, labels, 0.1)
    few = classes == 20
    assert len(found) == classes and all(bool(own.roc) == bool(own.roc_float) == few for own in found)
    assert (confusion(labels, outputs.argmax(axis=1), classes) is not None) == few


def test_the_sentence(facts: AccuracyFacts) -> None:
    areas = ", ".join(f"{own.label}: {own.auc.value:.4f}" for own in facts.classes)
    assert facts.accuracy is not None
    assert facts.sentence == (f"accuracy {facts.accuracy.value:.4f} on 300 events of events.npz; AUC of class {areas}")


def test_pages_show_it(facts: AccuracyFacts) -> None:
    report = tiny_report().model_copy(update={"accuracy": facts})
    text, page = render_markdown(report), render_html(report)
    assert facts.accuracy is not None and f"{facts.accuracy.value:.4f} ± {facts.accuracy.error:.4f}" in text
    for title in ("Each class against the others", "Decisions of the firmware", "Ranges against formats, 300 events"):
        assert f"## {title}" in text and title in page
    assert (
        page.count('<svg class="plot"')
        == len(re.findall(r'<svg class="plot"[^>]* role="img" aria-label="\w', page))
        == 3
    )
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(identifiers)) == len(identifiers)
    assert set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", page)) and not re.search(r"https?:|#0[ac]0[bd]0", page)
    referred = {name or other for name, other in re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", page)}
    assert referred <= set(identifiers)
    for colour in re.findall(r"(?:stroke|fill): (#\w+)", page):
        raise AssertionError(f"{colour} is the same in dark and light")
    assert render_html(report) == page


def test_pages_without_matplotlib_have_the_tables(facts: AccuracyFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bxnn.compiler.report.accuracy_figures.can_draw", lambda: False)
    page = render_html(tiny_report().model_copy(update={"accuracy": facts}))
    assert 'class="plot"' not in page and "Each class against the others" in page


FORMATS = st.builds(
    lambda signed, bits, fraction: FixedFormat(signed, bits - fraction - signed, fraction),
    st.booleans(),
    st.integers(2, 9),
    st.integers(-1, 6),
)
QUANTIZERS = st.builds(
    FixedQuantizer, FORMATS, st.sampled_from(Rounding), st.sampled_from(Overflow), st.none(), st.none()
)


@settings(max_examples=80, deadline=None)
@given(QUANTIZERS, st.lists(st.integers(-3000, 3000), min_size=1, max_size=30), st.integers(-2, 9), st.booleans())
def test_a_number_saturates_if_its_rounded_code_is_none(
    quantizer: FixedQuantizer, numbers: list[int], fraction_bits: int, element: bool
) -> None:
    codes = np.array(numbers)[:, np.newaxis]
    own = ElementQuantizer.repeated(quantizer, 1) if element else quantizer
    real = np.ldexp(codes.astype(float), -fraction_bits)
    rounded = round_real(np.ldexp(real, quantizer.format.fraction_bits), quantizer.rounding)
    wanted = (rounded > quantizer.high) | ((rounded < quantizer.low) & (quantizer.low < 0))
    assert np.array_equal(outside(own, codes, fraction_bits), wanted)
    assert np.array_equal(outside_real(own, real), wanted)


def test_an_element_without_bits_never_saturates() -> None:
    own = ElementQuantizer.of_columns(np.array([[2, 9], [-4, 0], [3, 0]]), Rounding.RND, False)
    found = outside(own, np.array([[100, 100], [0, 0], [-100, -100]]), 2)
    assert found.tolist() == [[True, False], [False, False], [True, False]]


def test_labels_that_are_none_are_refused(reference: Reference) -> None:
    from bxnn.compiler.accuracy_on_events import labelled_classes

    assert [own.label for own in labelled_classes(reference, VALUES, LABELS)] == [0, 1, 2]
    with pytest.raises(DataError) as caught:
        labelled_classes(reference, VALUES, np.full(EVENTS, 5))
    assert str(caught.value) == (
        "labels: are not those of a classifier; one output and a class number or a one-hot vector for each event "
        "are needed"
    )
