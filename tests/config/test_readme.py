"""The design.yaml that README shows is one for the model that README compiles."""

from __future__ import annotations

import re
from pathlib import Path

from boards.board import load_board
from compiler.config import parse_config
from compiler.driver import lower
from compiler.frontend import load_model
from compiler.hardware.schedule import Schedule
from compiler.planning import schedule_graph

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    """The only block of code in that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def test_design_yaml_of_readme_fits_its_model() -> None:
    (model,) = re.findall(r'bxnn\.compile\("([^"]+)"', _block("python"))
    config = parse_config(_block("yaml"))
    board = load_board(config.board)
    board.check_clock(config.clock_mhz)
    schedule = schedule_graph(lower(load_model(ROOT / model, None, config.name), config), config, board)
    assert isinstance(schedule, Schedule)
    assert schedule.initiation_interval == config.initiation_interval == 8
    assert config.budget.dsp is not None and 0 < schedule.dsp <= config.budget.dsp
