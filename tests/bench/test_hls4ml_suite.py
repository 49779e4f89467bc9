"""How hls4ml's tests are changed and counted; the suite itself runs on request only."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.hls4ml_suite import summary
from bench.peers.hls4ml_suite_plugin import (
    STARTED,
    Outcome,
    TestStopped,
    kind_of,
    one_of_each,
    read_outcomes,
    reason_of,
    replaced,
)
from bxnn.compiler.errors import InternalError, ModelError


def test_one_test_is_kept_of_each_back_end() -> None:
    """The first in the order of preference, also where a parameter is a tuple; others are kept as they are."""
    tests: list[tuple[str, dict[str, Any]]] = [
        ("f", {"backend": "Quartus", "n": 1}),
        ("f", {"backend": "Vitis", "n": 1}),
        ("f", {"backend": "Vivado", "n": 2}),
        ("g", {"request": ("Vivado", "io_stream")}),
        ("g", {"request": ("Vitis", "io_stream")}),
        ("h", {}),
    ]
    assert one_of_each(tests) == [1, 2, 4, 5]
    assert replaced(("Vitis", 3)) == ("bxnn", 3) and replaced("latency") == "latency"


def test_outcomes_are_counted() -> None:
    """A line of bxnn is a refusal, an error of its own a crash, a tolerance missed a failure."""
    refusal = ModelError("fc1 (Dense)", "needs 63 bits")
    assert (kind_of(refusal), reason_of(refusal)) == ("refused", "ModelError: (Dense): needs N bits")
    assert kind_of(InternalError("fc1", "broken")) == "crashed"
    assert kind_of(AssertionError("1 > 0.01")) == "failed" and kind_of(TestStopped("")) == "stopped"
    outcomes = [Outcome("a", "passed", "", 100), Outcome("b", "passed"), Outcome("c", "refused", reason_of(refusal))]
    assert summary(outcomes).splitlines() == [
        "3 tests: 2 passed, 1 refused",
        "100 values compared with hls4ml's C simulation, 0 differ",
        "    1  refused  ModelError: (Dense): needs N bits",
    ]


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """What ended is known; a test that took the process with it has crashed, unless a later run ended it."""
    path = tmp_path / "results.jsonl"
    assert read_outcomes(path) == []
    lines = [("a", STARTED), ("a", "passed"), ("b", STARTED), ("c", STARTED), ("c", STARTED), ("c", "refused")]
    path.write_text("".join(json.dumps(asdict(Outcome(*line))) + "\n" for line in lines))
    assert read_outcomes(path) == [
        Outcome("a", "passed"),
        Outcome("b", "crashed", "the process ended"),
        Outcome("c", "refused"),
    ]
