"""``channels``: a core takes an event of each in turn, and the tag tells which; too many need more cores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bxnn.compiler import driver
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError
from tests.report.network import network


@pytest.mark.parametrize(
    ("keys", "interval", "tag_bits"),
    [
        ("initiation_interval: 8\nchannels: 4", 2, 2),
        ("initiation_interval: 8\nchannels: 3", 2, 2),
        ("initiation_interval: 8\nchannels: 8\ntag_bits: 9", 1, 9),
        ("initiation_interval: 8", 8, 0),
    ],
)
def test_channels_share_the_time_of_one(keys: str, interval: int, tag_bits: int, tmp_path: Path) -> None:
    report = driver.compile_graph(network()[0], parse_config(keys), tmp_path / "build")
    interface = json.loads((tmp_path / "build" / "sim" / "interface.json").read_text(encoding="utf-8"))
    assert (report.initiation_interval, interface["initiation_interval"]) == (interval, interval)
    assert (report.channels, interface["tag_bits"]) == (parse_config(keys).channels, tag_bits)
    assert report.channels * report.initiation_interval <= 8


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            "channels: 384",
            "channels: 384 channels with an event every 8 cycles need 48 cores; write channels: 8 for each of them",
        ),
        (
            "channels: 9",
            "channels: 9 channels with an event every 8 cycles need 2 cores; write channels: 5 for each of them",
        ),
        ("channels: 8\ntag_bits: 2", "tag_bits: 2 bits cannot tell 8 channels apart; write 3 or more"),
        ("channels: 0", "channels: 0 is not an integer from 1 to 65536"),
    ],
)
def test_refused(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"initiation_interval: 8\n{keys}")
    assert str(caught.value) == f"design.yaml: {message}"
