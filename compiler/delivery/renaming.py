"""Prefixes the names of all design units of a network, for flows in which all networks share one library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|\"[^\"\n]*\"|\\[^\\\n]+\\|'.'(?!')|[A-Za-z]\w*|\s+|.", re.DOTALL)
_DECLARES = {"entity", "package", "body"}


def prefixed(texts: Mapping[str, str], prefix: str) -> dict[str, str]:
    """VHDL files with a prefix before the name of every unit that they declare, and before the names of the files.

    Only what can be a unit is renamed: a name after ``work.``, one that a unit is declared or ended with, and the
    entity of an architecture. A port or signal with the same name stays, as do comments and strings.

    Args:
        texts: Text by file name; a file has the name of its unit.
        prefix: Put before each name; nothing changes if it is empty.
    """
    units = {name for text in texts.values() for name in _declared(text)}
    return {_file(name, prefix): "".join(_renamed(text, units, prefix)) for name, text in texts.items()}


def _file(name: str, prefix: str) -> str:
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{prefix}{file}"


def _declared(text: str) -> Iterator[str]:
    """Names of the entities and packages that a file declares, in lower case."""
    words = [token.lower() for token in _TOKEN.findall(text) if _is_code(token)]
    for kind, name, following in zip(words, words[1:], words[2:], strict=False):
        if kind in ("entity", "package") and following == "is":
            yield name


def _renamed(text: str, units: set[str], prefix: str) -> Iterator[str]:
    before: Sequence[str] = ("", "", "")  # the three tokens of code before this one
    for token in _TOKEN.findall(text):
        word = token.lower()
        yield prefix + token if word in units and _is_unit(before) else token
        if _is_code(token):
            before = (*before[1:], word)


def _is_unit(before: Sequence[str]) -> bool:
    """Whether the next name, after these three tokens, is that of a unit."""
    return (
        (before[1] == "work" and before[2] == ".")
        or before[2] in _DECLARES
        or (before[0] == "architecture" and before[2] == "of")
    )


def _is_code(token: str) -> bool:
    return not token.isspace() and not token.startswith(("--", "/*"))
