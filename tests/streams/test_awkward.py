"""Networks that once broke the compiler stream as they run frame by frame: kernels of zeros, a tensor read twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.report.slot_map import slot_maps
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.add import Add
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.conv2d import Conv2D
from tests.ir.networks import network
from tests.layers.firmware import check_firmware
from tests.layers.firmware import schedule as frame_schedule
from tests.streams.networks import Chain, check_stream, schedule


def zeros() -> Graph:
    window = Window((2, 2), (1, 1), (1, 1), (0, 0), (0, 0))
    kernel = FixedTensor(np.zeros((2, 2, 1, 2), np.int64), 3)
    return network(*Chain((4, 4, 1)).graph().layers[:1], Conv2D("none", ("x",), kernel, None, window))


def twice(axis: int | None) -> Graph:
    layers = Chain((4, 4, 1)).conv(2, (2, 2)).graph().layers
    name = layers[-1].name
    last = Add("y", (name, name, name)) if axis is None else Concatenate("y", (name, name), axis)
    return network(*layers, last)


GRAPHS = {"zeros": zeros(), "add": twice(None), "concatenate": twice(0)}


@pytest.mark.parametrize("case", GRAPHS)
def test_streaming(case: str, tmp_path: Path) -> None:
    chosen = schedule(GRAPHS[case], 1, 0)
    slot_maps(GRAPHS[case], chosen)
    check_stream(GRAPHS[case], chosen, tmp_path)


@pytest.mark.parametrize("case", GRAPHS)
def test_frame_parallel(case: str, tmp_path: Path) -> None:
    chosen = frame_schedule(GRAPHS[case], 4, {"none": LayerSettings(strategy="dsp")} if case == "zeros" else None)
    assert all(found.dsp_count for found in slot_maps(GRAPHS[case], chosen))
    check_firmware(GRAPHS[case], chosen, tmp_path, events=4)
