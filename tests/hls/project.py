"""From a graph to an HLS project that g++ has run, in the same way as the driver."""

from pathlib import Path

from bxnn.compiler.backend.hls.hls_backend import HlsBackend
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.sim.csim import CsimResult, simulate
from bxnn.sim.reference import Reference
from bxnn.sim.vectors import corner_vectors
from tests.layers.firmware import FACTS, random_codes, schedule

HLS_FACTS = {**FACTS, "part": "xcvu9p-flga2104-2-e"}


def render(graph: Graph, chosen: Schedule | None = None) -> dict[str, str]:
    """Text of every file of the project."""
    return HlsBackend(graph, chosen or schedule(graph, 2), HLS_FACTS).render()


def run_project(graph: Graph, folder: Path, events: int = 50, seed: int = 1) -> CsimResult:
    """Compile the files under ``folder / "hls"`` and compare them with the reference."""
    reference = Reference(graph)
    directed = corner_vectors(reference, seed)
    codes = random_codes(graph, events, seed)
    return simulate(folder / "hls", folder / "csim", reference, codes, directed, optimization="-O0")


def check_project(graph: Graph, chosen: Schedule, folder: Path, events: int = 50) -> None:
    """Emit, compile and run: every element of every event must be equal."""
    HlsBackend(graph, chosen, HLS_FACTS).write(folder / "hls")
    result = run_project(graph, folder, events)
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.events) == (True, 0, events)
    assert result.directed_events > 10
