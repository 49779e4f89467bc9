"""Boards: every file is complete, every number has a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.boards.board import board_names, load_board, read_board
from bxnn.compiler.errors import ConfigError

# Multiplier ports and accumulator. Source: UG479 (DSP48E1), UG579 (DSP48E2), AM004 (DSP58).
SLICES = {"DSP48E1": (25, 18, 48), "DSP48E2": (27, 18, 48), "DSP58": (27, 24, 58)}


@pytest.mark.parametrize("name", board_names())
def test_board_file(name: str) -> None:
    board = load_board(name)
    assert board.name == name
    assert (*board.operand_bits, board.accumulator_bits) == SLICES[board.dsp_type]
    assert board.ff == 2 * board.lut
    numbers = {
        "dsp_type",
        "dsp",
        "lut",
        "ff",
        "bram36",
        "max_clock_mhz",
        "operand_a_bits",
        "operand_b_bits",
        "accumulator_bits",
    }
    assert numbers <= {key for key, _ in board.sources}
    assert all(source.startswith(("DS", "UG", "AM")) for _, source in board.sources)


def test_default_board() -> None:
    board = load_board("xcvu9p")
    assert (board.dsp, board.lut, board.ff, board.bram36) == (6840, 1182240, 2364480, 2160)


def test_unknown_board() -> None:
    with pytest.raises(ConfigError) as caught:
        load_board("xcvu9")
    assert str(caught.value) == (
        "design.yaml: board: 'xcvu9' is unknown; did you mean 'xcvu9p'? There are: " + ", ".join(board_names())
    )


@pytest.mark.parametrize(
    ("name", "grade", "limit"),
    [
        ("xcvu9p", "2", 775),
        ("xcvu13p", "2", 775),
        ("xcvu37p", "2", 775),
        ("xcku115", "2", 661),
        ("xc7k325t", "2", 650),
        ("xc7vx690t", "2", 650),
        ("xcvc1902", "2M", 1070),
    ],
)
def test_the_clock_limit_is_that_of_the_parts_speed_grade(name: str, grade: str, limit: float) -> None:
    board = load_board(name)
    assert (board.speed_grade, board.max_clock_mhz) == (grade, limit)
    board.check_clock(limit)
    with pytest.raises(ConfigError) as caught:
        board.check_clock(limit + 1)
    assert str(caught.value) == (
        f"design.yaml: clock_mhz: {limit + 1:g} MHz is out of range; a {board.dsp_type} of {board.part} (speed grade "
        f"-{grade}) reaches {limit:g} MHz at most ({dict(board.sources)['max_clock_mhz']})"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{value: 6840,", "{value: -1,", "boards/xcvu9p.yaml: dsp: -1 is not a positive number"),
        (
            "name: xcvu9p",
            "name: vu9p",
            "boards/xcvu9p.yaml: is named 'vu9p' inside; the name and the file's must agree",
        ),
        (
            "bram36: {value: 2160, ",
            "bram36: {",
            "boards/xcvu9p.yaml: bram36: is not of the form {value: ..., source: ...}",
        ),
        ("2104-2-e", "2104-1LV-e", "boards/xcvu9p.yaml: max_clock_mhz: has no entry for speed grade '1LV' of the part"),
        (
            "2104-2-e",
            "2104",
            "boards/xcvu9p.yaml: part: 'xcvu9p-flga2104' names no speed grade; write the full part number",
        ),
        ("{value: 891,", "{value: 0,", "boards/xcvu9p.yaml: max_clock_mhz: 3: 0 is not a positive number"),
        ("bram36:", "bram63:", "boards/xcvu9p.yaml: key 'bram63' is unknown; did you mean 'bram36'?"),
    ],
)
def test_wrong_board_file(tmp_path: Path, old: str, new: str, message: str) -> None:
    from bxnn import boards

    text = (Path(boards.__path__[0]) / "xcvu9p.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "xcvu9p.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_board(path)
    assert str(caught.value) == message
