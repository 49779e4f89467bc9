"""hls4ml's defaults: table activations, any slope, all merges, averages that wrap, and its streams of vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.frontend.hls4ml.hls4ml_config import check_hls_config
from bxnn.compiler.hls4ml_backend.actions import initial_config
from bxnn.compiler.hls4ml_backend.compile import compile_model_graph, design_of
from bxnn.compiler.ir.hls4ml_tables import TABLES
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import Tensor
from tests.frontend.handmade import Json, functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import convolution, image, layer, typed
from tests.hls4ml.small import TYPES, graph_of, small

CURVES = "sigmoid", "tanh", "softplus", "softsign", "elu", "selu", "hard_sigmoid"
MERGES = "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"


def activations() -> tuple[list[Json], dict[str, list[str]]]:
    """One layer of each kind on two vectors, and averages of an image whose sums wrap."""
    layers = [image("x", 6), image("z", 6), image("i", 3, 4, 2)]
    inbound: dict[str, list[str]] = {}
    for name in CURVES:
        layers.append(layer("Activation", name, activation=name))
    layers.append(layer("ELU", "elu7", alpha=0.7))
    layers += [layer("LeakyReLU", f"leaky{number}", alpha=slope) for number, slope in enumerate((0.3, 1.5))]
    layers.append(layer("PReLU", "prelu"))
    inbound |= {item["config"]["name"]: ["x"] for item in layers[3:]}
    layers += [layer(name, name.lower()) for name in MERGES]
    inbound |= {name.lower(): ["x", "z"] for name in MERGES}
    layers.append(layer("AveragePooling2D", "mean", pool_size=[3, 2], strides=[1, 2], padding="valid"))
    layers.append(layer("GlobalAveragePooling2D", "whole", keepdims=False))
    return layers, inbound | {"mean": ["i"], "whole": ["i"]}


@pytest.mark.slow
def test_equal_hls4mls_c_simulation(tmp_path: Path) -> None:
    """Every address of every table, both sides of every slope, sums that wrap: all types are ``fixed<16,6>``."""
    layers, inbound = activations()
    files = write(tmp_path, functional(layers, inbound, list(inbound)), weights(prelu__alpha=np.linspace(-1.5, 1, 6)))
    rng = np.random.default_rng(3)
    grid = np.arange(-9.5, 9.5, 1 / 128)
    x = np.concatenate([np.resize(grid, (406, 6)), rng.uniform(-33, 33, (1600, 6))]).astype(np.float32)
    z, pixels = rng.uniform(-33, 33, x.shape), rng.uniform(-33, 33, (len(x), 3, 4, 2))
    found = {}
    for backend in ("bxnn", "Vitis"):
        model = convert(files, tmp_path / backend, backend, {})
        model.compile()
        found[backend] = model.predict([x, z.astype(np.float32), pixels.astype(np.float32)])
    for name, ours, theirs in zip(inbound, found["bxnn"], found["Vitis"], strict=True):
        assert len(np.unique(theirs)) > 100, name
        assert np.array_equal(ours, theirs), name


@pytest.mark.parametrize("name", list(TABLES))
def test_tables_are_read_rounded_toward_zero(name: str) -> None:
    """The address is hls4ml's: ``int(x * size / span)``, from the middle or downwards, held at both ends."""
    table, size, source = TABLES[name], 1024, Tensor.of_format((1,), FixedFormat(True, 4, 8))
    raw = np.arange(1 << source.bits)
    values = np.where(raw > source.format.high, raw - raw.size, raw) / 2**8
    index = np.trunc(values * size / (table.high - table.low)) * (-1 if table.one_sided else 1)
    expected = np.clip(index + (0 if table.one_sided else size // 2), 0, size - 1)
    assert np.array_equal(table.places(source, size), expected)
    assert len(table.entries(size)) == size and table.entries(size).dtype == np.float32


def test_a_type_wider_than_any_value_changes_nothing(tmp_path: Path) -> None:
    """hls4ml's ``auto`` grows past 62 bits, and the values do not."""
    wide = {"fc1": {"Precision": TYPES["fc1"]["Precision"] | {"result": "fixed<70,30>", "accum": "fixed<80,40>"}}}
    plain, same = graph_of(tmp_path), graph_of(tmp_path, types=wide)
    assert [layer.kind for layer in same.layers] == [layer.kind for layer in plain.layers]


def test_vectors_and_several_inputs_arrive_whole(tmp_path: Path) -> None:
    """hls4ml sends a vector at once as well; the interval is that of the largest image times the ReuseFactor."""
    model = small(tmp_path, io_type="io_stream", hls_config={"Model": {"ReuseFactor": 3}})
    design = design_of(model)
    assert (design.form, design.initiation_interval) == ("auto", 3)
    report = compile_model_graph(model, tmp_path / "build")
    note = "IOType: 'io_stream' is ignored: vectors and several inputs arrive whole, as with 'io_parallel'"
    assert note in report.notices
    layers = [image("x", 5, 4, 1), image("z", 5, 4, 1), layer("Add", "sum")]
    files = write(tmp_path, functional(layers, {"sum": ["x", "z"]}, ["sum"]), weights())
    assert design_of(convert(files, tmp_path / "b", "bxnn", {}, io_type="io_stream")).initiation_interval == 20


@pytest.mark.parametrize(
    ("part", "board", "full", "noted"),
    [
        ("xcvu13p-flga2577-2-e", "xcvu13p", None, False),
        ("xcvu13p-fhga2104-2-e", "xcvu13p", "xcvu13p-fhga2104-2-e", False),
        ("xcu250-figd2104-2L-e", "xcu250", None, False),
        ("some_part", "xcvu9p", None, True),
    ],
)
def test_parts(part: str, board: str, full: str | None, noted: bool, tmp_path: Path) -> None:
    """The part of a board, another package of its device, or a note that it is on no board."""
    model = small(tmp_path, part=part)
    design = design_of(model)
    assert (design.board, design.part) == (board, full)
    notices = compile_model_graph(model, tmp_path / "build").notices
    note = f"hls4ml: Part {part!r} is ignored: its part is not that of any board; choose one with Board, or board in "
    assert any(notice.startswith(note) for notice in notices) is noted


@pytest.mark.filterwarnings("error::UserWarning")
def test_options_of_writers_are_noted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keywords of other back ends, by name; the configuration keeps them, and no warning stops anything."""
    config = initial_config({"clock_uncertainty": "15%", "write_weights_txt": False, "namespace": None})
    assert config["ClockUncertainty"] == "15%" and config["WriterConfig"] == {"WriteWeightsTxt": False}
    model = small(tmp_path, clock_uncertainty="15%", write_weights_txt=False)
    model.write()
    notes = caplog.messages
    assert "hls4ml: ClockUncertainty '15%' is ignored: ClockPeriod determines the clock" in notes
    assert "hls4ml: WriterConfig is ignored: these are options of other back ends" in notes


def test_keys_of_a_softmax() -> None:
    """Every way to compute one is accepted: it is left out at the end, and refused elsewhere."""
    softmax: dict[str, Any] = {"Strategy": "argmax", "skip": True, "accum_t": "fixed<18,8>", "inv_inp_t": "fixed<18,8>"}
    found = check_hls_config({"LayerName": {"softmax": softmax}, "Model": {"ConvImplementation": "Encoded"}})
    assert [(notice.key, notice.reason.value) for notice in found] == [
        ("Strategy", "softmax_left_out"),
        ("accum_t", "no_tables"),
        ("inv_inp_t", "no_tables"),
        ("ConvImplementation", "same_windows"),
    ]


def test_types_wider_than_a_slice_leave_the_choice(tmp_path: Path) -> None:
    """``Resource`` asks for DSP slices, which products of 32 by 6 bits do not fit."""
    wide = {"x": {"Precision": {"result": "fixed<32,16>"}}}
    for types, expected in ((None, {"strategy": "dsp"}), (wide, {})):
        design = design_of(small(tmp_path, types=types, hls_config={"Model": {"Strategy": "Resource"}}))
        found = design.layers["fc1"].model_dump(exclude_none=True) if "fc1" in design.layers else {}
        assert found == expected


def test_a_skipped_softmax_is_no_layer(tmp_path: Path) -> None:
    """hls4ml's own pass removes it, and the output is that of the layer before."""
    softmax = layer("Activation", "probability", activation="softmax")
    model = small(tmp_path, softmax, types={"probability": {"Skip": True}})
    assert "probability" not in [node.name for node in model.get_layers()]
    assert not any("softmax" in notice for notice in compile_model_graph(model, tmp_path / "build").notices)


def test_the_clock_is_hls4mls_by_default(tmp_path: Path) -> None:
    assert design_of(small(tmp_path)).clock_mhz == 200.0


def test_a_padded_stream_takes_a_few_cycles_more(tmp_path: Path) -> None:
    """The last windows of a padded image come after its last pixel; an interval of the user stays, with more pixels."""
    layers = [image("x", 4, 4, 1), convolution("c", 1, 3, "same")]
    stored = weights(c__kernel=np.full((3, 3, 1, 1), 0.5), c__bias=[0.25])
    files = write(tmp_path, functional(layers, {"c": ["x"]}, ["c"]), stored)
    names = {"LayerName": {"x": {"Precision": {"result": "fixed<6,3>"}}, "c": typed("auto", weight="fixed<4,2>")}}
    report = compile_model_graph(convert(files, tmp_path / "a", "bxnn", names, io_type="io_stream"), tmp_path / "build")
    used = report.initiation_interval
    assert used > 16 and f"IOType: a frame takes {used} cycles, not the 16 of its pixels" in report.notices
    own = convert(files, tmp_path / "b", "bxnn", names, io_type="io_stream", initiation_interval=16)
    assert compile_model_graph(own, tmp_path / "other").initiation_interval == 16


def test_a_softmax_alone_leaves_the_input(tmp_path: Path) -> None:
    """hls4ml's own tests have such networks: the logits are the input, in its type."""
    files = write(
        tmp_path,
        functional([image("x", 5), layer("Activation", "s", activation="softmax")], {"s": ["x"]}, ["s"]),
        weights(),
    )
    model = convert(files, tmp_path / "build", "bxnn", {"LayerName": {"x": {"Precision": {"result": "fixed<9,6>"}}}})
    with pytest.warns(UserWarning, match="softmax is left out of the firmware"):
        model.compile()
    x = np.random.default_rng(1).normal(0, 8, (100, 5))
    assert np.array_equal(model.predict(x), np.floor(x * 8) / 8)
