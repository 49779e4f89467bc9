"""Boards: what a device offers, read from one YAML file each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError, field_validator

from bxnn.boards.carrier import carriers, resembles, several, spelled
from bxnn.boards.delay_tables import load_delays, speed_grades
from bxnn.compiler.config.messages import all_problems
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.delays.delay_table import DelayTable
from bxnn.compiler.nearest import unknown
from bxnn.compiler.sourced import Sourced

_FOLDER = Path(__file__).resolve().parent
# 2 of ...-2-e, 2M of ...-2mp-e-s; 2 of ...E2VG or ...E2V, as Intel writes it
_GRADE = re.compile(r"(?:-(?=\w+(?:-|$))|[EI](?=\dV))([123](?:LV|[LMH])?)(?:P?(?:-|$)|V)", re.IGNORECASE)
_SHORTEST_COLUMN = 60  # the longest cascade where columns are not public: the least of all devices in this folder
BOARD_FILE = "board.yaml"  # in a build whose board is a user's file
_NO_GRADE = "has no speed grade; write the full part number"

Family = Literal["series7", "ultrascale", "ultrascaleplus", "versal", "stratix10", "agilex"]
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
            (SLR); ``None`` if they are not public.
    """

    PLAIN: ClassVar[frozenset[str]] = frozenset({"name", "part", "device", "family"})

    name: _Text
    part: _Text
    device: _Text
    family: Family = Field(description="series7, ultrascale, ultrascaleplus, versal, stratix10 or agilex")
    dsp_type: _Text
    dsp: _Number
    lut: _Number
    ff: _Number
    bram36: _Number
    operand_a_bits: _Number
    operand_b_bits: _Number
    accumulator_bits: _Number
    dsp_columns: tuple[tuple[int, int], ...] | None = None

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
    def slrs(self) -> int | None:
        """Super logic regions: dies in the package; ``None`` if they are not known."""
        return None if self.dsp_columns is None else len(self.dsp_columns)

    @property
    def longest_cascade(self) -> int:
        """DSP slices in the longest column; a cascade does not cross SLRs.

        Source: UG949, UltraFast Design Methodology Guide.
        """
        return _SHORTEST_COLUMN if self.dsp_columns is None else max(rows for _, rows in self.dsp_columns)

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
            others = [name for name in board_names() if part.lower().startswith(load_board(name).device)]
            way = f"write board: {others[0]} for it" if others else f"the board's own is {self.part}"
            problem = f"{part[:60]!r} is not of {self.device}, the device of board {self.name}; {way}"
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


def is_board_file(name: str) -> bool:
    """Whether the name of a board is that of a user's file."""
    return name.endswith((".yaml", ".yml"))


def board_names() -> tuple[str, ...]:
    """Names of all devices, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_board(name: str) -> Board:
    """The board of that name: a device, a board that carries one, or a file, whose name ends in ``.yaml``.

    Raises:
        ConfigError: If there is none (naming the nearest), or its file is wrong.
    """
    if is_board_file(name):
        return read_board(Path(name), name)
    known = (*board_names(), *carriers())
    found = spelled(name, known)
    if found is None:
        raise ConfigError("design.yaml: board", _unknown(name, known))
    if found in carriers():
        carrier = carriers()[found]
        board = read_board(_FOLDER / f"{carrier.board}.yaml")
        return board.model_copy(update={"name": found, "origins": {**board.origins, "carrier": carrier.origin}})
    return read_board(_FOLDER / f"{found}.yaml")


def _unknown(name: str, known: tuple[str, ...]) -> str:
    """What is wrong with a name, and the way out."""
    if several(name):
        return f"{name[:60]!r} comes with different devices; write {' or '.join(several(name))}"
    devices = {device: load_board(device).device for device in board_names()}
    parts = [device for device, start in devices.items() if name.lower().startswith(start)]
    if parts and _GRADE.search(name):
        return f"{name[:60]!r} is a part; write board: {parts[0]} and part: {name[:60]}"
    hint = f"{unknown(name, known)} There are:" if resembles(name, known) else "is unknown; there are:"
    return f"{name[:60]!r} {hint} {', '.join(known)}; for another device write --board my.yaml (docs/boards.md)"


def read_board(path: Path, subject: str | None = None) -> Board:
    """The board of a YAML file.

    Args:
        path: The file.
        subject: How messages name it; by default, as a file of this folder, whose name must be that of the board.

    Raises:
        ConfigError: If a number is missing, has no source or is not positive.
    """
    own = subject is None
    subject = subject or f"boards/{path.name}"
    raw = read_mapping(path, subject)
    try:
        board = Board.model_validate(raw)
    except ValidationError as error:
        raise all_problems(subject, Board, error) from error
    if own and board.name != path.stem:
        raise ConfigError(subject, f"is named {board.name!r} inside; the name must match that of the file")
    return board
