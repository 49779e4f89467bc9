"""Windows over buffers of any number of rows, and collectors of any number of words, against the netlist."""

from __future__ import annotations

from typing import Any

import pytest

from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.frame_collector import FrameCollector
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.hardware.stream.window_former import WindowFormer
from tests.streams.netlist_paths import predicted
from tests.timing.netlist import worst
from tests.vhdl.test_frames import collector_of
from tests.vhdl.test_predicted_paths import MOST, netlists
from tests.vhdl.test_windows import former_of, window

ROWS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 31)  # of the line buffer
BITS = 8  # of a pixel
# Rows, columns, pixels of a word, bits of a pixel.
IMAGES = ((1, 3, 1, 4), (4, 4, 1, 4), (8, 8, 1, 2), (8, 8, 2, 4), (11, 13, 1, 2), (4, 20, 20, 4))
LUTS = 1.15  # of those predicted
SHORT_NS = 1.8  # paths are not told apart below that

WINDOWS = {
    f"window{rows}": WindowFormer(Tiling(40, 5, 1, 1, window((1, 1)), 40, 5), rows, BITS, False, 64) for rows in ROWS
}
COLLECTORS = {f"image{number}": FrameCollector(*image) for number, image in enumerate(IMAGES)}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    instances = [
        former_of(name, part.tiling, BITS, part.buffer_rows, part.max_fanout) for name, part in WINDOWS.items()
    ]
    instances += [collector_of(name, *image) for name, image in zip(COLLECTORS, IMAGES, strict=True)]
    found = netlists(instances, tmp_path_factory.mktemp("windows"))
    return {instance.name.split("_", 1)[1]: found[instance.name] for instance in instances}


@pytest.mark.parametrize("name", [*WINDOWS, *COLLECTORS])
def test_paths_are_as_long_as_predicted(modules: dict[str, Any], name: str) -> None:
    part: StreamPart = {**WINDOWS, **COLLECTORS}[name]
    found = worst(modules[name], "pessimistic")
    ns = max(path.ns for kind, path in found.items() if kind is not PathClass.OUTPUT_PORT)
    told = max(predicted(part))
    assert ns <= told + 1e-9, (told, found)
    assert told <= max(MOST * ns, SHORT_NS), (told, found)


def test_a_row_takes_as_many_luts_as_predicted(modules: dict[str, Any]) -> None:
    """From one number of rows to the next: what does not depend on it is the same."""
    counts = [sum(cell["type"].startswith("LUT") for cell in modules[name]["cells"].values()) for name in WINDOWS]
    told = [part.resources().stream_luts for part in WINDOWS.values()]
    assert all(abs(count - luts) <= 6 for count, luts in zip(counts, told, strict=True)), (counts, told)
