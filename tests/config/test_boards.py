"""Boards: every file is complete, every number has a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.boards.board import Board, board_names, load_board, read_board
from bxnn.boards.carrier import carriers
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler import driver
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.errors import ConfigError
from tests.report.network import network

# Multiplier ports and accumulator. Source: UG479 (DSP48E1), UG579 (DSP48E2), AM004 (DSP58).
# Intel's user guides 683832 and 683037 (DSP block).
SLICES = {"DSP48E1": (25, 18, 48), "DSP48E2": (27, 18, 48), "DSP58": (27, 24, 58), "DSP block": (27, 27, 64)}
NAMES = ", ".join((*board_names(), *carriers()))
MORE = f"{NAMES}; for another device write --board my.yaml (docs/boards.md)"


@pytest.mark.parametrize("name", board_names())
def test_board_file(name: str) -> None:
    board = load_board(name)
    assert board.name == name
    assert (*board.operand_bits, board.accumulator_bits) == SLICES[board.dsp_type]
    assert board.ff == (4 if board.dsp_type == "DSP block" else 2) * board.lut
    unknown = {"dsp_columns"} if board.dsp_columns is None else set()
    assert unknown or sum(columns * rows for columns, rows in board.dsp_columns or ()) >= board.dsp
    assert set(board.origins) == set(Board.model_fields) - Board.PLAIN - {"origins"} - unknown
    assert board.part.lower().startswith(board.device)
    assert board.with_part(board.part) == board


def test_default_board() -> None:
    board = load_board("xcvu9p")
    assert (board.dsp, board.lut, board.ff, board.bram36) == (6840, 1182240, 2364480, 2160)


def test_unknown_columns_are_as_short_as_any() -> None:
    boards = [load_board(name) for name in board_names()]
    known = [board.longest_cascade for board in boards if board.dsp_columns is not None]
    assert {board.longest_cascade for board in boards if board.dsp_columns is None} == {min(known)}


@pytest.mark.parametrize("name", carriers())
def test_carriers(name: str) -> None:
    """A board by its own name is the device that it carries, and says how that is known."""
    board, device = load_board(name), load_board(carriers()[name].board)
    assert (board.name, board.part, board.dsp) == (name, device.part, device.dsp)
    assert board.origins["carrier"] == carriers()[name].origin


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *(("eFEX", "efex"), ("jFEX", "jfex"), ("gFEX", "gfex"), ("L1Topo", "l1topo"), ("LASP", "lasp")),
        *(("Global Common Module", "gcm"), ("X2O", "x2o"), ("APx", "apx"), ("U250", "u250"), ("ZCU102", "zcu102")),
        *(("KV260", "kv260"), ("Pynq-Z2", "pynq_z2"), ("Stratix 10", "stratix10"), ("VU13P", "xcvu13p")),
        *(("FELIX KU115", "felix_ku115"), ("serenity-vu13p", "serenity_vu13p"), ("XCVU9P", "xcvu9p")),
    ],
)
def test_spellings(written: str, name: str) -> None:
    assert load_board(written).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xcvu9", "'xcvu9' is unknown; did you mean 'xcvu9p'? There are: " + MORE),
        ("efx", "'efx' is unknown; did you mean 'efex'? There are: " + MORE),
        ("de10-nano", f"'de10-nano' is unknown; there are: {MORE}"),
        ("FELIX", "'FELIX' comes with different devices; write felix_ku115 or felix_vu37p"),
        ("xcvu9p-flgb2104-2-e", "'xcvu9p-flgb2104-2-e' is a part; write board: xcvu9p and part: xcvu9p-flgb2104-2-e"),
    ],
)
def test_unknown_board(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_board(name)
    assert str(caught.value) == f"design.yaml: board: {message}"


def test_a_users_file(tmp_path: Path) -> None:
    """It is looked up beside design.yaml, kept in the build, and its device is what everything is measured by."""
    from bxnn import boards

    text = (Path(boards.__path__[0]) / "xcvu9p.yaml").read_text(encoding="utf-8")
    mine = text.replace("name: xcvu9p", "name: my_card").replace("value: 6840", "value: 600")
    (tmp_path / "mine.yaml").write_text(mine, encoding="utf-8")
    (tmp_path / "design.yaml").write_text("board: mine.yaml\ninitiation_interval: 4\n", encoding="utf-8")
    report = driver.compile_graph(network()[0], load_config(tmp_path / "design.yaml"), tmp_path / "build")
    assert (report.board.name, report.board.dsp) == ("my_card", 600)
    assert (tmp_path / "build" / "board.yaml").read_text(encoding="utf-8") == mine
    assert report.device_use is not None and report.device_use.dsp == report.dsp / 600
    assert report.device_use.slr == 3 * max(
        report.device_use.dsp, report.device_use.lut or 0, report.device_use.ff or 0
    )
    assert "of one of 3 SLRs" in (tmp_path / "build" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (None, ["cannot be read: No such file or directory"]),
        (
            "name: x\n",
            [
                "part: is missing; it takes a text",
                "device: is missing; it takes a text",
                "family: is missing; it takes series7, ultrascale, ultrascaleplus, versal, stratix10 or agilex",
                "dsp_type: is missing; it takes a text",
                "dsp: is missing; it takes a positive number",
                "lut: is missing; it takes a positive number",
                "ff: is missing; it takes a positive number",
                "bram36: is missing; it takes a positive number",
                "operand_a_bits: is missing; it takes a positive number",
                "operand_b_bits: is missing; it takes a positive number",
                "accumulator_bits: is missing; it takes a positive number",
            ],
        ),
    ],
)
def test_wrong_users_file(text: str | None, problems: list[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_board(str(path))
    assert str(caught.value) == "\n".join(f"{path}: {problem}" for problem in problems)


def test_no_slice_of_that_device_is_instantiated() -> None:
    with pytest.raises(ConfigError) as caught:
        chosen_board(parse_config("board: stratix10\ninitiation_interval: 4\ndsp: instantiated\n"))
    assert str(caught.value) == (
        "design.yaml: dsp: instantiated needs one of DSP48E1, DSP48E2, DSP58, but 1sg280 has DSP blocks; write inferred"
    )


def test_a_device_without_public_limits_takes_any_clock() -> None:
    board = chosen_board(parse_config("board: LASP\ninitiation_interval: 4\nclock_mhz: 900\n"))
    assert (board.speed_grade, board.delays.fabric) == ("2", None)
    assert board.with_speed_grade("3").part == "AGFB014R24B2E3V"


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
            "boards/xcvu9p.yaml: family: 'ultrascale+' is not series7, ultrascale, ultrascaleplus, versal, "
            "stratix10 or agilex; did you mean 'ultrascale'?",
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
