"""Boards: every file is complete, every number has a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.boards.board import Board, board_names, load_board, read_board
from bxnn.compiler.errors import ConfigError

# Multiplier ports and accumulator. Source: UG479 (DSP48E1), UG579 (DSP48E2), AM004 (DSP58).
SLICES = {"DSP48E1": (25, 18, 48), "DSP48E2": (27, 18, 48), "DSP58": (27, 24, 58)}


@pytest.mark.parametrize("name", board_names())
def test_board_file(name: str) -> None:
    board = load_board(name)
    assert board.name == name
    assert (*board.operand_bits, board.accumulator_bits) == SLICES[board.dsp_type]
    assert board.ff == 2 * board.lut
    assert sum(columns * rows for columns, rows in board.dsp_columns) >= board.dsp
    assert set(board.origins) == set(Board.model_fields) - Board.PLAIN - {"origins"}
    assert board.part.startswith(board.device)
    assert board.with_part(board.part) == board


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
    ("name", "slrs", "cascade"),
    [("xcvu9p", 3, 120), ("xcvu13p", 4, 96), ("xcvu37p", 3, 96), ("xcvc1902", 1, 164), ("xc7vx690t", 1, 200)],
)
def test_a_cascade_stays_in_a_column_of_one_slr(name: str, slrs: int, cascade: int) -> None:
    board = load_board(name)
    assert (board.slrs, board.longest_cascade) == (slrs, cascade)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{value: 6840,", "{value: -1,", "boards/xcvu9p.yaml: dsp: -1 is not a positive number"),
        (
            "name: xcvu9p",
            "name: vu9p",
            "boards/xcvu9p.yaml: is named 'vu9p' inside; the name must match that of the file",
        ),
        (
            "bram36: {value: 2160, ",
            "bram36: {",
            "boards/xcvu9p.yaml: bram36 is not of the form {value: ..., source: ...}",
        ),
        (
            "2104-2-e",
            "2104",
            "boards/xcvu9p.yaml: part: 'xcvu9p-flga2104' has no speed grade; write the full part number",
        ),
        (
            "[19, 120]]",
            "[19]]",
            "boards/xcvu9p.yaml: dsp_columns: is not a list of pairs of columns and rows, one for each SLR",
        ),
        (
            "ultrascaleplus",
            "ultrascale+",
            "boards/xcvu9p.yaml: family: 'ultrascale+' is not series7, ultrascale, ultrascaleplus or versal; "
            "did you mean 'ultrascale'?",
        ),
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
