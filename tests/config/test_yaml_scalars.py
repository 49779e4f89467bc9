"""A plain scalar means the same to YAML 1.1 and to YAML 1.2, or it is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bxnn.boards.board import read_board
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.config.strict_yaml import parse_mapping
from bxnn.compiler.config.yaml_scalars import core_value
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hls4ml_backend.configuration import compile_configuration
from bxnn.compiler.sweep.sweep_config import load_sweep

REFUSED = [
    ("010", "010 is 8 to YAML 1.1 and 10 to YAML 1.2; write 8 or 10"),
    ("08", '08 is a text to YAML 1.1 and 8 to YAML 1.2; write "08" or 8'),
    ("0o17", '0o17 is a text to YAML 1.1 and 15 to YAML 1.2; write "0o17" or 15'),
    ("1:30", '1:30 is 90 to YAML 1.1 and a text to YAML 1.2; write 90 or "1:30"'),
    ("1:30.5", '1:30.5 is 90.5 to YAML 1.1 and a text to YAML 1.2; write 90.5 or "1:30.5"'),
    ("1_000", '1_000 is 1000 to YAML 1.1 and a text to YAML 1.2; write 1000 or "1_000"'),
    ("0b1", '0b1 is 1 to YAML 1.1 and a text to YAML 1.2; write 1 or "0b1"'),
    ("0b_", '0b_ is not a value to YAML 1.1 and a text to YAML 1.2; write "0b_"'),
    ("-0x10", '-0x10 is -16 to YAML 1.1 and a text to YAML 1.2; write -16 or "-0x10"'),
    ("yes", 'yes is true to YAML 1.1 and a text to YAML 1.2; write true or "yes"'),
    ("Off", 'Off is false to YAML 1.1 and a text to YAML 1.2; write false or "Off"'),
    ("1e3", '1e3 is a text to YAML 1.1 and 1000.0 to YAML 1.2; write "1e3" or 1000.0'),
    (".5e3", '.5e3 is a text to YAML 1.1 and 500.0 to YAML 1.2; write ".5e3" or 500.0'),
    ("-.5", '-.5 is a text to YAML 1.1 and -0.5 to YAML 1.2; write "-.5" or -0.5'),
    ("2026-01-01", '2026-01-01 is a date to YAML 1.1 and a text to YAML 1.2; write "2026-01-01"'),
    ("2026-99-99", '2026-99-99 is not a value to YAML 1.1 and a text to YAML 1.2; write "2026-99-99"'),
    ("=", '= is not a value to YAML 1.1 and a text to YAML 1.2; write "="'),
]


@pytest.mark.parametrize(("scalar", "problem"), REFUSED, ids=[scalar for scalar, _ in REFUSED])
def test_ambiguous_scalars_are_refused(scalar: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_mapping(f"a: 1\nb: {{c: [0, {scalar}]}}", "design.yaml")
    assert str(caught.value) == f"design.yaml: line 2: b: c: {problem}"


def test_quotes_decide() -> None:
    quoted = "".join(f"{index}k: '{scalar}'\n" for index, (scalar, _) in enumerate(REFUSED))
    assert list(parse_mapping(quoted, "design.yaml").values()) == [scalar for scalar, _ in REFUSED]


AGREED: list[tuple[str, Any]] = [
    ("8", 8),
    ("-8", -8),
    ("0x10", 16),
    ("320.632", 320.632),
    ("1.0e+3", 1000.0),
    (".5", 0.5),
    ("~", None),
    ("", None),
    ("true", True),
    ("FALSE", False),
    (".inf", math.inf),
    ("y", "y"),
    ("\N{ARABIC-INDIC DIGIT EIGHT}", "\N{ARABIC-INDIC DIGIT EIGHT}"),
    ("1.0.0", "1.0.0"),
]


@pytest.mark.parametrize(("scalar", "value"), AGREED, ids=[scalar for scalar, _ in AGREED])
def test_agreed_scalars(scalar: str, value: Any) -> None:
    found = parse_mapping(f"a: {scalar}", "design.yaml")["a"]
    assert (type(found), found) == (type(value), value)


@settings(max_examples=500, deadline=None)
@given(st.text("0123456789abcdefxo+-._:eEnTyYs٨~=<", min_size=1, max_size=10))
@example("010")
@example(".nan")
def test_what_is_read_is_what_both_versions_read(scalar: str) -> None:
    """PyYAML is the reader of YAML 1.1, ``core_value`` that of 1.2; no value belongs to neither."""
    text = f"a: {scalar}"
    try:
        found = parse_mapping(text, "design.yaml")["a"]
    except ConfigError:
        return
    if isinstance(found, dict):  # "x: y" inside
        return
    assert repr(found) == repr(yaml.safe_load(text)["a"]) == repr(core_value(scalar))


@settings(max_examples=200, deadline=None)
@given(st.integers() | st.floats() | st.booleans() | st.none() | st.text(max_size=20))
def test_what_pyyaml_writes_is_read_or_refused(value: Any) -> None:
    """No number changes: what Python writes is read back unchanged."""
    text = yaml.safe_dump({"a": value}, allow_unicode=True)
    try:
        found = parse_mapping(text, "design.yaml")["a"]
    except ConfigError as error:
        assert isinstance(value, str), error  # PyYAML writes strings such as 1e3 without quotes
        return
    assert repr(found) == repr(value)


def test_every_file_is_read_so(tmp_path: Path) -> None:
    """design.yaml, sweep.yaml, a board and hls4ml's configuration."""
    file = tmp_path / "file.yaml"
    file.write_text("initiation_interval: 010\n")
    problem = "initiation_interval: 010 is 8 to YAML 1.1 and 10 to YAML 1.2; write 8 or 10"
    readers: dict[str, Callable[[Path], object]] = {
        "design.yaml": load_config,
        "sweep.yaml": load_sweep,
        "boards/file.yaml": read_board,
        "file.yaml": lambda path: compile_configuration(path, None, None, None, None),
    }
    for subject, read in readers.items():
        with pytest.raises(ConfigError) as caught:
            read(file)
        assert str(caught.value) == f"{subject}: line 1: {problem}"


@pytest.mark.parametrize("text", ["fixed<٨,4>", "fixed<8,٤>", "fixed<010,4>", "fixed<8,04>", "fixed<8,-0>"])
def test_types_have_plain_digits(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"initiation_interval: 8\ninputs: {{x: '{text}'}}")
    problem = f"type {text!r} is not fixed<W,I[,ROUNDING[,OVERFLOW]]> or ufixed<...>"
    assert str(caught.value) == f"design.yaml: inputs: x: {problem}"
