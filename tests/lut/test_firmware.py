"""Strategy lut in hardware: every bit and cycle as predicted, alone and among DSP layers, and without DSPs."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.adder_graph import AdderGraph
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Example
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from bxnn.sim.synthesis import synthesize
from tests.ir.networks import activation, dense, network, networks, random_kernel, source
from tests.layers.firmware import check_firmware, random_codes, run_firmware, schedule, write
from tests.layers.test_contract import awkward_dense, combined

LUT, DSP = LayerSettings(strategy="lut"), LayerSettings(strategy="dsp")


def is_linear(example: Example) -> bool:
    layer = example.layer
    return isinstance(layer, HardwareLayer) and layer.linear_map(example.sources) is not None


LINEAR = [e for cls in layer_types().values() for e in cls.examples() if is_linear(e)]


def two_layers() -> Graph:
    rng = np.random.default_rng(3)
    return network(
        source("x", 7),
        dense("fc1", "x", random_kernel(rng, 7, 9, 6, 0.2), rng.integers(-31, 31, 9)),
        activation("relu1", "fc1"),
        dense("fc2", "relu1", random_kernel(rng, 9, 4, 5, 0.3), rng.integers(-31, 31, 4)),
    )


def test_there_are_dense_and_convolution_examples() -> None:
    assert {"dense", "conv2d", "depthwise_conv2d", "averagepool2d"} <= {e.layer.kind for e in LINEAR}


@pytest.mark.parametrize(("initiation_interval", "adders_per_stage"), [(1, None), (1, 1), (3, 2)])
def test_every_linear_layer_in_hardware(initiation_interval: int, adders_per_stage: int | None, tmp_path: Path) -> None:
    """All examples of all linear layers and awkward ones, side by side."""
    examples = [*LINEAR, *awkward_dense()]
    chosen = LayerSettings(strategy="lut", adders_per_stage=adders_per_stage)
    found = schedule(combined(examples), initiation_interval, {f"y{n}": chosen for n in range(len(examples))})
    assert {step.binding.name for step in found.steps} == {"lut"}
    assert found.dsp == 0
    check_firmware(combined(examples), found, tmp_path, events=6)


@settings(deadline=None, max_examples=3, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.integers(26, 50))
def test_weights_that_are_wider_than_the_solver_takes(seed: int, bits: int) -> None:
    """Products of parts, added up; the most negative weight is one of them."""
    rng = np.random.default_rng(seed)
    kernel = rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), (3, 2))
    kernel[rng.integers(3), rng.integers(2)] = -(1 << (bits - 1))
    graph = network(source("x", 3), dense("fc1", "x", kernel, rng.integers(-31, 31, 2)))
    found = schedule(graph, 1, {"fc1": LUT})
    with tempfile.TemporaryDirectory() as folder:
        check_firmware(graph, found, Path(folder), events=10)


@pytest.mark.parametrize("initiation_interval", [1, 4])
@pytest.mark.parametrize("strategies", ["lut dsp lut", "dsp lut dsp"])
def test_mixed_with_dsp_layers(strategies: str, initiation_interval: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    first, second, third = ({"lut": LUT, "dsp": DSP}[word] for word in strategies.split())
    graph = network(
        source("x", 6, 6, 2, signed=False, integer_bits=0, fraction_bits=4),
        convolution("conv", "x", random_kernel(rng, 18, 3, 5, 0.2).reshape(3, 3, 2, 3)),
        activation("relu1", "conv"),
        pool("pool", "relu1"),
        Reshape("flat", ("pool",), (12,)),
        dense("fc1", "flat", random_kernel(rng, 12, 7, 6, 0.2), rng.integers(-31, 31, 7)),
        activation("relu2", "fc1"),
        dense("fc2", "relu2", random_kernel(rng, 7, 3, 6, 0.2), rng.integers(-31, 31, 3)),
    )
    found = schedule(graph, initiation_interval, {"conv": first, "fc1": second, "fc2": third})
    names = [found.step(name).binding.name for name in ("conv", "fc1", "fc2")]
    assert [name == "lut" for name in names] == [word == "lut" for word in strategies.split()]
    check_firmware(graph, found, tmp_path, events=10)


def convolution(name: str, reads: str, kernel: Int) -> Conv2D:
    window = Window((3, 3), (1, 1), (1, 1), (0, 0), (0, 0))
    return Conv2D(name, (reads,), FixedTensor(kernel, 3), FixedTensor(np.array([3, -20, 0]), 5), window)


def pool(name: str, reads: str) -> MaxPool2D:
    return MaxPool2D(name, (reads,), Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0)))


@settings(deadline=None, max_examples=6, database=None, suppress_health_check=list(HealthCheck))
@given(networks(), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32))
def test_random_networks(drawn: Graph, initiation_interval: int, stage: int, seed: int) -> None:
    note(f"seed {seed}")
    graph, rng = run(drawn, PIPELINE, PassOptions()), np.random.default_rng(seed)
    linear = [layer.name for layer in graph.layers if layer.kind == "dense"]
    lut = LayerSettings(strategy="lut", adders_per_stage=stage)
    chosen = {name: lut if rng.random() < 0.7 else DSP for name in linear}
    with tempfile.TemporaryDirectory() as folder:
        check_firmware(graph, schedule(graph, initiation_interval, chosen), Path(folder), 6, 1)


def pipelines(found: Schedule, *layers: str) -> list[AdderPipeline]:
    """The adder graphs of layers."""
    bindings = [found.step(name).binding for name in layers]
    return [binding.pipeline for binding in bindings if isinstance(binding, AdderGraph)]


def test_a_layer_before_an_activation_ends_without_registers(tmp_path: Path) -> None:
    graph = two_layers()
    found = schedule(graph, 1, {"fc1": LUT, "fc2": LUT})
    first, last = pipelines(found, "fc1", "fc2")
    assert (first.adders_per_stage, first.open_adders) == (3, 2), "the activation counts as one adder"
    assert (last.adders_per_stage, last.open_adders) == (3, 0), "a network output leaves from registers"
    assert first.latency_cycles == ceil_div(first.depth - 2, 3)
    assert last.latency_cycles == ceil_div(last.depth, 3)
    assert found.latency_cycles == first.latency_cycles + 1 + last.latency_cycles


def test_a_flipped_sign_in_the_vhdl_is_noticed(tmp_path: Path) -> None:
    graph = two_layers()
    interface = write(graph, schedule(graph, 1, {"fc1": LUT, "fc2": LUT}), tmp_path)
    path = tmp_path / "vhdl" / "net_fc2.vhd"
    lines = path.read_text(encoding="utf-8").split("\n")
    added = re.compile(r"^( *(?:\d+, ){4})0(, +-- s\d+ = .*)$")  # an adder whose second operand is not subtracted
    index = max(n for n, line in enumerate(lines) if added.match(line))
    lines[index] = added.sub(r"\g<1>1\g<2>", lines[index])
    path.write_text("\n".join(lines), encoding="utf-8")
    result = run_firmware(graph, interface, tmp_path)
    assert not result.passed and result.mismatches > 0


def test_a_stage_too_few_in_the_vhdl_is_noticed(tmp_path: Path) -> None:
    graph = two_layers()
    found = schedule(graph, 1, {"fc1": LUT, "fc2": LUT})
    interface = replace(write(graph, found, tmp_path), latency_cycles=found.latency_cycles - 1)
    result = run_firmware(graph, interface, tmp_path)
    assert not result.passed


@pytest.mark.parametrize("strategy", [LUT, DSP], ids=["lut", "dsp"])
def test_inputs_are_as_wide_as_their_own_formats(strategy: LayerSettings, tmp_path: Path) -> None:
    """Formats per element: the graph reads neither low bits that are always zero nor elements without bits."""
    rng = np.random.default_rng(5)
    columns = np.array([[2, 0, 5, -1, 0, 3], [-8, 0, -16, 0, 0, -1], [7, 15, 15, 3, 0, 0]])
    quantizer = ElementQuantizer.of_columns(columns, Rounding.RND, True)
    graph = network(
        Input("x", (), (6,), quantizer),
        dense("fc1", "x", random_kernel(rng, 6, 7, 5, 0.1), rng.integers(-31, 31, 7)),
    )
    chosen = schedule(graph, 1, {"fc1": strategy})
    binding = chosen.step("fc1").binding
    if isinstance(binding, AdderGraph):
        inputs = binding.pipeline.graph.bits[:6].tolist()
        assert inputs == [4, 4, 5, 2, 1, 1]  # a value without bits is one that nothing reads
        assert binding.zeros.tolist() == [3, 5, 0, 6, 0, 2]
        assert 4 not in binding.pipeline.graph.operands
    check_firmware(graph, chosen, tmp_path, events=40)


def test_wrong_tables_stop_elaboration(tmp_path: Path) -> None:
    graph = two_layers()
    interface = write(graph, schedule(graph, 1, {"fc1": LUT, "fc2": LUT}), tmp_path)
    path = tmp_path / "vhdl" / "net_fc2.vhd"
    text = path.read_text(encoding="utf-8")
    sums = int(text.partition("SUMS           => ")[2].partition(",")[0])
    path.write_text(text.replace(f"=> {sums},", f"=> {sums + 1},"), encoding="utf-8")
    files = [tmp_path / "vhdl" / name for name in interface.files]
    message = r"adder_graph: VALUES has \d+ entries, 4 \* \(INPUTS \+ USED_CONSTANTS \+ SUMS\) is \d+"
    with pytest.raises(VerificationError, match=message):
        synthesize(files, "net", tmp_path / "synthesis")


def test_synthesis_finds_no_dsp_and_no_more_than_estimated(tmp_path: Path) -> None:
    graph = two_layers()
    found = schedule(graph, 1, {"fc1": LUT, "fc2": LUT})
    interface = write(graph, found, tmp_path)
    result = synthesize([tmp_path / "vhdl" / name for name in interface.files], "net", tmp_path / "synthesis")
    both = pipelines(found, "fc1", "fc2")
    luts = sum(pipeline.lut_estimate for pipeline in both)
    registers = sum(pipeline.register_bits + pipeline.latency_cycles for pipeline in both)
    relu = 9 * 6
    assert result.dsp == 0
    assert 0.8 * luts < result.lut < luts + 3 * relu
    assert registers + relu - 40 <= result.ff <= registers + relu + 1


def test_the_reference_needs_no_adder_graph() -> None:
    """Changing the strategy changes no bit: codes are those of the layer's own definition."""
    graph = two_layers()
    (adders,) = pipelines(schedule(graph, 1, {"fc1": LUT}), "fc1")
    codes = random_codes(graph, 50, 4)["x"]
    layer = graph.layer("fc1")
    expected = layer.evaluate([codes], graph.sources(layer, graph.tensors()))
    assert np.array_equal(adders.graph.evaluate(codes), expected)
