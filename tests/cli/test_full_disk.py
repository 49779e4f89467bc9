"""A full disk is one line with the path and the cause, and bad input."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from compiler import cli


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["compile", "m.h5", "-o", "b"], "b"),
        (["simulate", "b"], "b"),
        (["csim", "b"], "b"),
        (["synthesize", "b"], "b"),
        (["report", "b"], "b"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_one_line(
    number: int, arguments: list[str], path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    for place in ("compiler.driver.compile_model", "compiler.driver.report"):
        monkeypatch.setattr(place, full)
    for name in ("simulate", "csim", "synthesize"):
        monkeypatch.setattr(f"compiler.measure.{name}", full)
    assert cli.run(arguments) == 2
    assert capsys.readouterr().err == f"{Path(path)}: cannot be written: {os.strerror(number)}\n"
