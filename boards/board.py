"""Boards: what a device offers, read from one YAML file each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError, field_validator

from bxnn.boards.delay_tables import load_delays, speed_grades
from bxnn.compiler.config.messages import first_problem
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.delays.delay_table import DelayTable
from bxnn.compiler.nearest import unknown
from bxnn.compiler.sourced import Sourced

_FOLDER = Path(__file__).resolve().parent
_GRADE = re.compile(r"-([123](?:LV|[LMH])?)P?(?:-|$)", re.IGNORECASE)  # 2 of ...-2-e, 2M of ...-2mp-e-s
_NO_GRADE = "has no speed grade; write the full part number"

Family = Literal["series7", "ultrascale", "ultrascaleplus", "versal"]
_Text = Annotated[str, Field(min_length=1, description="a text")]
_Number = Annotated[int, Field(gt=0, description="a positive number")]


class Board(Sourced):
    """A board or a bare part.

    Attributes:
        name: As spelled in design.yaml; the name of its file.
        part: Full part number for the vendor's tool; its speed grade determines limits and delays.
        device: Prefix of all part numbers of the device, in lower case.
        family: Family of the device.
        dsp_type: Kind of DSP slice.
        dsp: DSP slices.
        lut: Look-up tables.
        ff: Flip-flops.
        bram36: 36-kbit block RAMs.
        operand_a_bits: Wider multiplier port, signed.
        operand_b_bits: Narrower multiplier port, signed.
        accumulator_bits: Post-adder width.
        dsp_columns: Number of columns of DSP slices, and slices in the longest of them, for each super logic region
            (SLR).
    """

    PLAIN: ClassVar[frozenset[str]] = frozenset({"name", "part", "device", "family"})

    name: _Text
    part: _Text
    device: _Text
    family: Family = Field(description="series7, ultrascale, ultrascaleplus or versal")
    dsp_type: _Text
    dsp: _Number
    lut: _Number
    ff: _Number
    bram36: _Number
    operand_a_bits: _Number
    operand_b_bits: _Number
    accumulator_bits: _Number
    dsp_columns: tuple[tuple[int, int], ...]

    @field_validator("dsp_columns", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> tuple[tuple[Any, ...], ...]:
        pairs = value if isinstance(value, list) else []
        whole = all(isinstance(pair, list) and [type(each) for each in pair] == [int, int] for pair in pairs)
        if not pairs or not whole or min(map(min, pairs)) < 1:
            raise ValueError("is not a list of pairs of columns and rows, one for each SLR")
        return tuple(map(tuple, pairs))

    @field_validator("part")
    @classmethod
    def _has_grade(cls, part: str) -> str:
        if _GRADE.search(part) is None:
            raise ValueError(f"{part!r} {_NO_GRADE}")
        return part

    @property
    def operand_bits(self) -> tuple[int, int]:
        """Widths of both multiplier ports, wider first."""
        return self.operand_a_bits, self.operand_b_bits

    @property
    def speed_grade(self) -> str:
        """Speed grade in the part number, e.g. ``2`` or ``2M``."""
        return self._grade[1].upper()

    @property
    def _grade(self) -> re.Match[str]:
        match = _GRADE.search(self.part)
        assert match is not None  # checked when the part was set
        return match

    @property
    def slrs(self) -> int:
        """Super logic regions: dies in the package."""
        return len(self.dsp_columns)

    @property
    def longest_cascade(self) -> int:
        """DSP slices in the longest column; a cascade does not cross SLRs.

        Source: UG949, UltraFast Design Methodology Guide.
        """
        return max(rows for _, rows in self.dsp_columns)

    @property
    def delays(self) -> DelayTable:
        """Clock limits and delays of the device in the part's speed grade."""
        return load_delays(self.family, self.speed_grade)

    def with_part(self, part: str) -> Board:
        """The board with a different package, temperature range or speed grade of its device.

        Raises:
            ConfigError: If the part is a different device, or no clock limits are known for its speed grade.
        """
        if not part.lower().startswith(self.device):
            problem = f"{part[:60]!r} is not of {self.device}, the device of board {self.name}"
            raise ConfigError("design.yaml: part", problem)
        found = _GRADE.search(part)
        if found is None:
            raise ConfigError("design.yaml: part", f"{part[:60]!r} {_NO_GRADE}")
        self._check_grade("part", found[1].upper())
        return self.model_copy(update={"part": part})

    def with_speed_grade(self, speed_grade: str) -> Board:
        """The board with its part in a different speed grade, such as ``3`` or ``2LV``.

        Raises:
            ConfigError: If no clock limits are known for it.
        """
        self._check_grade("speed_grade", speed_grade)
        first, last = self._grade.span(1)
        return self.model_copy(update={"part": f"{self.part[:first]}{speed_grade}{self.part[last:]}"})

    def _check_grade(self, key: str, speed_grade: str) -> None:
        known = speed_grades(self.family)
        if speed_grade not in known:
            listed = ", ".join(f"-{grade}" for grade in known)
            problem = f"speed grade -{speed_grade} of {self.device} has no known clock limits; {listed} have"
            raise ConfigError(f"design.yaml: {key}", problem)

    def check_clock(self, clock_mhz: float) -> None:
        """Refuse a clock that global buffers or DSP slices cannot reach in the part's speed grade.

        Raises:
            ConfigError: Naming both frequencies and the source of the limit.
        """
        limits = self.delays.limits
        found = min(("dsp_all", "bufg"), key=lambda name: float(getattr(limits, name)))
        limit = getattr(limits, found)
        if clock_mhz > limit:
            what = f"a {self.dsp_type}" if found == "dsp_all" else "a global clock buffer"
            raise ConfigError(
                "design.yaml: clock_mhz",
                f"{clock_mhz:g} MHz is out of range; {what} of {self.part} (speed grade -{self.speed_grade}) reaches "
                f"{limit:g} MHz at most ({limits.origins[found].source})",
            )


def board_names() -> tuple[str, ...]:
    """Names of all boards, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_board(name: str) -> Board:
    """The board of that name.

    Raises:
        ConfigError: If there is none (naming the nearest), or its file is wrong.
    """
    if name not in board_names():
        raise ConfigError(
            "design.yaml: board",
            f"{name[:60]!r} {unknown(name, board_names())} There are: {', '.join(board_names())}",
        )
    return read_board(_FOLDER / f"{name}.yaml")


def read_board(path: Path) -> Board:
    """The board of a YAML file.

    Raises:
        ConfigError: If a number is missing, has no source or is not positive.
    """
    subject = f"boards/{path.name}"
    raw = read_mapping(path, subject)
    try:
        board = Board.model_validate(raw)
    except ValidationError as error:
        raise first_problem(subject, Board, error) from error
    if board.name != path.stem:
        raise ConfigError(subject, f"is named {board.name!r} inside; the name must match that of the file")
    return board
