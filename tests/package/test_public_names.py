"""The public names: each is on the page of the documentation, and its docstring stands alone."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import bxnn
from bxnn import api
from bxnn.compiler.calibration.calibrate import Calibration
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.report.calibration_facts import CalibrationFacts

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
FUNCTIONS = [name for name in api.__all__ if inspect.isfunction(getattr(bxnn, name))]
METHODS = [name for name, _ in inspect.getmembers(bxnn.Network, inspect.isfunction) if not name.startswith("_")]
TYPES = [name for name in api.__all__ if inspect.isclass(getattr(bxnn, name))]


def test_the_page_has_every_name() -> None:
    """In the first column of its table, and nothing else."""
    table = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", "\n".join(table))) == sorted(api.__all__)


def documented(text: str, section: str) -> set[str]:
    """Names under a heading of a docstring in the style of Google."""
    found = re.search(rf"^{section}:\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    return set(re.findall(r"^    (\w+):", found[1], re.MULTILINE)) if found else set()


def stands_alone(function: Any, omitted: set[str]) -> list[str]:
    """What a reader misses in a docstring."""
    text = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    missing = sorted({*signature.parameters} - omitted - documented(text, "Args"))
    more = sorted(documented(text, "Args") - {*signature.parameters})
    annotated = all(each.annotation is not each.empty for name, each in signature.parameters.items() if name != "self")
    raised = [name for name in documented(text, "Raises") if name not in api.__all__]
    return [*missing, *more, *raised, *([] if annotated else ["types"]), *(["see"] if "see ``bxnn" in text else [])]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_stands_alone(name: str) -> None:
    assert stands_alone(getattr(bxnn, name), set()) == []
    assert documented(inspect.getdoc(getattr(bxnn, name)) or "", "Raises")


@pytest.mark.parametrize("name", METHODS)
def test_a_method_stands_alone(name: str) -> None:
    assert stands_alone(getattr(bxnn.Network, name), {"self", "ax"}) == []


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_a_docstring(name: str) -> None:
    assert len(vars(getattr(bxnn, name))["__doc__"] or "") > 20


def test_there_are_names() -> None:
    assert len(FUNCTIONS) == 10 and len(TYPES) == 12 and {"trace", "compare", "plot_roc"} <= set(METHODS)


def test_results_say_what_they_are() -> None:
    swept = bxnn.Sweep("tagger", Path("build/sweep"), (), (), 3)
    assert repr(swept) == "<bxnn.Sweep tagger: 0 points, 3 of them computed now, in 'build/sweep'>"
    facts = CalibrationFacts(calibrated_on=300, events=100, loss=0.5, rms_error=0.01)
    formats = bxnn.Formats(Calibration(DeclaredTypes(), facts, "types: {}", ()))
    assert repr(formats) == "<bxnn.Formats on 100 other events: rms error 0.0100 of the outputs' spread>"
    assert str(formats) == "types: {}"
