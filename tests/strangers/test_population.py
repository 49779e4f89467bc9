"""Every file of the population becomes what docs/strangers.md says, and none computes a wrong number, or takes long."""

from pathlib import Path

import pytest

from bench.strangers.hgq_population import kept
from bench.strangers.page import POPULATIONS, ROOT, section
from bxnn.compiler.frontend.onnx import onnx_operations
from tests.processor_time import is_within

PAGE = (ROOT / "docs" / "strangers.md").read_text(encoding="utf-8")
SECONDS = 1.0  # of processor time, for reading and lowering


@pytest.mark.parametrize("title", POPULATIONS)
def test_the_page_is_true(title: str, tmp_path: Path) -> None:
    population, oracle = POPULATIONS[title]
    outcomes = list(kept(tmp_path) if title == "HGQ2" else population(tmp_path))  # HGQ2 is not installed here
    assert [one for one in outcomes if one.wrong] == []
    assert [one for one in outcomes if not is_within(one.seconds, SECONDS)] == []
    assert section(title, oracle, outcomes) in PAGE


def test_the_documentation_lists_every_operation() -> None:
    text = (ROOT / "docs" / "model_files.md").read_text(encoding="utf-8")
    assert [name for name in (*onnx_operations.ONNX, *onnx_operations.QONNX) if f"`{name}`" not in text] == []
