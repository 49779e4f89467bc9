"""`ensemble: {members: M, cores: K}`: members take turns on few cores, with the bits of members side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.weight_sets import alike
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.lowering import lower_all
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.compiler.verification.c_simulation import csim
from bxnn.compiler.verification.simulation import simulate
from bxnn.compiler.verification.synthesis_check import synthesize
from bxnn.sim.emulator import Emulator
from bxnn.sim.reference import Reference
from tests.outputs.test_ensemble import Pair, alone, pairs, run
from tests.reload.networks import two_layers
from tests.streams.networks import Chain

ROOT = Path(__file__).parents[2]
JETS = ROOT.parent / "shared/models/jet_tagger"
DESIGN = 'initiation_interval: 12\nstrategy: dsp\ninputs: {x: "fixed<6,2,RND_CONV,SAT>"}\n'


def built(folder: Path, models: list[Pair], keys: str = "", cores: int = 1) -> ReportModel:
    path = folder / "design.yaml"
    text = f"{DESIGN}ensemble: {{members: {len(models)}, cores: {cores}}}\n{keys}"
    path.write_text(text, encoding="utf-8")
    return driver.compile_model(*models[0], path, folder / "net", others=models[1:])


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models, and `net`, where they take turns."""
    folder = tmp_path_factory.mktemp("three")
    built(folder, pairs(folder, 3), "axi_stream: {}\n")
    return folder


def test_mean_and_spread_are_those_of_the_networks_by_themselves(three: Path, tmp_path: Path) -> None:
    report, build = load_report(three / "net/report.json"), Build(three / "net")
    assert [port.name for port in report.outputs] == ["fc2_mean", "fc2_spread"]
    assert (report.members, report.sets, report.channels, report.initiation_interval) == (3, 3, 1, 12)
    values = {"x": np.random.default_rng(1).uniform(-2, 2, (50, 4))}
    members = np.stack(
        [
            alone(tmp_path, (model, weights), index).predict(values)["fc2"]
            for index, (model, weights) in enumerate(build.models)
            if weights
        ]
    )
    reference = Reference(build.graph)
    for engine in (reference, Emulator(build.emulator, tmp_path / "emulator", reference)):
        found = engine.predict(values)
        assert np.allclose(found["fc2_mean"], members.mean(axis=0), rtol=1e-15, atol=0)
        assert np.array_equal(found["fc2_spread"], members.max(axis=0) - members.min(axis=0))
    for graph, own in zip(build.graph.members, members, strict=True):
        assert np.array_equal(next(iter(Reference(graph).predict(values).values())), own)


@pytest.mark.parametrize(
    ("count", "cores", "keys"),
    [
        (3, 1, "outputs: {fc2_mean: [values, argmax], fc2_spread: [{threshold: 0.5, strict: true}]}\ntag_bits: 5\n"),
        pytest.param(
            5,
            1,
            "latency: {cycles: 70}\nspacing_error: true\nreset: {active: low, asynchronous: true}\n"
            "timing: {input_register: true, output_register: true}\n",
            marks=pytest.mark.slow,
        ),
        (4, 2, "layers: {fc1: {reuse_factor: 2}}\ntag_bits: 3\n"),
        pytest.param(6, 3, "outputs: {fc2_mean: [values, argmax], fc2_spread: [values]}\n", marks=pytest.mark.slow),
        pytest.param(12, 1, "dsp: instantiated\npacking: none\n", marks=pytest.mark.slow),
    ],
)
def test_the_firmware_is_the_reference(count: int, cores: int, keys: str, tmp_path: Path) -> None:
    built(tmp_path, pairs(tmp_path, count), keys, cores)
    measured = simulate(tmp_path / "net", None, 15)
    assert measured.simulation is not None and measured.simulation.passed
    assert measured.simulation.latency_cycles == measured.latency_cycles
    assert csim(tmp_path / "net", None, 15).csim is not None


def test_what_is_predicted_is_synthesized(three: Path) -> None:
    report = synthesize(three / "net")  # slices exactly, and no path is longer than predicted
    predicted, found = report.predicted, report.resources
    assert predicted is not None and found is not None
    assert abs(found.lut / predicted.lut - 1) <= predicted.lut_error
    assert abs(found.ff / predicted.ff - 1) <= predicted.ff_error


