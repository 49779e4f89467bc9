"""GHDL = reference, bit for bit and cycle for cycle, for frame-parallel networks of the layers of this folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.add import Add
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.permute import Permute
from bxnn.layers.zero_padding import ZeroPadding
from tests.conv.conftest import Answers
from tests.conv.networks import calorimeter, conv, window
from tests.ir.networks import activation, network, sat, source
from tests.layers.firmware import check_firmware, run_firmware, schedule, write

KINDS = ("conv2d", "depthwise_conv2d", "averagepool2d", "maxpool2d", "zero_padding", "permute", "concatenate", "add")


def side_by_side(kind: str) -> Graph:
    """All examples of a class as one network."""
    inputs: list[Layer] = []
    layers: list[Layer] = []
    for number, example in enumerate(layer_types()[kind].examples()):
        names = {name: f"{name}_{number}" for name in example.layer.inputs}
        for name, tensor in zip(names.values(), example.sources, strict=True):
            form = tensor.format
            inputs.append(Input(name, (), tensor.shape, sat(form.signed, form.integer_bits, form.fraction_bits)))
        layers.append(replace(example.layer.reading(names), name=f"y{number}"))
    return network(*inputs, *layers, outputs=[layer.name for layer in layers])


@pytest.mark.parametrize("initiation_interval", [1, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_examples(kind: str, initiation_interval: int, tmp_path: Path) -> None:
    graph = side_by_side(kind)
    check_firmware(graph, schedule(graph, initiation_interval), tmp_path, events=12)


@pytest.mark.parametrize("binding", ["output_serial", "input_serial"])
@pytest.mark.parametrize("kind", ["conv2d", "depthwise_conv2d", "averagepool2d"])
def test_bindings(kind: str, binding: BindingChoice, tmp_path: Path) -> None:
    graph = side_by_side(kind)
    settings = {name: LayerSettings(binding) for name in graph.outputs}
    check_firmware(graph, schedule(graph, 4, settings), tmp_path, events=6)


def residual() -> Graph:
    """Every layer type in one network; the skip connection waits for the convolutions."""
    return network(
        source("x", 6, 5, 2, signed=True, integer_bits=1, fraction_bits=3),
        conv("c1", "x", 2, 3, window(3, 3, before=1, after=1)),
        activation("a1", "c1"),
        conv("c2", "a1", 3, 2, window(1, 1), seed=2),
        activation("a2", "c2", sat(True, 2, 5)),
        Add("sum", ("x", "a2")),
        Permute("turned", ("sum",), (1, 0, 2)),
        MaxPool2D("pool", ("turned",), window(2, 2, stride=2, after=1)),
        Permute("turned_back", ("pool",), (1, 0, 2)),
        MaxPool2D("plain", ("x",), window(2, 2, stride=2)),
        ZeroPadding("border", ("plain",), (0, 0), (0, 1)),
        Concatenate("side", ("turned_back", "border"), 2),
        AveragePool2D("mean", ("side",), FixedTensor(np.full((1, 1), 63), 6), None, window(3, 3), False),
        name="residual",
    )


def test_residual(tmp_path: Path) -> None:
    graph = residual()
    check_firmware(graph, schedule(graph, 6), tmp_path, events=4)


def test_calorimeter(tmp_path: Path) -> None:
    """The issue's frame-parallel target: at most 650 DSPs and 60 cycles at II = 8."""
    graph = calorimeter()
    tensors = graph.tensors()
    layers = [layer for layer in graph.layers if isinstance(layer, HardwareLayer)]
    maps = [layer.linear_map(graph.sources(layer, tensors)) for layer in layers]
    assert sum(linear.macs for linear in maps if linear is not None) == 5056
    chosen = schedule(graph, 8)
    print(f"calorimeter: {chosen.dsp} DSP, {chosen.latency_cycles} cycles")  # noqa: T201
    assert chosen.latency_cycles <= 60 and chosen.dsp <= 650
    check_firmware(graph, chosen, tmp_path, events=4)


@pytest.mark.parametrize("name", ["cnn", "sum", "over"])
def test_from_a_keras_file(answers: Answers, name: str, tmp_path: Path) -> None:
    """What QKeras saved, through all passes: pools read the serial results of convolutions."""
    graph = answers.graph(name)
    chosen = schedule(graph, 8)
    assert any(step.binding.result.is_serial for step in chosen.steps)
    check_firmware(graph, chosen, tmp_path, events=4)


@pytest.mark.parametrize("kind", ["maxpool2d", "permute", "add"])
def test_a_wrong_table_is_found(kind: str, tmp_path: Path) -> None:
    """Negative control: firmware of a slightly different network does not pass."""
    graph = side_by_side(kind)
    chosen = schedule(graph, 1)
    interface = write(graph, chosen, tmp_path)
    path = tmp_path / "vhdl" / "net_y0.vhd"
    text = path.read_text()
    wrong = (
        text.replace("(\n    0, ", "(\n    1, ", 1)
        if kind != "add"
        else text.replace("SHIFT     => 0", "SHIFT     => 1", 1)
    )
    assert wrong != text
    path.write_text(wrong)
    assert not run_firmware(graph, interface, tmp_path).passed
