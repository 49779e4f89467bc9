"""The HLS C++ of streaming networks: line buffers, tiles and tail against the reference, element by element."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.backend.hls.hls_stream import StreamHlsBackend, hls_backend
from bxnn.compiler.hardware.folded_rounding import folded_rounding
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.window import Window
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.search import Budget
from bxnn.compiler.schedule.stream.partition import partition
from bxnn.compiler.schedule.stream.stream_search import StreamSearch
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from tests.conv.networks import conv, window
from tests.hls.project import HLS_FACTS, run_project
from tests.ir.networks import activation, dense, network, source
from tests.layers.firmware import DSP48E2
from tests.streams.networks import schedule as stream_of
from tests.streams.test_contract import CASES


def stream_schedule(graph: Graph, initiation_interval: int, pixels: int) -> StreamSchedule:
    """A schedule without limits."""
    return StreamSearch(partition(graph, pixels), initiation_interval, {}, DSP48E2).best(Budget(), 10**6)


def lowered(*layers: Any, **options: Any) -> Graph:
    return run(network(*layers, **options), PIPELINE, PassOptions())


def image(rows: int, columns: int, channels: int) -> Any:
    return source("x", rows, columns, channels)


SAME = window(3, 3, before=1, after=1)
GRAPHS = {
    # borders, a beat that does not divide a row, a pool in the tile, a second segment that strides, a tail
    "two_stages": lambda: lowered(
        image(6, 7, 2),
        conv("c1", "x", 2, 3, SAME),
        activation("a1", "c1"),
        MaxPool2D("p1", ("a1",), window(2, 2, stride=2)),
        conv("c2", "p1", 3, 2, window(2, 2, before=1, after=0), seed=2),
        activation("a2", "c2"),
        Reshape("flat", ("a2",), (18,)),
        dense("fc", "flat", np.random.default_rng(3).integers(-8, 8, (18, 2)), [3, -5], 4, 6),
    ),
    # no tail, gaps between windows, words wider than a stride
    "strides": lambda: lowered(image(8, 9, 1), conv("c1", "x", 1, 2, window(2, 2, stride=3)), activation("a1", "c1")),
    # a row is one word, and a tile reaches over its end
    "one_word": lambda: lowered(
        image(5, 4, 2),
        conv("c1", "x", 2, 2, Window((3, 2), (1, 1), (1, 1), (2, 0), (0, 1))),
        activation("a1", "c1"),
        conv("c2", "a1", 2, 1, window(1, 1), seed=4),
    ),
    # a sequence
    "sequence": lambda: lowered(
        source("x", 9, 2),
        conv("c1", "x", 2, 3, window(3, before=2, after=0)),
        activation("a1", "c1"),
        MaxPool2D("p1", ("a1",), window(3, stride=3)),
        Reshape("flat", ("p1",), (9,)),
        dense("fc", "flat", np.random.default_rng(5).integers(-8, 8, (9, 2)), [1, 2], 4, 6),
    ),
}
PIXELS = {"two_stages": 2, "strides": 3, "one_word": 4, "sequence": 2}


TAGS = {"two_stages": 3, "strides": 9}  # bits of tags; with and without layers after the frame


def written(name: str, folder: Path) -> tuple[Graph, StreamHlsBackend]:
    graph, facts = GRAPHS[name](), {**HLS_FACTS, "tag_bits": TAGS.get(name, 0)}
    backend = hls_backend(graph, stream_schedule(graph, 90, PIXELS[name]), facts)
    assert isinstance(backend, StreamHlsBackend)
    backend.write(folder / "hls")
    return graph, backend


@pytest.mark.parametrize("name", GRAPHS)
def test_every_element_is_exact(name: str, tmp_path: Path) -> None:
    graph, _ = written(name, tmp_path)
    result = run_project(graph, tmp_path, 40)
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.events) == (True, 0, 40)
    assert result.directed_events > 10


def test_halves_in_the_biases_of_the_schedule_change_no_bit(tmp_path: Path) -> None:
    """A clock moves the half with which the VHDL rounds into biases; the C++ rounds itself."""
    graph = GRAPHS["two_stages"]()
    folded = folded_rounding(graph)
    assert any(layer not in graph.layers for layer in folded.layers)
    hls_backend(graph, stream_schedule(folded, 90, PIXELS["two_stages"]), HLS_FACTS).write(tmp_path / "hls")
    result = run_project(graph, tmp_path, 40)
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.events) == (True, 0, 40)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_what_ghdl_runs_is_exact_in_gxx(case: str, tmp_path: Path) -> None:
    """The networks of the VHDL contract."""
    chain, pixels = CASES[case]
    graph = chain.graph()
    hls_backend(graph, stream_of(graph, pixels, 0), HLS_FACTS).write(tmp_path / "hls")
    result = run_project(graph, tmp_path, 40)
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.events) == (True, 0, 40)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Graph]:
    folder = tmp_path_factory.mktemp("stream")
    graph, _ = written("two_stages", folder)
    return folder, graph


@pytest.mark.parametrize(
    ("file", "pattern", "new"),
    [
        ("net.cpp", r"LATE_WORDS = 1", "LATE_WORDS = 0"),  # a tile one word early
        ("lib/stream.h", r"left \+ j >= 0 && ", ""),  # pixels to the left of the image are not zero
    ],
)
def test_a_defect_is_found(project: tuple[Path, Graph], file: str, pattern: str, new: str, tmp_path: Path) -> None:
    """Negative controls: one wrong constant of the geometry."""
    folder, graph = project
    for path in (folder / "hls").rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    text = (tmp_path / "hls" / file).read_text()
    changed = re.sub(pattern, new, text, count=1)
    assert changed != text
    (tmp_path / "hls" / file).write_text(changed)
    result = run_project(graph, tmp_path, 20)
    assert not result.passed and result.mismatches > 10
    assert result.first_difference is not None and result.first_difference.startswith("output fc, element ")


def test_what_is_written(project: tuple[Path, Graph]) -> None:
    """Intervals, depths and the order of the processes are as in the schedule."""
    folder, graph = project
    text = (folder / "hls/net.cpp").read_text()
    schedule = stream_schedule(graph, 90, 2)
    for number, segment in enumerate(schedule.segments, 1):
        body = text[text.index(f"struct net_segment_{number} ") :]
        assert f"TILES = {segment.segment.tiling.tiles}, TILE_INTERVAL = {segment.tile_interval};" in body
    calls = re.findall(r"^    (bxnn::(?:windows|tiles)<\w+>|net_finish)\(", text, re.MULTILINE)
    expected = [f"bxnn::{process}<net_segment_{number}>" for number in (1, 2) for process in ("windows", "tiles")]
    assert calls == [*expected, "net_finish"]
    assert "*out_tag = in_tag;" in text and "out_tag" in (folder / "hls/net_test.cpp").read_text()
    assert "#pragma HLS DATAFLOW" in text and "#pragma HLS PIPELINE II=90\n" in text
    assert "typedef bxnn::word<net_net::layer_x::code_t, 4> net_beat_t;" in (folder / "hls/net.h").read_text()
