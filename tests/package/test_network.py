"""A compiled network in Python: traces, comparison with the model, plots, and what a notebook shows."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import bxnn
from bxnn.compiler.errors import ModelError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "jet_tagger"


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> bxnn.Network:
    build = tmp_path_factory.mktemp("network") / "tagger"
    bxnn.compile(EXAMPLE / "model.h5", build, config=EXAMPLE / "design.yaml")
    return bxnn.load(build)


@pytest.fixture(scope="module")
def jets() -> np.ndarray:
    with np.load(EXAMPLE / "jets.npz", allow_pickle=False) as data:
        return np.asarray(data["x"][:40])


def test_the_version() -> None:
    assert bxnn.__version__ == version("bxnn")


def test_a_trace_ends_with_the_prediction(tagger: bxnn.Network, jets: np.ndarray) -> None:
    trace = tagger.trace(jets)
    assert next(iter(trace)) == "input_1" and {"fc1", "fc2", "fc3", "output"} <= set(trace)
    last = [*trace.values()][-1]
    predicted = tagger.predict(jets)
    assert isinstance(predicted, np.ndarray) and np.array_equal(last.values, predicted)
    for name, layer in trace.items():
        assert layer.name == name and layer.codes.dtype == np.int64 and layer.values.dtype == np.float64
        assert np.array_equal(layer.values, layer.codes * layer.format.lsb)
        assert layer.format.low <= layer.codes.min() and layer.codes.max() <= layer.format.high
    assert repr(trace["fc1"]).startswith("<bxnn.TracedLayer fc1 (dense) fixed<") and "(40, 64)" in repr(trace["fc1"])


def test_a_network_shows_itself(tagger: bxnn.Network) -> None:
    report = tagger.report
    brief = f"{report.latency_cycles} cycles ({report.latency_ns:.1f} ns), II 8, {report.dsp} DSPs"
    assert repr(report) == str(report) == f"<bxnn.ReportModel {report.name}: {brief}>"
    assert repr(tagger) == f"<bxnn.Network {report.name}: {brief} in {str(tagger.build.folder)!r}>"
    shown = tagger._repr_html_()
    assert shown == report._repr_html_() and shown.count("<tr>") == shown.count("</tr>") > 5
    assert f"<caption>{report.name}: {brief}</caption>" in shown


def test_every_plot_draws_every_layer(tagger: bxnn.Network, jets: np.ndarray) -> None:
    names = [layer.name for layer in tagger.report.layers]
    panel = Figure().subplots()
    assert tagger.plot_timeline(panel) is panel
    assert [label.get_text() for label in panel.get_yticklabels()] == names
    drawn = tagger.plot_resources(Figure().subplots())
    assert next(label.get_text() for label in drawn.get_yticklabels()) == f"DSP ({tagger.report.dsp})"
    ranges = tagger.plot_ranges(jets, Figure().subplots())
    assert [label.get_text() for label in ranges.get_yticklabels()] == [*tagger.trace(jets)]
    outputs = tagger.predict(jets)
    assert isinstance(outputs, np.ndarray)
    legend = tagger.plot_roc(jets, outputs.argmax(axis=1), Figure().subplots()).get_legend()
    decided = np.unique(outputs.argmax(axis=1)).tolist()
    assert legend is not None
    assert [text.get_text().split(":")[0] for text in legend.get_texts()] == [f"class {label}" for label in decided]


def test_only_what_a_framework_runs_is_compared(tagger: bxnn.Network, jets: np.ndarray, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"\x08\x07")
    with pytest.raises(ModelError) as caught:
        tagger.compare(file, jets)
    assert str(caught.value) == "model.bin: is a file that no framework runs; give one of Keras or ONNX"


@pytest.mark.slow
def test_the_firmware_is_the_model(tagger: bxnn.Network, jets: np.ndarray) -> None:
    found = tagger.compare(EXAMPLE / "model.h5", jets)
    assert (found.events, found.events_differing, found.max_abs_error) == (40, 0, 0.0)
