"""The benefit of packing and zero skipping: DSPs, cycles, efficiency and the time to schedule them.

    python -m bench.packing [--models ../shared/models]

Networks are lowered and scheduled for a DSP48E2 at an initiation interval of 8, with all slot tables and lanes
verified; nothing is written. Processor seconds are counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bxnn.boards.board import load_board
from bxnn.compiler import driver
from bxnn.compiler.config.design_config import DesignConfig, parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule import scheduling
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.reshape import Reshape

SEED = 1
JETS = 'fc1_input: "fixed<8,4,RND_CONV,SAT>"'


@dataclass(frozen=True)
class Row:
    """One schedule: the network, a description of the choices, and the target."""

    network: str
    choices: str
    schedule: Schedule
    seconds: float
    wanted: str

    @property
    def efficiency(self) -> float:
        """Nonzero MACs per DSP and cycle."""
        tables = [step.binding.slots for step in self.schedule.steps if isinstance(step.binding, DspBinding)]
        macs = sum(int(slots.dsp.size) for slots in tables)
        return macs / (self.schedule.dsp * self.schedule.initiation_interval)

    def __str__(self) -> str:
        found = self.schedule
        numbers = f"{found.dsp} | {found.latency_cycles} | {self.efficiency:.3f} | {self.seconds:.2f}"
        return f"| {self.network} | {self.choices} | {numbers} | {self.wanted} |"


def dense_network(widths: Sequence[int], bits: int) -> Graph:
    """A seeded network as left by training: normal weights of that width, unsigned activations."""
    rng, half = np.random.default_rng(SEED), 1 << (bits - 1)
    layers: list[Layer] = [Input("x", (), (widths[0],), _quantizer(True, 3, 4))]
    for number, (inputs, outputs) in enumerate(pairwise(widths), 1):
        kernel = _codes(rng, (inputs, outputs), np.sqrt(2 / inputs), half)
        bias = FixedTensor(rng.integers(-half // 4, half // 4, outputs), bits - 1)
        layers.append(Dense(f"fc{number}", (layers[-1].name,), FixedTensor(kernel, bits - 1), bias))
        if number < len(widths) - 1:
            layers.append(ActivationLayer(f"relu{number}", (f"fc{number}",), _quantizer(False, 0, bits)))
    return Graph("net", tuple(layers), (layers[-1].name,))


def calorimeter() -> Graph:
    """18x14 towers, convolution 2x2/2 with 4 filters, dense 16, dense 1; 5-bit weights, 5,056 MACs."""
    rng, relu = np.random.default_rng(SEED), _quantizer(False, 0, 6)
    window = Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0))
    filters = FixedTensor(rng.integers(-15, 16, (2, 2, 1, 4)), 4)
    layers: tuple[Layer, ...] = (
        Input("x", (), (18, 14, 1), _quantizer(False, 4, 4)),
        Conv2D("conv", ("x",), filters, FixedTensor(rng.integers(-60, 60, 4), 6), window),
        ActivationLayer("relu1", ("conv",), relu),
        Reshape("flat", ("relu1",), (252,)),
        Dense("fc1", ("flat",), FixedTensor(rng.integers(-15, 16, (252, 16)), 4), None),
        ActivationLayer("relu2", ("fc1",), relu),
        Dense("fc2", ("relu2",), FixedTensor(rng.integers(-15, 16, (16, 1)), 4), None),
    )
    return Graph("calorimeter", layers, ("fc2",))


def rows(models: Path) -> Iterator[Row]:
    """All schedules of the page."""
    folder = models / "jet_tagger"
    jets = load_model(folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5")
    yield scheduled("jet tagger", jets, "packing: none", "", JETS)
    yield scheduled("jet tagger", jets, "", "<= 272 DSP and <= 44 cycles", JETS)
    yield scheduled("jet tagger", jets, "budget: {dsp: 240}", "<= 240 DSP", JETS)
    dense = dense_network((16, 128, 128, 128, 5), 8)
    yield scheduled("16-128-128-128-5", dense, "packing: none", "efficiency >= 0.97")
    yield scheduled("16-128-128-128-5", dense, "", "efficiency >= 1.85")
    image = calorimeter()
    plain = scheduled("calorimeter CNN", image, "packing: none", "")
    yield plain
    most = plain.schedule.dsp * 10 // 17
    yield scheduled(
        "calorimeter CNN", image, f"budget: {{dsp: {most}}}", f"<= {plain.schedule.latency_cycles + 4} cycles"
    )
    million = dense_network((16, 500, 500, 500, 500, 500, 5), 6)
    yield scheduled("16-500-500-500-500-500-5", million, "board: xcvu13p\ninitiation_interval: 128", "<= 60 s")


def scheduled(network: str, graph: Graph, choices: str, wanted: str, inputs: str = "") -> Row:
    """Lower and schedule a network for the text of a design.yaml."""
    interval = "" if "initiation_interval" in choices else "initiation_interval: 8\n"
    config: DesignConfig = parse_config(f"strategy: dsp\n{interval}{choices}\ninputs: {{{inputs}}}\n")
    start = time.process_time()
    found = scheduling.schedule_graph(driver.lower(graph, config), config, load_board(config.board))
    assert isinstance(found, Schedule)
    return Row(network, choices.replace("\n", ", "), found, time.process_time() - start, wanted)


def _codes(
    rng: np.random.Generator, shape: tuple[int, int], deviation: float, half: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    codes = np.rint(rng.normal(0.0, deviation, shape) * half)
    return np.clip(codes, -half, half - 1).astype(np.int64)


def _quantizer(signed: bool, integer_bits: int, fraction_bits: int) -> FixedQuantizer:
    return FixedQuantizer(FixedFormat(signed, integer_bits, fraction_bits), Rounding.RND_CONV, Overflow.SAT)


def main() -> None:
    """Print the table as Markdown, each row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", type=Path, default=Path("../shared/models"), help="folder of the third-party models"
    )
    arguments = parser.parse_args()
    print("| network | design.yaml | DSP | cycles | nonzero MACs / (DSP x II) | scheduling (s) | wanted |")
    print("|---" * 7 + "|")
    for row in rows(arguments.models):
        print(row, flush=True)


if __name__ == "__main__":
    main()
