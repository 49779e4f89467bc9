"""Gates, tables on edges, attention to fewer rows: models saved by HGQ2 against its answers, and in simulated firmware.

Written by ``bench.peers.hgq_population`` and compressed; ``x``, or ``x0`` and so on, are events, ``y`` what HGQ2 0.2.0
answers.
"""

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.layers.firmware import check_firmware, schedule

GOLDEN = Path(__file__).with_name("golden") / "hgq2"
NAMES = ("gru", "gru_reset_before", "dense_tables", "convolution_tables", "linformer", "linformer_shared")


def lowered(name: str) -> Graph:
    return run(load_model(GOLDEN / f"{name}.keras"), PIPELINE, PassOptions())


@pytest.mark.parametrize("name", NAMES)
def test_no_output_differs(name: str) -> None:
    graph = lowered(name)
    with np.load(GOLDEN / f"{name}.npz") as stored:
        events = [stored[name] for name in sorted(stored.files) if name.startswith("x")]
        y = stored["y"].astype(np.float64)
    (found,) = Reference(graph).predict(dict(zip(graph.inputs, events, strict=True))).values()
    assert found.shape == y.shape and int((found != y).sum()) == 0


@pytest.mark.slow
def test_every_bit_and_cycle_of_tables(tmp_path: Path) -> None:
    graph = lowered("dense_tables")
    check_firmware(graph, schedule(graph, 8), tmp_path, events=10)


@pytest.mark.nightly
def test_every_bit_and_cycle_of_gates(tmp_path: Path) -> None:
    graph = lowered("gru")
    check_firmware(graph, schedule(graph, 8), tmp_path, events=10)
