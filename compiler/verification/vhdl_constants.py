"""Reads the constants of a layer's VHDL: those of its package, and what its instance passes to generics.

Only the form in which bxnn writes them is read; there is no evaluation of expressions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.errors import VerificationError

_COMMENT = re.compile(r"--.*$", re.MULTILINE)
_CONSTANT = re.compile(r"constant\s+(\w+)\s*:\s*\w+(?:\(.*?\))?\s*:=\s*(.*?);", re.DOTALL)
_INSTANCE = re.compile(r"entity work\.(\w+)\s+generic map \((.*?)\n\s+\)\s+port map", re.DOTALL)
_GENERIC = re.compile(r"(\w+)\s*=>\s*([\w-]+)")
_PIECE = re.compile(r'(\d*)([xXbB]?)"([0-9A-Fa-f_]*)"')


@dataclass(frozen=True)
class Instance:
    """An instance of a library entity in the VHDL of a layer.

    Attributes:
        entity: Name of the entity.
        generics: Text of every generic: a number, or the name of a constant.
        constants: Text of every constant of the file.
        file: Where it was read.
    """

    entity: str
    generics: Mapping[str, str]
    constants: Mapping[str, str]
    file: str

    def number(self, generic: str, default: int | None = None) -> int:
        """The value of an integer generic.

        Raises:
            VerificationError: If it has none that can be read.
        """
        text = self.generics.get(generic, None if default is None else str(default))
        text = self.constants.get(text or "", text)
        if text is None or not re.fullmatch(r"-?\d+", text.strip()):
            raise self._unreadable(generic)
        return int(text)

    def integers(self, generic: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """The value of a vector of integers.

        Raises:
            VerificationError: If it has none that can be read.
        """
        if generic not in self.generics and default is not None:
            return default
        text = self.constants.get(self.generics.get(generic, ""))
        if text is None:
            raise self._unreadable(generic)
        inside = text[text.rindex("(") + 1 : text.rindex(")")]
        entries = [entry.split("=>")[-1].strip() for entry in inside.split(",")]
        if not all(re.fullmatch(r"-?\d+", entry) for entry in entries):
            raise self._unreadable(generic)
        return tuple(map(int, entries))

    def bits(self, generic: str) -> str:
        """The digits of a bit vector, the highest first.

        Raises:
            VerificationError: If it has none that can be read.
        """
        pieces = _PIECE.findall(self.constants.get(self.generics.get(generic, ""), ""))
        if not pieces:
            raise self._unreadable(generic)
        return "".join(_digits(int(width or 0), base.lower(), text.replace("_", "")) for width, base, text in pieces)

    def _unreadable(self, generic: str) -> VerificationError:
        return VerificationError(self.file, f"{self.entity}: generic {generic} cannot be read; compile again")


def instances(path: Path) -> list[Instance]:
    """All instances with generics in a VHDL file."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    constants = {name: value.strip() for name, value in _CONSTANT.findall(text)}
    return [
        Instance(entity, dict(_GENERIC.findall(generics)), constants, path.name)
        for entity, generics in _INSTANCE.findall(text)
    ]


def element(digits: str, index: int, bits: int) -> int:
    """Element ``index`` of a bit vector of elements of ``bits`` bits, as a signed number."""
    end = len(digits) - index * bits
    code = int(digits[end - bits : end], 2)
    return code - (1 << bits) if code >> bits - 1 else code


def _digits(width: int, base: str, text: str) -> str:
    if base != "x":
        return text.rjust(width, "0")
    binary = "".join(f"{int(digit, 16):04b}" for digit in text)
    return binary[-width:].rjust(width, "0") if width else binary
