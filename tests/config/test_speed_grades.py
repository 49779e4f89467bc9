"""Parts and speed grades: every clock limit is that of the part's own grade, with its data sheet."""

from __future__ import annotations

import pytest

from bxnn.boards.board import load_board
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError

DS923 = "DS923 v1.20, Virtex UltraScale+ FPGAs Data Sheet, DSP48E2 F_MAX"
DS960 = "DS960 v1.5, Versal HBM Series Data Sheet, DSP58 F_MAX (DS957 of the AI Core series was not read)"
DS892 = "DS892, Kintex UltraScale FPGAs Data Sheet (from memory, the sheet was not read)"
DS182 = "DS182, DS183, Kintex-7 and Virtex-7 FPGAs Data Sheets (from memory, the sheets were not read)"

# Source of the limits: devices.md of the project's facts, sections 1 and 2.
LIMITS = [
    ("board: xcvu9p", "2", 775, "a DSP48E2", f"{DS923}, 0.85 V"),
    ("board: xcvu9p\nspeed_grade: '3'", "3", 891, "a DSP48E2", f"{DS923}, 0.90 V"),
    ("board: xcvu9p\nspeed_grade: '1'", "1", 645, "a DSP48E2", f"{DS923}, 0.85 V"),
    ("board: xcvu9p\nspeed_grade: 2L", "2L", 775, "a DSP48E2", f"{DS923}, 0.85 V"),
    ("board: xcvu9p\nspeed_grade: 2lv", "2LV", 644, "a DSP48E2", f"{DS923}, 0.72 V"),
    ("board: xcvu13p\npart: xcvu13p-fhga2104-1-i", "1", 645, "a DSP48E2", f"{DS923}, 0.85 V"),
    ("board: xcvu37p", "2", 775, "a DSP48E2", f"{DS923}, 0.85 V"),
    ("board: xck26", "2LV", 644, "a DSP48E2", f"{DS923}, 0.72 V"),
    ("board: xcku115", "2", 661, "a DSP48E2", DS892),
    ("board: xc7k325t", "2", 650, "a DSP48E1", DS182),
    ("board: xc7vx690t\nspeed_grade: '3'", "3", 741, "a DSP48E1", DS182),
    ("board: xcvc1902\nspeed_grade: 2L", "2L", 760, "a DSP58", DS960),
]


@pytest.mark.parametrize(("keys", "grade", "limit", "what", "source"), LIMITS)
def test_the_limit_is_that_of_the_grade(keys: str, grade: str, limit: float, what: str, source: str) -> None:
    board = chosen_board(parse_config(f"initiation_interval: 8\nclock_mhz: {limit}\n{keys}"))
    assert board.speed_grade == grade
    with pytest.raises(ConfigError) as caught:
        chosen_board(parse_config(f"initiation_interval: 8\nclock_mhz: {limit + 1}\n{keys}"))
    assert str(caught.value) == (
        f"design.yaml: clock_mhz: {limit + 1:g} MHz is out of range; {what} of {board.part} (speed grade -{grade}) "
        f"reaches {limit:g} MHz at most ({source})"
    )


def test_880_mhz_is_beyond_a_vu9p_of_grade_2() -> None:
    with pytest.raises(ConfigError) as caught:
        chosen_board(parse_config("initiation_interval: 8\nclock_mhz: 880\nboard: xcvu9p"))
    assert str(caught.value) == (
        "design.yaml: clock_mhz: 880 MHz is out of range; a DSP48E2 of xcvu9p-flga2104-2-e (speed grade -2) reaches "
        f"775 MHz at most ({DS923}, 0.85 V)"
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            "part: xcvu13p-flga2577-2-e",
            "part: 'xcvu13p-flga2577-2-e' is not of xcvu9p, the device of board xcvu9p; write board: xcvu13p for it",
        ),
        ("part: xcvu9p-flga2104", "part: 'xcvu9p-flga2104' has no speed grade; write the full part number"),
        (
            "part: xcvu9p-flga2104-1LV-e",
            "part: speed grade -1LV of xcvu9p has no known clock limits; -1, -2, -2L, -2LV, -3 have",
        ),
        (
            "speed_grade: '4'",
            "speed_grade: speed grade -4 of xcvu9p has no known clock limits; -1, -2, -2L, -2LV, -3 have",
        ),
        (
            "part: xcvu9p-flga2104-1-e\nspeed_grade: '2'",
            "speed_grade: '2' differs from that of part 'xcvu9p-flga2104-1-e'; keep one of the keys",
        ),
        ("speed_grade: 2", 'speed_grade: 2 is not a speed grade in quotes such as "2" or "2LV", without a hyphen'),
    ],
)
def test_wrong_parts_and_grades(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen_board(parse_config(f"initiation_interval: 8\nboard: xcvu9p\n{keys}"))
    assert str(caught.value) == f"design.yaml: {message}"


def test_another_package_of_the_same_grade() -> None:
    board = load_board("xcvu9p").with_part("xcvu9p-flgb2104-2-i")
    assert (board.part, board.speed_grade) == ("xcvu9p-flgb2104-2-i", "2")
