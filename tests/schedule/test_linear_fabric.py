"""What linear maps on packed DSPs need in addition: as many flip-flops and adders as found by synthesis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.image_chain import ImageChain
from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.conv2d import Conv2D
from bxnn.sim.netlist import SynthesisResult
from bxnn.sim.synthesis import synthesize_parts
from tests.layers.firmware import schedule, write


def pixels(signed: bool, weights: tuple[int, int, int]) -> Graph:
    """Four pixels of three channels, six filters of one pixel: two pixels share a DSP and its weight.

    Args:
        signed: Whether the pixels are signed.
        weights: Largest weight of each channel.
    """
    rng = np.random.default_rng(3)
    quantizer = FixedQuantizer(FixedFormat(signed, 2, 4 - signed), Rounding.RND, Overflow.SAT)
    codes = np.array(weights)[:, np.newaxis] - rng.integers(0, 2, (3, 6))
    kernel = FixedTensor(np.asarray(codes * rng.choice([-1, 1], (3, 6)), np.int64).reshape(1, 1, 3, 6), 4)
    layers = (Input("x", (), (2, 2, 3), quantizer), Conv2D("conv", ("x",), kernel, None, Window.whole((1, 1))))
    return Graph("net", layers, ("conv",))


def counted(
    graph: Graph, interval: int, binding: BindingChoice, folder: Path
) -> tuple[Fabric, SynthesisResult, Packing]:
    """What the last layer should need besides its DSPs, what it does need, and how they are packed."""
    (name,) = graph.outputs
    chosen = schedule(graph, interval, {name: LayerSettings(binding, packing=2)})
    files = [folder / "vhdl" / file for file in write(graph, chosen, folder).files]
    bound = chosen.step(name).binding
    assert isinstance(bound, DspBinding) and bound.packing.shares_weight
    fabric = bound.resources()
    found = synthesize_parts(files, "net", folder / "synthesis")[f"layer_{name}"]
    assert found.dsp == bound.dsp
    return fabric, found, bound.packing


@pytest.mark.parametrize("signed", [True, False])
def test_packed_operands_wait_in_their_slices(signed: bool, tmp_path: Path) -> None:
    fabric, found, packing = counted(pixels(signed, (31, 31, 31)), 6, "output_serial", tmp_path)
    assert packing.operand_bits + packing.weight_bits <= packing.sum_bits
    assert (fabric.tree_bits, found.carry) == (0, 0)
    assert found.ff == fabric.register_bits


@pytest.mark.parametrize("signed", [True, False])
def test_sums_narrower_than_their_products_are_added_in_fabric(signed: bool, tmp_path: Path) -> None:
    """Two cascades of three DSPs; the first adder of each is in its slice."""
    fabric, found, packing = counted(pixels(signed, (17, 2, 2)), 6, "output_serial", tmp_path)
    assert packing.operand_bits + packing.weight_bits > packing.sum_bits
    assert fabric.tree_bits == 4 * packing.sum_bits
    assert found.carry == 4 * ceil_div(packing.sum_bits, 4)
    assert found.ff == fabric.register_bits


def test_equal_multiplexers_are_one_and_a_held_copy_is_another_input(tmp_path: Path) -> None:
    """Forgetting either would be an error of at least 18 %."""
    layers = ImageChain((6, 2), 37).conv(4, (5,)).layers[:2]
    fabric, found, _ = counted(Graph("net", tuple(layers), ("conv1",)), 2, "output_switched", tmp_path)
    assert cost_of(fabric).lut == pytest.approx(found.lut, rel=0.1)
