"""Small convolutional networks for the streaming form, handmade or random, and how they get into the bench."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from bench.layer_chain import LayerChain
from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Budget
from bxnn.compiler.schedule.stream.partition import partition
from bxnn.compiler.schedule.stream.stream_search import StreamSearch
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from bxnn.sim.rtl import SimulatorName
from tests.layers.firmware import DSP48E2, FACTS, run_firmware

RELU4 = FixedQuantizer(FixedFormat(False, 3, 1), Rounding.RND_CONV, Overflow.SAT)
SIGNED4 = FixedQuantizer(FixedFormat(True, 1, 3), Rounding.RND_CONV, Overflow.SAT)


class Chain(LayerChain):
    """Builds a network layer by layer; each method appends one layer.

    Args:
        shape: Shape of the input: (rows, columns, channels) or (length, channels).
        seed: Seed of all weights.
        zeros: Fraction of the weights that are zero.
    """

    def __init__(self, shape: tuple[int, ...], seed: int = 1, zeros: float = 0.2) -> None:
        self.zeros = zeros
        self.rng = np.random.default_rng(seed)
        super().__init__(Input("x", (), shape, SIGNED4), shape)

    def conv(
        self,
        filters: int,
        size: tuple[int, ...],
        stride: tuple[int, ...] | None = None,
        before: tuple[int, ...] | None = None,
        after: tuple[int, ...] | None = None,
        dilation: tuple[int, ...] | None = None,
    ) -> Chain:
        """A convolution with random 4-bit weights, some of them zero."""
        ones, zeros = (1,) * len(size), (0,) * len(size)
        window = Window(size, stride or ones, dilation or ones, before or zeros, after or before or zeros)
        kernel = self._codes((*size, self.shape[-1], filters))
        bias = FixedTensor(self.rng.integers(-30, 30, filters), 5)
        return self._add(Conv2D(self._name("conv"), (self._last,), FixedTensor(kernel, 3), bias, window))

    def relu(self, function: FixedQuantizer = RELU4) -> Chain:
        """A quantized ReLU, or another quantizer."""
        return self._add(ActivationLayer(self._name("act"), (self._last,), function))

    def pool(self, size: tuple[int, ...], stride: tuple[int, ...] | None = None, border: int = 0) -> Chain:
        """A max pool; ``border`` pixels on all sides."""
        sides = (border,) * len(size)
        window = Window(size, stride or size, (1,) * len(size), sides, sides)
        return self._add(MaxPool2D(self._name("pool"), (self._last,), window))

    def dense(self, outputs: int) -> Chain:
        """A dense layer on everything so far."""
        size = int(np.prod(self.shape))
        self._add(Reshape(self._name("flat"), (self._last,), (size,)))
        kernel = FixedTensor(self._codes((size, outputs)), 3)
        return self._add(Dense(self._name("dense"), (self._last,), kernel, None))

    def _codes(self, shape: tuple[int, ...]) -> Int:
        codes = np.asarray(self.rng.integers(1, 8, shape) * self.rng.choice([-1, 1], shape), np.int64)
        codes[self.rng.random(shape) < self.zeros] = 0
        return codes


@st.composite
def streamed(draw: st.DrawFn) -> tuple[Graph, int, int]:
    """A network of one or two convolutions with or without pools and a tail; pixels per cycle; spare cycles of II."""
    rank = draw(st.sampled_from([2, 2, 2, 1]))
    rows, columns = draw(st.integers(4, 8)), draw(st.integers(4, 9))
    shape = (rows, columns, draw(st.integers(1, 2))) if rank == 2 else (rows * columns, draw(st.integers(1, 2)))
    chain = Chain(shape, draw(st.integers(1, 999)))
    for _ in range(draw(st.integers(1, 2))):
        size = tuple(draw(st.integers(1, 3)) for _ in range(rank))
        border = tuple(draw(st.integers(0, (taps - 1) // 2)) for taps in size)
        stride = tuple(draw(st.sampled_from([1, 1, 2])) for _ in range(rank))
        fits = all(pixels + 2 * edge >= taps for pixels, edge, taps in zip(chain.shape, border, size, strict=False))
        if fits:
            chain.conv(draw(st.integers(1, 3)), size, stride, border).relu()
        if min(chain.shape[:-1]) >= 2 and draw(st.booleans()):
            chain.pool((2,) * rank, (draw(st.sampled_from([2, 2, 1])),) * rank)
    if draw(st.booleans()):
        chain.dense(2)
    return chain.graph(), draw(st.integers(1, min(4, shape[-2]))), draw(st.integers(0, 20))


def schedule(
    graph: Graph,
    pixels: int,
    spare: int,
    settings: Mapping[str, LayerSettings] | None = None,
    budget: Budget | None = None,
    pipelining: Pipelining = EVERY_REGISTER,
) -> StreamSchedule:
    """The schedule at an II of ``spare`` cycles beyond what the beats and the widest borders need."""
    plan = partition(graph, pixels)
    interval = plan.beats + 4 + spare
    search = StreamSearch(plan, interval, settings or {}, DSP48E2, pipelining=pipelining)
    return search.best(budget or Budget(), 10**6)


def write(graph: Graph, chosen: StreamSchedule, folder: Path) -> Interface:
    """Write the VHDL below ``folder`` and return what a bench must know about it."""
    return interface_of(graph, chosen, StreamVhdlBackend(graph, chosen, FACTS).write(folder / "vhdl"))


def check_stream(graph: Graph, chosen: StreamSchedule, folder: Path, simulator: SimulatorName = "ghdl") -> None:
    """Emit and simulate: every bit equal, both latencies and the II as predicted, with gaps, resets, lost frames."""
    result = run_firmware(
        graph, write(graph, chosen, folder), folder, 6, 1, "verilator" if simulator != "ghdl" else "ghdl"
    )
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.spurious) == (True, 0, 0)
    assert result.latency_cycles == chosen.latency_cycles
    assert result.latency_from_last_beat_cycles == chosen.latency_from_last_beat_cycles
    assert result.initiation_interval == chosen.initiation_interval
    assert result.received == result.events + result.directed_events > 6
