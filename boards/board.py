"""Boards: what a device offers, read from one YAML file each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from compiler.errors import ConfigError
from compiler.nearest import nearest
from compiler.strict_yaml import read_mapping

_FOLDER = Path(__file__).resolve().parent
_PLAIN = ("name", "part")


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
        max_clock_mhz: Fastest clock of a DSP slice in the fastest speed grade; ``None`` without a source.
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
    max_clock_mhz: float | None
    sources: tuple[tuple[str, str], ...]

    @property
    def operand_bits(self) -> tuple[int, int]:
        """Widths of both multiplier ports, wider first."""
        return self.operand_a_bits, self.operand_b_bits

    def check_clock(self, clock_mhz: float) -> None:
        """Refuse a clock that no speed grade of the device reaches.

        Raises:
            ConfigError: Naming both frequencies.
        """
        if self.max_clock_mhz is not None and clock_mhz > self.max_clock_mhz:
            raise ConfigError(
                "design.yaml: clock_mhz",
                f"{clock_mhz:g} MHz is out of range; a {self.dsp_type} of {self.name} reaches "
                f"{self.max_clock_mhz:g} MHz at most",
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
            f"{name[:60]!r} is unknown; did you mean {nearest(name, board_names())!r}? "
            f"There are: {', '.join(board_names())}",
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
            raise ConfigError(subject, f"key {key!r} is unknown; did you mean {nearest(key, known)!r}?")
    values: dict[str, Any] = {}
    sources: list[tuple[str, str]] = []
    for key in known:
        if key in _PLAIN:
            values[key] = _text(subject, key, raw.get(key))
        elif key == "max_clock_mhz" and key not in raw:
            values[key] = None
        else:
            values[key], source = _sourced(subject, key, raw.get(key))
            sources.append((key, source))
    if values["name"] != path.stem:
        raise ConfigError(subject, f"is named {values['name']!r} inside; the name and the file's must agree")
    return Board(**values, sources=tuple(sources))


def _sourced(subject: str, key: str, entry: Any) -> tuple[Any, str]:
    if not isinstance(entry, dict) or set(entry) != {"value", "source"}:
        raise ConfigError(f"{subject}: {key}", "is not of the form {value: ..., source: ...}")
    source = _text(subject, f"{key}: source", entry["source"])
    value = entry["value"]
    if key == "dsp_type":
        return _text(subject, key, value), source
    number = int if key != "max_clock_mhz" else (int, float)
    if isinstance(value, bool) or not isinstance(value, number) or not value > 0:
        raise ConfigError(f"{subject}: {key}", f"{value!r} is not a positive number")
    return value, source


def _text(subject: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{subject}: {key}", "is missing or no text")
    return value
