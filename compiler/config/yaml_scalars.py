"""Plain scalars of YAML 1.1 and 1.2: what both read alike is accepted, the rest is refused.

``010`` is 8 to one YAML reader and 10 to the next; a configuration must mean the same to all of them.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from bxnn.compiler.errors import ConfigError

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NOT_A_NUMBER = (".nan", ".NaN", ".NAN")

_LONGEST = 60
_UNREADABLE = object()  # a text that YAML 1.1 takes for a number or a date, but is neither


def check_scalars(node: yaml.Node, subject: str, constructor: Any) -> None:
    """Refuse plain scalars that YAML 1.1 and the core schema of YAML 1.2 read differently.

    Quoted and tagged scalars are left alone, and so are ``y`` and ``n``: readers of YAML 1.1 treat them as strings,
    whatever the standard says.

    Args:
        node: The contents of the file; its keys are strings.
        subject: How error messages name the file.
        constructor: PyYAML's, which reads YAML 1.1.

    Raises:
        ConfigError: Naming the line, the key, both readings and how to write each of them.

    Source: https://yaml.org/spec/1.2.2/#103-core-schema, https://yaml.org/type/
    """
    waiting: list[tuple[yaml.Node, str]] = [(node, "")]
    while waiting:
        item, key = waiting.pop()
        if isinstance(item, yaml.MappingNode):
            waiting += reversed([(value, f"{key}: {name.value}") for name, value in item.value])
        elif isinstance(item, yaml.SequenceNode):
            waiting += reversed([(value, key) for value in item.value])
        elif isinstance(item, yaml.ScalarNode) and not item.style and item.tag.startswith("tag:yaml.org,2002:"):
            _check(item, f"{subject}: line {item.start_mark.line + 1}{key}", constructor)


def is_text(text: str, tag: str) -> bool:
    """Whether a plain scalar, to which YAML 1.1 gives this tag, is a string in both versions."""
    return tag == "tag:yaml.org,2002:str" and isinstance(core_value(text), str)


def core_value(text: str) -> str | int | float | bool | None:
    """What a plain scalar is in the core schema of YAML 1.2."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _PREFIXED.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if infinity := _INFINITY.fullmatch(text):
        return float(infinity[1] + "inf")
    if text in _NOT_A_NUMBER:
        return float("nan")
    return float(text) if _FLOAT.fullmatch(text) else text


def _check(node: yaml.ScalarNode, subject: str, constructor: Any) -> None:
    try:
        old = constructor.construct_object(node)
    except (yaml.YAMLError, ValueError):
        old = _UNREADABLE
    new = core_value(node.value)
    if type(old) is type(new) and (old == new or (old != old and new != new)):
        return
    shown = node.value if len(node.value) <= _LONGEST else node.value[:_LONGEST] + "..."
    wanted = [_spelling(value) for value in (old, new) if isinstance(value, str | int | float)]
    problem = f"{shown} is {_in_words(old)} to YAML 1.1 and {_in_words(new)} to YAML 1.2"
    raise ConfigError(subject, f"{problem}; write {' or '.join(wanted)}")


def _in_words(value: Any) -> str:
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int | float):
        return _spelling(value)
    return "not a value" if value is _UNREADABLE else "a date"


def _spelling(value: str | int | float) -> str:
    """How to write a value for both versions."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _LONGEST else "the text in quotes"
    shown = str(yaml.safe_dump(value)).splitlines()[0]
    return shown if len(shown) <= _LONGEST else "the number in decimal digits"
