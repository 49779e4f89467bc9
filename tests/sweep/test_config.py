"""sweep.yaml: which points it describes, and every way in which it can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.config.strict_yaml import parse_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.sweep.sweep_config import SweepConfig, check_sweep, load_sweep


def sweep(text: str) -> SweepConfig:
    return check_sweep(parse_mapping(text, "sweep.yaml"))


def test_every_combination_once_the_last_key_fastest() -> None:
    found = sweep("initiation_interval: [4, 2]\nclock_mhz: [320, 360.5]\nstrategy: dsp")
    assert found.swept == (("initiation_interval",), ("clock_mhz",))
    pairs = [(point.initiation_interval, point.clock_mhz, point.strategy) for point in found.points]
    assert pairs == [(4, 320.0, "dsp"), (4, 360.5, "dsp"), (2, 320.0, "dsp"), (2, 360.5, "dsp")]


def test_without_a_list_there_is_one_point() -> None:
    text = 'initiation_interval: 3\ninputs: {x: "fixed<8,4>"}'
    assert sweep(text) == SweepConfig((), (parse_config(text),))


def test_keys_of_sections_are_swept_too() -> None:
    found = sweep("initiation_interval: 8\nbudget: {dsp: [1, 2], latency_ns: 90}\nlayers: {fc1: {cascade: [3, 5]}}")
    assert found.swept == (("budget", "dsp"), ("layers", "fc1", "cascade"))
    shown = [(point.budget.dsp, point.budget.latency_ns, point.layers["fc1"].cascade) for point in found.points]
    assert shown == [(1, 90.0, 3), (1, 90.0, 5), (2, 90.0, 3), (2, 90.0, 5)]


def test_points_are_those_of_design_yaml() -> None:
    found = sweep("initiation_interval: [8]\nboard: [xcvu9p, xcku115]")
    assert found.points == tuple(
        parse_config(f"initiation_interval: 8\nboard: {board}") for board in ("xcvu9p", "xcku115")
    )


WRONG = [
    ("initiation_interval: 8\nclock_mh: [320]", "sweep.yaml: key 'clock_mh' is unknown; did you mean 'clock_mhz'?"),
    (
        "initiation_interval: 8\nbudget: {dps: [1]}",
        "sweep.yaml: budget: key 'dps' is unknown; did you mean 'dsp'?",
    ),
    ("clock_mhz: [320]", "sweep.yaml: initiation_interval: is missing; it takes an integer from 1 to 65536"),
    (
        "initiation_interval: [8, 0]",
        "sweep.yaml: initiation_interval: 0 is not an integer from 1 to 65536",
    ),
    (
        "initiation_interval: 8\nstrategy: [dsp, lot]",
        "sweep.yaml: strategy: 'lot' is not auto, dsp or lut; did you mean 'lut'?",
    ),
    (
        "initiation_interval: 8\nclock_mhz: [[320]]",
        "sweep.yaml: clock_mhz: a list is not a number of MHz from 1 to 2000",
    ),
    ("initiation_interval: []", "sweep.yaml: initiation_interval: is an empty list; give it a value or remove it"),
    ("initiation_interval: [8, 4, 8]", "sweep.yaml: initiation_interval: contains 8 twice; keep one"),
    (
        f"initiation_interval: {list(range(1, 102))}\nbudget: {{dsp: {list(range(100))}}}",
        "sweep.yaml: has 10100 points, but at most 10000 are supported; shorten its lists",
    ),
    ("[8]", "sweep.yaml: is not a YAML mapping of keys to values"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[message[12:60] for _, message in WRONG])
def test_wrong_sweeps(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sweep(text)
    assert str(caught.value) == message


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_sweep(tmp_path / "none.yaml")
    assert str(caught.value) == f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory"