def test_the_work_of_an_event_is_that_of_all_members(three: Path) -> None:
    report = load_report(three / "net/report.json")
    graph = Build(three / "net").graph
    assert report.macs == 3 * (4 * 5 + 5 * 3) and len(graph.members) == 3
    assert {layer.name: layer.tiles for layer in report.layers if layer.tiles > 1} == {"fc1": 3, "relu": 3, "fc2": 3}
    assert report.latency_formula.startswith("1 register of the event + ")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(2, 5), st.integers(1, 3), st.integers(1, 4), st.integers(0, 3), st.integers(0, 99))
def test_members_take_turns_at_any_interval(turns: int, cores: int, spacing: int, rest: int, seed: int) -> None:
    interval, members = turns * spacing + min(rest, turns - 1), turns * cores
    config = parse_config(f"initiation_interval: {interval}\nensemble: {{members: {members}, cores: {cores}}}\n")
    graphs = [two_layers(seed + member) for member in range(members)]
    lowered, own = lower_all(graphs, [f"m{member}" for member in range(members)], config)
    found = schedule_graph(lowered, own, chosen_board(config))
    assert isinstance(found, Schedule) and found.turns is not None
    assert (found.turns.count, found.turns.spacing, found.initiation_interval) == (turns, spacing, interval)
    assert lowered.core is not None and lowered.core.sets == turns


@pytest.mark.slow
@pytest.mark.third_party
def test_four_jet_taggers_cost_what_the_page_says() -> None:
    trained = load_model(JETS / "qkeras_3layer.json", JETS / "qkeras_3layer_weights.h5")
    graphs = alike(trained, 4)
    told = []
    for cores in (1, 2, 4):
        config = parse_config(
            'initiation_interval: 32\nstrategy: dsp\ninputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}\n'
            f"ensemble: {{members: 4, cores: {cores}}}\n"
        )
        lowered, own = lower_all(graphs, [f"m{member}" for member in range(4)], config)
        found = schedule_graph(lowered, own, chosen_board(config))
        assert found.cost is not None
        told.append(f"{found.dsp} DSPs, {found.cost.lut:,} LUTs and {found.latency_cycles} cycles")
    page = " ".join((ROOT / "docs/outputs.md").read_text(encoding="utf-8").split())
    assert f"take {told[0]} on one core (predicted), {told[1]} on two, and {told[2]} side by side" in page


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (first, w0), (_, w1) = pairs(tmp_path, 2)
    models = (first, "--weights", w0, "--weights", w1)
    cases = [
        (
            "ensemble: {members: 5, cores: 1}\n",
            "design.yaml: ensemble: 5 members take turns on one core, but an event comes every 4 cycles; "
            "write initiation_interval: 5 or more, or remove cores\n",
        ),
        (
            "ensemble: {members: 6, cores: 4}\n",
            "design.yaml: ensemble: cores: 4 cores cannot take 6 members in equal turns; write one of 1, 2, 3, 6\n",
        ),
        (
            "ensemble: {members: 10, cores: 2}\n",
            "design.yaml: ensemble: 5 members take turns on each core, but an event comes every 4 cycles; "
            "write initiation_interval: 5 or more, or remove cores\n",
        ),
        (
            "ensemble: {members: 2, cores: 1}\nlayers: {fc1: {strategy: lut}}\n",
            "fc1 (dense): every channel has its own weights, but an adder graph depends on their values; use strategy "
            "dsp, or a core for each channel\n",
        ),
    ]
    for keys, message in cases:
        assert run(tmp_path, capsys, keys, *models) == (2, message)
    same = (first, "--weights", w0, "--weights", w0)
    code, message = run(tmp_path, capsys, "ensemble: {members: 2, cores: 1}\n", *same)
    assert (code, message) == (
        2,
        "w.h5: has the same weights as w.h5; name one model without ensemble, or 2 that differ\n",
    )


def test_an_image_that_streams_is_refused() -> None:
    image = Chain((6, 6, 1)).conv(2, (3, 3)).relu().dense(2).graph()
    config = parse_config("initiation_interval: 80\nform: streaming\nensemble: {members: 2, cores: 1}")
    lowered, own = lower_all(alike(image, 2), ["first", "second"], config)
    with pytest.raises(ConfigError) as caught:
        schedule_graph(lowered, own, chosen_board(config))
    assert str(caught.value) == (
        "design.yaml: ensemble: cores: lets members take turns, but this network streams an image: remove it, "
        "or write form: frame_parallel"
    )


def test_its_commands(three: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = str(three / "net")
    assert cli.run(["report", net, "--quiet"]) == 0
    assert cli.run(["package", net, "--for", "vhdl", "-o", str(tmp_path / "drop"), "--quiet"]) == 0
    assert cli.run(["check", net, "--max-dsp", "4", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
