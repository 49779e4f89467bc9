"""The YAML reader refuses what YAML allows and a configuration does not need."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.config.strict_yaml import parse_mapping
from bxnn.compiler.errors import ConfigError, SeveralProblemsError

WRONG = [
    ("a: 1\nb: [1, 2", "design.yaml: line 3: did not find expected ',' or ']'"),
    ("a: 1: 2", "design.yaml: line 1: mapping values are not allowed in this context"),
    ("a: 1\nb: 2\na: 3", "design.yaml: line 3: key 'a' occurs twice"),
    ("a: {b: 1, b: 2}", "design.yaml: line 1: key 'b' occurs twice"),
    ("1: 2", "design.yaml: line 1: key 1 is not a string; put it in quotes"),
    ("on: 2", "design.yaml: line 1: key on is not a string; put it in quotes"),
    ("<<: {a: 1}", "design.yaml: line 1: key << is not a string; put it in quotes"),
    ("? [a]\n: 1", "design.yaml: line 1: key [...] is not a string; put it in quotes"),
    ("a: &x 1\nb: *x", "design.yaml: line 2: alias *x is not supported; write the value out"),
    ("a: 1\n---\nb: 2", "design.yaml: line 2: a second YAML document is not supported; keep one"),
    (
        "a: !!python/object:os.system x",
        "design.yaml: line 1: tag tag:yaml.org,2002:python/object:os.system is not supported; write the plain value",
    ),
    ("- 1", "design.yaml: is not a YAML mapping of keys to values"),
    ("a: " + "[" * 20 + "]" * 20, "design.yaml: line 1: is nested more than 16 levels deep"),
    ("a: " + "9" * 5000, "design.yaml: line 1: a text of more than 1000 characters is not supported"),
    ("1e3: 2", "design.yaml: line 1: key 1e3 is not a string; put it in quotes"),
    ("010: 2", "design.yaml: line 1: key 010 is not a string; put it in quotes"),
    ("a\0b", "design.yaml: is not YAML: unacceptable character #x0000: control characters are not allowed"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[message[13:60] for _, message in WRONG])
def test_wrong_yaml(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_mapping(text, "design.yaml")
    assert str(caught.value) == message


def test_empty_file_is_an_empty_mapping() -> None:
    assert parse_mapping("# nothing\n", "design.yaml") == {}


@pytest.mark.parametrize("text", ["[" * 500_000, "a: {b: " * 100_000, "- " * 400_000, "? " * 400_000])
def test_hostile_nesting_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(ConfigError):
        parse_mapping(text, "design.yaml")
    assert time.process_time() - start < 2.0


KEYS = [
    "board",
    "clock_mhz",
    "initiation_interval",
    "strategy",
    "budget",
    "inputs",
    "outputs",
    "layers",
    "name",
]
SCALARS = [
    "8",
    "auto",
    "'fixed<8,4>'",
    "~",
    "1e99",
    ".inf",
    "-1",
    "2026-01-01",
    "!!set {}",
    "&a b",
    "*a",
    "0x10",
]
FRAGMENTS = [
    *KEYS,
    *SCALARS,
    ": ",
    ", ",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "  ",
    "- ",
    "? ",
    "'",
    '"',
    "|",
    "#",
    "%",
    "\t",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join) | st.text(max_size=60))
def test_fuzz_text(text: str) -> None:
    _loads_or_refuses(text)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        st.recursive(
            st.sampled_from(SCALARS),
            lambda inner: st.dictionaries(st.sampled_from(["dsp", "fc1", "x", "binding"]), inner, max_size=2).map(
                lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
            ),
            max_leaves=4,
        ),
    )
)
def test_fuzz_values(items: dict[str, str]) -> None:
    _loads_or_refuses("".join(f"{key}: {value}\n" for key, value in items.items()))


def _loads_or_refuses(text: str) -> None:
    try:
        parse_config(text)
    except ConfigError as error:
        problems = error.problems if isinstance(error, SeveralProblemsError) else (error,)
        assert str(error).split("\n") == [str(problem) for problem in problems]
        assert all(line.startswith("design.yaml: ") for line in str(error).split("\n"))
