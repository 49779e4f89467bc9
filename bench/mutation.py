"""Changes to VHDL that a bench must notice: other operators, constants off by one, swapped ports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a mutant changes."""

    OPERATOR = "operator"
    CONSTANT = "constant"
    OFF_BY_ONE = "off by one"
    SWAPPED_PORTS = "swapped ports"


@dataclass(frozen=True)
class Mutation:
    """A change to a line of a file.

    Attributes:
        file: Name of the file.
        line: Number of the line, from 1.
        kind: What it changes.
        old: The lines before.
        new: The lines after, as many.
    """

    file: str
    line: int
    kind: Kind
    old: tuple[str, ...]
    new: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The file with the change."""
        lines = text.split("\n")
        first = self.line - 1
        assert tuple(lines[first : first + len(self.old)]) == self.old
        return "\n".join([*lines[:first], *self.new, *lines[first + len(self.new) :]])

    def __str__(self) -> str:
        before, after = " ".join(map(str.strip, self.old)), " ".join(map(str.strip, self.new))
        return f"{self.file}:{self.line} ({self.kind.value}): {before} -> {after}"


# Both directions; `<=` is an assignment more often than a comparison, so it is left alone.
_PAIRS = (
    (" + ", " - "), (" - ", " + "), (" and ", " or "), (" or ", " and "), (" xor ", " or "), (" not ", " "),
    (" > ", " >= "), (" >= ", " > "), (" < ", " <= "), (" = ", " /= "), (" /= ", " = "), (" & ", " & not "),
)  # fmt: skip
_BITS = (("'1'", "'0'"), ("'0'", "'1'"))
_NUMBER = re.compile(r"(?<![\w.'\"])(\d+)(?![\w.'\"])")
_TEXT = re.compile(r'"[^"]*"')
_ASSOCIATION = re.compile(r"^(\s+)(\w+(?:\(\d+\))?)(\s*=> )([^,]+?)(,?)$")
# Statements that are not part of the hardware: checks of generics, attributes, messages.
_UNUSED = re.compile(r"require\(|^\s*attribute |^\s*(?:report|severity|assert)\b|^\s*(?:library|use|end)\b")
_DECLARATION = re.compile(r"^\s*(?:signal|variable|constant|alias|type|subtype|function) ")


def mutations(file: str, text: str) -> Iterator[Mutation]:
    """All changes of a file's architecture and package bodies, in the order of its lines."""
    lines = text.split("\n")
    inside = skipping = in_ports = False
    for number, line in enumerate(lines, 1):
        code = _TEXT.sub(lambda found: "\0" * len(found[0]), line.split("--")[0])
        inside = inside or code.startswith(("architecture ", "package body "))
        skipping = skipping or _UNUSED.search(code) is not None
        code = _hidden_type(code)
        if inside and not skipping:
            in_ports = (in_ports or "port map (" in code) and not code.strip().startswith(")")
            yield from _of_line(file, number, line, code)
            if in_ports and number < len(lines):
                yield from _swapped(file, number, line, lines[number])
        skipping = skipping and not code.rstrip().endswith(";")


def _hidden_type(code: str) -> str:
    """A line without the type that it declares: another type is an error that the analysis finds."""
    if _DECLARATION.match(code) is None:
        return code
    end = code.find(":=") if ":=" in code else len(code)
    return "\0" * end + code[end:]


def _of_line(file: str, number: int, line: str, code: str) -> Iterator[Mutation]:
    def changed(kind: Kind, start: int, end: int, new: str) -> Mutation:
        return Mutation(file, number, kind, (line,), (line[:start] + new + line[end:],))

    for old, new in _PAIRS:
        for start in _places(code, old):
            yield changed(Kind.OPERATOR, start, start + len(old), new)
    for old, new in _BITS:
        for start in _places(code, old):
            yield changed(Kind.CONSTANT, start, start + len(old), new)
    for found in _NUMBER.finditer(code):
        for value in (int(found[1]) + 1, int(found[1]) - 1):
            if value >= 0:
                yield changed(Kind.OFF_BY_ONE, found.start(), found.end(), str(value))


def _swapped(file: str, number: int, line: str, following: str) -> Iterator[Mutation]:
    first, second = _ASSOCIATION.match(line), _ASSOCIATION.match(following)
    if first is None or second is None or "open" in (first[4], second[4]) or first[4] == second[4]:
        return
    new = tuple(f"{own[1]}{own[2]}{own[3]}{other[4]}{own[5]}" for own, other in ((first, second), (second, first)))
    yield Mutation(file, number, Kind.SWAPPED_PORTS, (line, following), new)


def _places(code: str, text: str) -> Iterator[int]:
    start = code.find(text)
    while start >= 0:
        yield start
        start = code.find(text, start + 1)


def spread(found: Sequence[Mutation], most: int, seed: int) -> list[Mutation]:
    """At most ``most`` of them, of every kind about as many."""
    import random

    rng = random.Random(f"{seed} {found[0].file if found else ''}")
    by_kind = {kind: [each for each in found if each.kind is kind] for kind in Kind}
    for each in by_kind.values():
        rng.shuffle(each)
    chosen: list[Mutation] = []
    while len(chosen) < most and any(by_kind.values()):
        for each in by_kind.values():
            if each and len(chosen) < most:
                chosen.append(each.pop())
    return chosen
