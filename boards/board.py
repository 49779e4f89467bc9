"""Boards: what a device offers, read from one YAML file each."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.nearest import unknown

_FOLDER = Path(__file__).resolve().parent
_PLAIN = ("name", "part")
_GRADE = re.compile(r"-([123](?:LV|[LMH])?)P?(?:-|$)", re.IGNORECASE)  # 2 of ...-2-e, 2M of ...-2mp-e-s


@dataclass(frozen=True)
class Board:
    """A board or a bare part.

    Attributes:
        name: As design.yaml spells it; the name of its file.
        part: Full part number for the vendor's tool.
        dsp_type: Kind of DSP slice.
        dsp: DSP slices.
        lut: Look-up tables.
        ff: Flip-flops.
        bram36: 36-kbit block RAMs.
        operand_a_bits: Wider multiplier port, signed.
        operand_b_bits: Narrower multiplier port, signed.
        accumulator_bits: Post-adder width.
        max_clock_mhz: Fastest clock of a DSP slice with all its registers, in the speed grade of ``part``.
        sources: Pairs (field, document) for every number above.
    """

    name: str
    part: str
    dsp_type: str
    dsp: int
    lut: int
    ff: int
    bram36: int
    operand_a_bits: int
    operand_b_bits: int
    accumulator_bits: int
    max_clock_mhz: float
    sources: tuple[tuple[str, str], ...]

    @property
    def operand_bits(self) -> tuple[int, int]:
        """Widths of both multiplier ports, wider first."""
        return self.operand_a_bits, self.operand_b_bits

    @property
    def speed_grade(self) -> str:
        """Speed grade that the part number carries, e.g. ``2`` or ``2M``."""
        return _speed_grade(f"boards/{self.name}.yaml", self.part)

    def check_clock(self, clock_mhz: float) -> None:
        """Refuse a clock that a DSP slice does not reach in the part's speed grade.

        Raises:
            ConfigError: Naming both frequencies and where the limit is from.
        """
        if clock_mhz > self.max_clock_mhz:
            raise ConfigError(
                "design.yaml: clock_mhz",
                f"{clock_mhz:g} MHz is out of range; a {self.dsp_type} of {self.part} (speed grade "
                f"-{self.speed_grade}) reaches {self.max_clock_mhz:g} MHz at most "
                f"({dict(self.sources)['max_clock_mhz']})",
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
    known = [field.name for field in fields(Board) if field.name != "sources"]
    for key in raw:
        if key not in known:
            raise ConfigError(subject, f"key {key!r} {unknown(key, known)}")
    values: dict[str, Any] = {}
    sources: list[tuple[str, str]] = []
    for key in known:
        if key in _PLAIN:
            values[key] = _text(subject, key, raw.get(key))
        elif key == "max_clock_mhz":
            values[key], source = _graded(subject, key, raw.get(key), _speed_grade(subject, values["part"]))
            sources.append((key, source))
        else:
            values[key], source = _sourced(subject, key, raw.get(key))
            sources.append((key, source))
    if values["name"] != path.stem:
        raise ConfigError(subject, f"is named {values['name']!r} inside; the name and the file's must agree")
    return Board(**values, sources=tuple(sources))


def _speed_grade(subject: str, part: str) -> str:
    match = _GRADE.search(part)
    if match is None:
        raise ConfigError(f"{subject}: part", f"{part!r} names no speed grade; write the full part number")
    return match[1].upper()


def _graded(subject: str, key: str, entry: Any, grade: str) -> tuple[Any, str]:
    """The number of the part's speed grade; the numbers of all the others are checked as well."""
    if not isinstance(entry, dict) or grade not in entry:
        raise ConfigError(f"{subject}: {key}", f"has no entry for speed grade {grade!r} of the part")
    numbers = {name: _sourced(subject, f"{key}: {name}", value) for name, value in entry.items()}
    return numbers[grade]


def _sourced(subject: str, key: str, entry: Any) -> tuple[Any, str]:
    if not isinstance(entry, dict) or set(entry) != {"value", "source"}:
        raise ConfigError(f"{subject}: {key}", "is not of the form {value: ..., source: ...}")
    source = _text(subject, f"{key}: source", entry["source"])
    value = entry["value"]
    if key == "dsp_type":
        return _text(subject, key, value), source
    number = (int, float) if key.startswith("max_clock_mhz") else int
    if isinstance(value, bool) or not isinstance(value, number) or not value > 0:
        raise ConfigError(f"{subject}: {key}", f"{value!r} is not a positive number")
    return value, source


def _text(subject: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{subject}: {key}", "is missing or no text")
    return value
