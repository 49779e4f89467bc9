"""Predicted paths of the entities of a stream against a netlist in which their boundaries are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.line_buffer import LineBuffer
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.stream.window_former import WindowFormer
from tests.timing.netlist import FABRIC, worst

TECHNOLOGY = Technology(FABRIC, "pessimistic")
MOST = 1.3  # of what was measured
SHORT_NS = 1.75  # paths are not told apart below that


def check_paths(schedule: StreamSchedule, top: str, folder: Path) -> None:
    """The slowest path of every entity is at most as long as predicted, and the prediction at most 1.3 times it.

    Args:
        schedule: The network.
        top: Its top entity.
        folder: What `synthesize_parts` left.
    """
    modules = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))["modules"]
    kinds = {name: cell["type"] for name, cell in modules[top]["cells"].items()}
    for name, part in schedule.parts().items():
        if name in kinds:
            found = worst(modules[kinds[name]], "pessimistic")
            ns = max(path.ns for kind, path in found.items() if kind is not PathClass.OUTPUT_PORT)
            told = TECHNOLOGY.no_shorter(Delay(max(predicted(part)))).ns
            assert ns <= told + 1e-9, (name, told, found)
            assert told <= max(MOST * ns, SHORT_NS), (name, told, found)


def predicted(part: StreamPart) -> Iterator[float]:
    """The paths of an entity whose inputs are driven by registers, ns."""
    parts = [part.control(TECHNOLOGY), part.paths(TECHNOLOGY)]
    if isinstance(part, LineBuffer | WindowFormer):
        parts.append(part.reading(TECHNOLOGY))
    yield 0.0
    for hardware in parts:
        yield from (path.delay.ns for path in hardware.inner)
        entered = TECHNOLOGY.start + TECHNOLOGY.net(hardware.sinks)
        yield from ((entered + entry.delay).ns for entry in hardware.entries)
