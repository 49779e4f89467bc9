"""The design.yaml shown in README matches the model that README compiles."""

from __future__ import annotations

import re
from pathlib import Path

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.schedule.scheduling import schedule_graph

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    """The only code block in that language."""
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
