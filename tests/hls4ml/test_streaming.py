"""hls4ml's io_stream: the streaming form, with the bits of hls4ml's own C simulation of streams."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import limits
from bxnn.compiler.config.design_config import check_config
from bxnn.compiler.errors import ConfigError, ModelError, ScheduleError
from bxnn.compiler.hls4ml_backend.compile import design_of
from tests.frontend.handmade import Json, functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import convolution, image, layer, pool, typed

RNG = np.random.default_rng(7)
LAYERS = [
    image("x", 8, 7, 2),
    convolution("c1", 4, 3, "same", "relu"),
    pool("MaxPooling2D", "top"),
    convolution("c2", 3, 2, "valid", "relu"),
    layer("Flatten", "flat"),
    layer("Dense", "fc", units=3, activation="linear", use_bias=True),
]
WEIGHTS: dict[str, Any] = {
    "c1__kernel": RNG.normal(0, 0.5, (3, 3, 2, 4)),
    "c1__bias": RNG.normal(0, 1, 4),
    "c2__kernel": RNG.normal(0, 0.5, (2, 2, 4, 3)),
    "c2__bias": RNG.normal(0, 1, 3),
    "fc__kernel": RNG.normal(0, 0.5, (18, 3)),
    "fc__bias": RNG.normal(0, 1, 3),
}
NAMES: dict[str, Json] = {
    "x": {"Precision": {"result": "fixed<7,3,RND,SAT>"}},
    "c1": typed("auto", weight="fixed<6,2>", bias="fixed<7,3>"),
    "c1_relu": typed("ufixed<6,3,RND_CONV,SAT>"),
    "top": typed("auto"),
    "c2": typed("fixed<10,5,RND,WRAP>", weight="fixed<6,2>", bias="fixed<7,3>", accum="fixed<10,5,RND>"),
    "c2_relu": typed("ufixed<5,2,TRN,SAT>"),
    "fc": typed("auto", weight="fixed<6,2>", bias="fixed<7,3>"),
    "fc_linear": typed("fixed<12,6,RND>"),
}


def streamed(folder: Path, backend: str, model: Json | None = None, names: Json | None = None, **options: Any) -> Any:
    inbound = {name: [before] for before, name in pairwise(item["config"]["name"] for item in LAYERS)}
    files = write(folder, functional(LAYERS, inbound, ["fc"]), weights(**WEIGHTS))
    config = {"Model": model or {}, "LayerName": NAMES | (names or {})}
    return convert(files, folder / backend, backend, config, **{"io_type": "io_stream", **options})


def test_bits_and_cycles(tmp_path: Path) -> None:
    """A padded convolution and a pool, a second segment, a dense layer."""
    ours, theirs = (streamed(tmp_path, backend) for backend in ("bxnn", "Vivado"))
    ours.compile()
    theirs.compile()
    events = (RNG.integers(-140, 140, (300, 8, 7, 2)) / 32).astype(np.float32)
    expected, found = theirs.predict(events), ours.predict(events)
    assert len(np.unique(found, axis=0)) > 200
    assert np.array_equal(found, expected)
    report = ours.build(events=10)
    assert (report["simulation"]["passed"], report["simulation"]["mismatches"]) == (True, 0)
    assert report["initiation_interval"] == 56 and report["stream"]["pixels_per_cycle"] == 1
    assert len(report["stream"]["stages"]) == 2


@pytest.mark.parametrize(
    ("options", "interval", "pixels"),
    [
        ({}, 56, 1),
        ({"model": {"ReuseFactor": 3}}, 168, 1),
        ({"model": {"PipelineInterval": 70}}, 70, None),
        ({"initiation_interval": 28}, 28, None),
    ],
)
def test_how_often_frames_come(options: Json, interval: int, pixels: int | None, tmp_path: Path) -> None:
    """One pixel per cycle, as in hls4ml; at a rate set by the user, as few as that allows."""
    design = design_of(streamed(tmp_path, "bxnn", **options))
    assert (design.form, design.initiation_interval, design.layers) == ("streaming", interval, {})
    assert design.pixels_per_cycle == pixels


def whole(folder: Path, **options: Any) -> Any:
    """The network with io_parallel."""
    return streamed(folder, "bxnn", io_type="io_parallel", **options)


def test_an_image_that_is_too_large_arrives_in_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where io_parallel would connect too many elements; the bits are the same, and the report says so."""
    events = (RNG.integers(-140, 140, (300, 8, 7, 2)) / 32).astype(np.float32)
    outputs = []
    for _ in range(2):
        ours = whole(tmp_path)
        ours.compile()
        outputs.append(ours.predict(events))
        monkeypatch.setattr(limits, "FRAME_CONNECTIONS", 2000)
    assert np.array_equal(*outputs) and len(np.unique(outputs[0])) > 100
    report = ours.build(events=3)
    assert report["simulation"]["passed"] and report["stream"]["pixels_per_cycle"] == 1
    assert report["initiation_interval"] == 56
    text = "IOType: 'io_parallel' is ignored: a whole image at once is too large: it arrives as with 'io_stream'"
    assert text in report["notices"]


