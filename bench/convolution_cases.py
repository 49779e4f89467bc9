"""The convolutional networks of the benchmark, their intervals, and what is expected of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bench.target import Target

CLOCK_MHZ = 320.632


class Case(NamedTuple):
    """A network at an initiation interval.

    Attributes:
        name: Name of the build.
        network: Name of the model.
        design: Text of design.yaml beyond board and clock.
        images: Images to simulate.
        targets: Bounds by quantity.
        simulator: The simulator to use; GHDL takes hours for the largest.
    """

    name: str
    network: str
    design: str
    images: int
    targets: Mapping[str, Target]
    simulator: str = "ghdl"


def _streamed(dsp: int, **more: Target) -> dict[str, Target]:
    return {"dsp": Target("<=", dsp), "efficiency": Target(">=", 0.85), **more}


PIXELS = 'inputs: {input_1: "ufixed<8,0,RND_CONV,SAT>"}\n'
MNIST = {"last_beat": Target("<=", 150), "compile_seconds": Target("<=", 20.0)}
SVHN = {"compile_seconds": Target("<=", 60.0), "peak_mb": Target("<=", 4000.0)}
CASES = (
    Case(
        "calorimeter",
        "calorimeter",
        'initiation_interval: 8\nform: frame_parallel\ninputs: {input_1: "ufixed<8,4,RND_CONV,SAT>"}\n',
        100,
        {"dsp": Target("<=", 650), "latency": Target("<=", 60)},
    ),
    Case(
        "mnist_784", "mnist_cnn", f"initiation_interval: 784\nform: streaming\n{PIXELS}", 200, _streamed(650, **MNIST)
    ),
    Case(
        "mnist_392", "mnist_cnn", f"initiation_interval: 392\nform: streaming\n{PIXELS}", 200, _streamed(1250, **MNIST)
    ),
    # A budget of DSPs: without one, the scheduler buys latency with a third convolution far below full efficiency.
    Case(
        "svhn_1024",
        "svhn",
        f"initiation_interval: 1024\nform: streaming\nbudget: {{dsp: 620}}\n{PIXELS}",
        3,
        _streamed(1300, **SVHN),
        "verilator",
    ),
    Case(
        "svhn_384",
        "svhn",
        f"initiation_interval: 384\nform: streaming\nbudget: {{dsp: 1480}}\n{PIXELS}",
        3,
        _streamed(2900, **SVHN),
        "verilator",
    ),
)
