"""Dense networks on which the cost model is calibrated, and others on which it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bxnn.compiler.config.design_config import BindingChoice, Strategy
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.argmax import Argmax
from bxnn.layers.dense import Dense
from bxnn.layers.maxpool2d import MaxPool2D


@dataclass(frozen=True)
class Design:
    """A network and how it is built."""

    name: str
    graph: Graph
    initiation_interval: int
    settings: Mapping[str, LayerSettings] = field(default_factory=dict)
    strategy: Strategy = "dsp"
    pixels_per_cycle: int | None = None  # of the streaming form; None is frame-parallel

    @property
    def form(self) -> str:
        """As in design.yaml."""
        return "frame_parallel" if self.pixels_per_cycle is None else "streaming"


def _quantizer(signed: bool, integer_bits: int, fraction_bits: int, rounding: Rounding) -> FixedQuantizer:
    return FixedQuantizer(FixedFormat(signed, integer_bits, fraction_bits), rounding, Overflow.SAT)


def _dense(rng: np.random.Generator, name: str, reads: str, shape: tuple[int, int], bits: int, zeros: float) -> Dense:
    high = (1 << (bits - 1)) - 1
    codes = rng.integers(-high, high, shape, endpoint=True)
    codes[rng.random(shape) < zeros] = 0
    bias = FixedTensor(rng.integers(-high, high, shape[1], endpoint=True), bits - 2)
    return Dense(name, (reads,), FixedTensor(codes, bits - 2), bias)


def _chain(
    seed: int,
    sizes: tuple[int, ...],
    bits: int,
    functions: tuple[ElementFunction, ...],
    zeros: float = 0.1,
    signed_input: bool = True,
) -> Graph:
    """Dense layers of these sizes, each followed by its activation, if any."""
    rng = np.random.default_rng(seed)
    quantizer = _quantizer(signed_input, 2, bits - 2, Rounding.RND_CONV)
    layers: list[Layer] = [Input("x", (), (sizes[0],), quantizer)]
    for number in range(len(sizes) - 1):
        shape = sizes[number], sizes[number + 1]
        layers.append(_dense(rng, f"fc{number}", layers[-1].name, shape, bits, zeros))
        if number < len(functions):
            layers.append(ActivationLayer(f"act{number}", (layers[-1].name,), functions[number]))
    return Graph("net", tuple(layers), (layers[-1].name,))


def _pooled(seed: int) -> Graph:
    """Pools, a sum of two branches and an argmax."""
    rng = np.random.default_rng(seed)
    layers = (
        Input("x", (), (4, 4, 2), _quantizer(True, 2, 5, Rounding.RND_CONV)),
        MaxPool2D("pool", ("x",), Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0)), True),
        Input("z", (), (12,), _quantizer(True, 2, 5, Rounding.RND_CONV)),
        _dense(rng, "fc0", "z", (12, 9), 6, 0.1),
        _dense(rng, "fc1", "z", (12, 9), 6, 0.1),
        Add("both", ("fc0", "fc1")),
        Argmax("best", ("both",)),
    )
    return Graph("net", layers, ("pool", "best"))


RELU6 = _quantizer(False, 0, 6, Rounding.RND_CONV)
RELU8 = _quantizer(False, 2, 6, Rounding.TRN)
SIGNED5 = _quantizer(True, 1, 4, Rounding.RND)
SIGN = StepFunction(FixedFormat(True, 1, 0), ((0, 0),), (False,), -1, 2)
TERNARY = StepFunction(FixedFormat(True, 1, 0), ((-21, 6), (21, 6)), (True, False), -1, 1)


def _forms(binding: BindingChoice, reuse: int | None = None, cascade: int | None = None) -> dict[str, LayerSettings]:
    return {name: LayerSettings(binding, reuse, cascade) for name in ("fc0", "fc1")}


def _staged(adders: int) -> dict[str, LayerSettings]:
    return {name: LayerSettings(strategy="lut", adders_per_stage=adders) for name in ("fc0", "fc1")}


def _packed(products: int) -> dict[str, LayerSettings]:
    return {name: LayerSettings(packing=products) for name in ("fc0", "fc1", "fc2")}


def calibration() -> tuple[Design, ...]:
    """Two-layer networks in all forms."""
    return (
        Design("chain", _chain(1, (12, 10, 5), 6, (RELU6,)), 8, _forms("output_serial", None, 12)),
        Design("tree", _chain(2, (14, 12, 4), 8, (RELU8, SIGNED5)), 4, _forms("output_serial", None, 2)),
        Design("systolic", _chain(3, (9, 6, 4), 5, (SIGNED5,)), 1, _forms("output_serial", None, 5)),
        Design("inputs", _chain(4, (12, 8, 6), 7, (RELU6, TERNARY)), 4, _forms("input_serial")),
        Design("inputs_long", _chain(5, (20, 5, 5), 6, (RELU8, SIGN)), 16, _forms("input_serial")),
        Design("switched", _chain(6, (16, 16, 8), 6, (RELU6,), 0.7), 8, _forms("output_switched")),
        Design("adders1", _chain(7, (8, 8, 4), 6, (RELU6,)), 1, _staged(1), "lut"),
        Design("adders3", _chain(8, (12, 10, 4), 6, (RELU8, SIGNED5)), 2, _staged(3), "lut"),
        Design("adders4", _chain(9, (10, 8, 5), 8, (TERNARY,), 0.4), 1, _staged(4), "lut"),
        Design("pooled", _pooled(10), 4),
    )


def jet_taggers(models: Path) -> tuple[Design, ...]:
    """The third-party jet tagger, 16-64-32-32-5 at 6 bits, in three forms."""
    folder, inputs = models / "jet_tagger", {"fc1_input": _quantizer(True, 3, 4, Rounding.RND_CONV)}
    raw = load_model(folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5", None)
    graph = run(raw, PIPELINE, PassOptions(inputs))
    mixed = {name: LayerSettings(strategy="lut") for name in ("fc2", "fc3", "output")}
    return (
        Design("jet tagger, DSP, II 8", graph, 8),
        Design("jet tagger, LUT, II 1", graph, 1, {}, "lut"),
        Design("jet tagger, mixed, II 8", graph, 8, mixed),
    )


def validation() -> tuple[Design, ...]:
    """Whole networks with other sizes, widths and seeds; the scheduler chooses, as for a user."""
    adders = LayerSettings(strategy="lut")
    single, three = _packed(1), (RELU6, RELU6)
    return (
        Design("dense 16-24-16-5, DSP, II 8", _chain(21, (16, 24, 16, 5), 6, three), 8),
        Design("dense 10-20-20-3, DSP, II 4", _chain(22, (10, 20, 20, 3), 8, (RELU8, RELU8)), 4),
        Design("dense 16-16-16-5, LUT, II 1", _chain(23, (16, 16, 16, 5), 6, three), 1, {}, "lut"),
        Design("dense 16-16-16-5, mixed, II 8", _chain(24, (16, 16, 16, 5), 5, three), 8, {"fc1": adders}),
        Design("dense 30-12-8-4, sparse, II 16", _chain(25, (30, 12, 8, 4), 6, three, 0.6), 16),
        Design("dense 12-12-4, DSP, II 1", _chain(26, (12, 12, 4), 4, (SIGNED5,)), 1),
        Design("dense 14-20-12-6, packing none, II 8", _chain(27, (14, 20, 12, 6), 6, three), 8, single),
        Design("dense 16-18-18-6, packing 2, II 6", _chain(28, (16, 18, 18, 6), 5, three), 6, _packed(2)),
    )
