"""Packed layers in GHDL: every binding, both ways to pack, against the integer reference."""

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.implementation import LayerSettings
from tests.conv.networks import conv, window
from tests.ir.networks import activation, dense, network, sat, source
from tests.layers.firmware import check_firmware, run_firmware, schedule, write

SIGNED4 = sat(True, 1, 2)


def side_by_side() -> Graph:
    """Dense layers of 3-bit and of 8-bit weights, and convolutions of signed and of unsigned pixels."""
    rng = np.random.default_rng(9)
    eight = rng.integers(-128, 127, (5, 7), endpoint=True)
    eight[:, 3:5] = -128  # the lowest code in a highest and a lowest lane
    three = rng.integers(-4, 3, (5, 9), endpoint=True)
    sparse = np.where(rng.random((5, 8)) < 0.5, 0, rng.integers(-8, 8, (5, 8)))
    return network(
        source("x", 5, integer_bits=1, fraction_bits=2),
        source("image", 4, 6, 1, integer_bits=2, fraction_bits=1),
        dense("two", "x", eight, rng.integers(-90, 90, 7)),
        dense("three", "x", three, rng.integers(-3, 3, 9), bias_fraction_bits=5),
        dense("switched", "x", sparse, rng.integers(-9, 9, 8)),
        dense("sums", "x", eight, rng.integers(-90, 90, 7)),
        conv("pixels", "image", 1, 1, window(2, 2)),
        activation("act", "pixels", sat(False, 3, 1)),
        conv("more", "act", 1, 1, window(2, 2), seed=2),
        activation("last", "two", SIGNED4),
        outputs=("three", "switched", "sums", "more", "last"),
    )


def settings() -> dict[str, LayerSettings]:
    return {
        "two": LayerSettings("output_serial", cascade=3, packing=2),
        "three": LayerSettings("output_serial", cascade=1, packing=3),
        "switched": LayerSettings("output_switched", packing=2),
        "sums": LayerSettings("input_serial", packing=2),
        "pixels": LayerSettings("output_switched", packing=2),
        "more": LayerSettings("output_serial", packing=2),
    }


def test_packed_layers(tmp_path: Path) -> None:
    graph = side_by_side()
    chosen = schedule(graph, 5, settings())
    packed = {step.layer: step.binding.packing for step in chosen.steps if isinstance(step.binding, DspBinding)}
    assert [packing.products for packing in packed.values()] == [2, 3, 2, 2, 2, 2]
    assert packed["pixels"].shares_weight and packed["more"].shares_weight
    check_firmware(graph, chosen, tmp_path)


@pytest.mark.parametrize(("layer", "constant"), [("two", "WEIGHTS"), ("pixels", "BIAS")])
def test_one_flipped_bit_fails(layer: str, constant: str, tmp_path: Path) -> None:
    """Negative control: the lowest bit of the lowest lane of the first word."""
    graph = network(
        source("x", 5, integer_bits=1, fraction_bits=2),
        dense("two", "x", np.full((5, 4), 7), np.arange(4)),
    ) if layer == "two" else network(
        source("x", 2, 3, 1, integer_bits=2, fraction_bits=1),
        conv("pixels", "x", 1, 1, window(2, 2)),
    )  # fmt: skip
    chosen = schedule(graph, 2, {layer: LayerSettings("output_serial", packing=2)})
    interface = write(graph, chosen, tmp_path)
    path = tmp_path / "vhdl" / f"net_{layer}.vhd"
    text = path.read_text()
    start = text.index(f"constant {constant} :")
    end = text.index('";', start) - 1
    path.write_text(f"{text[:end]}{int(text[end], 16) ^ 1:X}{text[end + 1 :]}")
    assert not run_firmware(graph, interface, tmp_path).passed