def test_a_part_that_is_too_small_for_a_whole_image(tmp_path: Path) -> None:
    """4,000 products in every cycle take more slices than it has, those of one pixel do not."""
    ours = whole(tmp_path, model={"Strategy": "Resource"}, board="xc7z020")
    ours.compile()
    report = json.loads((tmp_path / "bxnn" / "report.json").read_text())
    assert report["stream"]["pixels_per_cycle"] == 1 and report["dsp"] <= 220
    with pytest.raises(ScheduleError) as caught:  # the refusal is that of what was asked for
        whole(tmp_path, model={"Strategy": "Resource"}, board="xc7z020", initiation_interval=1).compile()
    problem = "every design needs at least 1456 DSPs, but board xc7z020 has 220"
    advice = "use a larger initiation_interval, form: streaming, a larger board or a smaller network"
    assert str(caught.value) == f"net at initiation_interval 1: {problem}; {advice}"


@pytest.mark.parametrize("options", [{"initiation_interval": 100}, {"names": {"fc": NAMES["fc"] | {"ReuseFactor": 4}}}])
def test_a_form_that_was_asked_for_is_kept(options: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cycles between events, or factors that a stream does not have: the refusal is that of the whole frame."""
    monkeypatch.setattr(limits, "FRAME_CONNECTIONS", 2000)
    with pytest.raises(ModelError) as caught:
        whole(tmp_path, **options).compile()
    problem = "connects 112 inputs with 224 outputs at once, at most 2,000 connections are supported"
    assert str(caught.value) == f"c1 (conv2d): {problem}; set form: streaming in design.yaml"


def test_design_yaml_comes_first(tmp_path: Path) -> None:
    design = check_config({"initiation_interval": 100, "pixels_per_cycle": 2, "layers": {"fc": {"strategy": "lut"}}})
    found = design_of(streamed(tmp_path, "bxnn", names={"c1": NAMES["c1"] | {"Strategy": "Resource"}}), design)
    assert (found.form, found.initiation_interval, found.pixels_per_cycle) == ("streaming", 100, 2)
    auto = design_of(streamed(tmp_path, "bxnn"), check_config({"initiation_interval": 100, "form": "auto"}))
    assert auto.form == "streaming"
    assert {name: choices.strategy for name, choices in found.layers.items()} == {"c1": "dsp", "fc": "lut"}


@pytest.mark.parametrize(
    ("options", "form", "expected"),
    [
        (
            {"names": {"fc": NAMES["fc"] | {"ReuseFactor": 4}}},
            None,
            "HLSConfig: c1: ReuseFactor 1 differs from the 4 of another layer; 'io_stream' needs one for all",
        ),
        (
            {"model": {"ReuseFactor": 2}, "initiation_interval": 112},
            None,
            "HLSConfig: ReuseFactor: 2 and an initiation interval of 112 both determine how often frames arrive; keep "
            "one",
        ),
        ({}, "frame_parallel", "design.yaml: form: is 'frame_parallel' here, but IOType is 'io_stream'; keep one"),
        ({"initiation_interval": 0}, None, "design.yaml: initiation_interval: 0 is not an integer from 1 to 65536"),
    ],
)
def test_contradictions(options: Json, form: str | None, expected: str, tmp_path: Path) -> None:
    design = None if form is None else check_config({"initiation_interval": 56, "form": form})
    with pytest.raises(ConfigError) as caught:
        design_of(streamed(tmp_path, "bxnn", **options), design)
    assert str(caught.value) == expected
