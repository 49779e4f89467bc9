"""Tables of more than 12 bits of input: from a file to block RAMs of the netlist, as many as predicted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import cli
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.notices import LargeTable
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.onnx.handmade import Model

Exact = Callable[[Any], Any]


def squashed(folder: Path, operation: str, bits: int = 13, **attributes: Any) -> Path:
    """A function of 2 numbers of ``bits`` bits, rounded to 5."""
    model = Model((2,))
    x = model.quant("x", 2.0**-9, bits)
    model.quant(model.node(operation, [x], **attributes), 2.0**-3, 5, name="y")
    return model.save(folder, "y")


@pytest.mark.parametrize(
    ("operation", "exact"),
    [
        ("Tanh", np.tanh),
        ("HardSwish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
        ("Elu", lambda x: np.where(x > 0, x, np.expm1(x))),
    ],
)
def test_every_code(operation: str, exact: Exact, tmp_path: Path) -> None:
    """No entry is near a tie here, so float64 decides as the exact value does."""
    graph = run(load_model(squashed(tmp_path, operation)), PIPELINE, PassOptions())
    assert graph.layers[-1].kind == "lookup"
    assert not any(isinstance(notice, LargeTable) for notice in graph.notices)
    codes = np.repeat(np.arange(-4096, 4096)[:, np.newaxis], 2, axis=1)
    found = Reference(graph).output_codes({"x": codes})["y"]
    assert np.array_equal(found, np.clip(np.rint(exact(codes * 2.0**-9) * 8), -16, 15))


def test_a_large_table_in_luts_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "design.yaml").write_text("initiation_interval: 1\n")
    build, design = tmp_path / "build", tmp_path / "design.yaml"
    assert cli.run(["compile", str(squashed(tmp_path, "Tanh", 12)), "-c", str(design), "-o", str(build)]) == 0
    notices = json.loads((build / "report.json").read_text())["notices"]
    assert "y (lookup): its table of 4096 entries takes many LUTs; an input of 8 bits takes few" in notices


@pytest.mark.slow
def test_block_rams_are_as_many_as_predicted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the firmware, the emulator and every path."""
    model, build = squashed(tmp_path, "Tanh"), tmp_path / "build"
    (tmp_path / "design.yaml").write_text("initiation_interval: 1\nclock_mhz: 240\n")
    assert cli.run(["compile", str(model), "-c", str(tmp_path / "design.yaml"), "-o", str(build)]) == 0
    for command in (("simulate", "--events", "50"), ("csim", "--events", "50"), ("synthesize",)):
        assert cli.run([command[0], str(build), *command[1:]]) == 0, capsys.readouterr().err
    report = json.loads((build / "report.json").read_text())
    assert [layer["bram"] for layer in report["layers"] if layer["kind"] == "lookup"] == [6]
    assert report["resources"]["bram"] == 6 and report["device_use"]["bram"] > 0
    assert (report["simulation"]["mismatches"], report["csim"]["mismatches"]) == (0, 0)
    paths = {one["class"]: one for one in report["timing"]["classes"] if one["measured_ns"] is not None}
    assert paths and all(one["measured_ns"] <= one["pessimistic_ns"] for one in paths.values())
