"""Products of two tensors share DSP slices over the cycles between events."""

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.hardware.shared_product_stage import SharedProductStage
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.layers.multiply import Multiply
from bxnn.layers.sum import Sum
from tests.layers.firmware import check_firmware, schedule


def network(size: int) -> Graph:
    """Products of elements of different formats, some always 0, and their sum."""
    fraction = np.arange(size) % 4
    reach = np.where(np.arange(size) % 5 == 3, 0, 1 << (2 + np.arange(size) % 3))
    first = ElementQuantizer.of_columns(np.stack([fraction, -reach, np.maximum(reach - 1, 0)]), Rounding.RND, False)
    second = ElementQuantizer.of_columns(np.stack([fraction[::-1], 0 * reach, reach + 3]), Rounding.RND, False)
    inputs = Input("x0", (), (size,), first), Input("x1", (), (size,), second)
    return Graph("net", (*inputs, Multiply("y", ("x0", "x1")), Sum("z", ("y",), (0,))), ("y", "z"))


@pytest.mark.parametrize(("size", "interval", "slices"), [(12, 4, 3), (7, 3, 2), (5, 8, 1), (6, 1, 5)])
def test_every_bit_and_cycle(size: int, interval: int, slices: int, tmp_path: Path) -> None:
    graph = network(size)
    chosen = schedule(graph, interval)
    step = chosen.step("y")
    assert step.binding.dsp == slices
    assert isinstance(step.binding, SharedProductStage) is (interval > 1)
    assert step.binding.reuse_factor == (1 if interval == 1 else step.binding.result.phases)
    check_firmware(graph, chosen, tmp_path, events=20)
