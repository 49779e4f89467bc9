"""The contract of a layer, which every class of the registry must fulfil for all of its examples."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.ir.text import parse_graph, print_graph
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.dense import Dense
from bxnn.layers.reshape import Reshape
from bxnn.layers.softmax import SoftmaxLayer
from bxnn.sim.reference import Reference, exact_carrier
from tests.ir.networks import dense, identity, random_kernel, sat, source
from tests.layers.firmware import check_firmware, random_codes, schedule
from tests.layers.refused_types import refusal

NAMED = [
    (f"{kind}-{number}", example)
    for kind, cls in layer_types().items()
    for number, example in enumerate(cls.examples())
]
EXAMPLES = [pytest.param(example, id=name) for name, example in NAMED]
EVALUATED = [
    pytest.param(example, id=name) for name, example in NAMED if not isinstance(example.layer, Input | SoftmaxLayer)
]
DENSE = [pytest.param(example, id=name) for name, example in NAMED if isinstance(example.layer, Dense)]
HARDWARE = {kind: cls for kind, cls in layer_types().items() if issubclass(cls, HardwareLayer)}

STAGES = sorted(kind for kind, cls in HARDWARE.items() if not cls.multiplies)
HARDWARE_EXAMPLES = [pytest.param(e, id=name) for name, e in NAMED if isinstance(e.layer, HardwareLayer)]
STAGE_EXAMPLES = [pytest.param(e, id=name) for name, e in NAMED if e.layer.kind in STAGES]
OTHER_LINEAR = sorted(set(HARDWARE) - set(STAGES) - {Dense.kind})
BINDINGS = ("output_serial", "output_switched", "input_serial")


def declared(name: str, example: Example, number: int = 0) -> Input:
    """A network input like a source of an example."""
    tensor = example.sources[number]
    if tensor.zeros is not None:  # a format for every element
        columns = np.stack([tensor.format.fraction_bits - tensor.zeros, *(c >> tensor.zeros for c in _ends(tensor))])
        return Input(name, (), tensor.shape, ElementQuantizer.of_columns(columns, Rounding.RND, False))
    quantizer = FixedQuantizer(tensor.format, Rounding.RND, Overflow.SAT)
    assert (int(tensor.low.min()), int(tensor.high.max())) == (quantizer.low, quantizer.high)
    return Input(name, (), tensor.shape, quantizer)


def _ends(tensor: Tensor) -> tuple[Int, Int]:
    return tensor.low, tensor.high


def alone(example: Example) -> Graph:
    """An example as a network."""
    inputs = [declared(name, example, number) for number, name in enumerate(example.layer.inputs)]
    return Graph("net", (*inputs, example.layer), (example.layer.name,))


def corners_and_random(graph: Graph) -> dict[str, Int]:
    """All smallest, all largest, and 200 random events."""
    tensors, codes = graph.tensors(), random_codes(graph, 200, 3)
    return {name: np.stack([tensors[name].low, tensors[name].high, *codes[name]]) for name in codes}


def content(value: object) -> object:
    """All that a value contains, in comparable form: classes, fields, and arrays with dtype, shape and elements."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tolist()
    if is_dataclass(value):
        return type(value), [(field.name, content(getattr(value, field.name))) for field in fields(value)]
    if isinstance(value, tuple):
        return [content(item) for item in value]
    return type(value), value


@pytest.mark.parametrize("cls", layer_types().values(), ids=lambda cls: str(cls.kind))
def test_every_class_has_examples(cls: type[Layer]) -> None:
    assert cls.examples()
    assert all(example.layer.kind == cls.kind for example in cls.examples())


@pytest.mark.parametrize("example", EVALUATED)
def test_shape_is_that_of_the_inferred_tensor_and_of_the_result(example: Example) -> None:
    graph = alone(example)
    shape = example.layer.output_shape([tensor.shape for tensor in example.sources])
    tensor = graph.tensors()["y"]
    assert tensor.shape == tensor.high.shape == shape
    assert Reference(graph).evaluate(random_codes(graph, 3, 0))["y"].shape == (3, *shape)


@pytest.mark.parametrize("example", EVALUATED)
def test_range_is_sound(example: Example) -> None:
    graph = alone(example)
    tensor = graph.tensors()["y"]
    result = Reference(graph, np.dtype(np.int64)).evaluate(corners_and_random(graph))["y"]
    assert tensor.format.low <= int(tensor.low.min()) and int(tensor.high.max()) <= tensor.format.high
    assert (tensor.low <= result).all() and (result <= tensor.high).all()


@pytest.mark.parametrize("example", DENSE)
def test_the_bounds_of_a_dense_layer_are_attained(example: Example) -> None:
    graph, source_tensor = alone(example), example.sources[0]
    weights = example.layer.linear_map(example.sources).weights  # type: ignore[attr-defined]
    highest = np.where(weights > 0, source_tensor.high, source_tensor.low)
    lowest = np.where(weights > 0, source_tensor.low, source_tensor.high)
    reference, tensor = Reference(graph), graph.tensors()["y"]
    assert np.diagonal(reference.output_codes({"x": highest})["y"]).tolist() == tensor.high.tolist()
    assert np.diagonal(reference.output_codes({"x": lowest})["y"]).tolist() == tensor.low.tolist()


@pytest.mark.parametrize("example", EXAMPLES)
def test_text_round_trip(example: Example) -> None:
    graph = alone(example)
    assert content(parse_graph(*print_graph(graph))) == content(graph)


@pytest.mark.parametrize("example", EVALUATED)
def test_all_carriers_compute_the_same_bits(example: Example) -> None:
    graph = alone(example)
    assert exact_carrier(graph) == np.float32, "examples are small"
    codes = corners_and_random(graph)
    exact = Reference(graph, np.dtype(np.int64)).output_codes(codes)["y"]
    for carrier in (np.dtype(np.float32), np.dtype(np.float64)):
        known = Reference(graph, carrier).evaluate(codes)["y"]
        assert known.dtype == carrier
        assert np.array_equal(known, exact)


@pytest.mark.parametrize("example", EVALUATED)
def test_ties_are_counted_per_event(example: Example) -> None:
    codes = random_codes(alone(example), 5, 0)
    counted = example.layer.rounding_ties([codes[name] for name in example.layer.inputs], example.sources)
    assert counted.shape == (5,) and counted.min() >= 0


@pytest.mark.parametrize("example", STAGE_EXAMPLES)
def test_what_takes_cycles_takes_registers(example: Example) -> None:
    """And layers that cost nothing are wires: the cost model knows about every stage."""
    layer, sizes = example.layer, [tensor.size for tensor in example.sources]
    assert isinstance(layer, HardwareLayer)
    binding = layer.stage(Layout.parallel(sum(sizes)), example.sources, EVERY_REGISTER)
    assert binding is not None
    assert (binding.resources().register_bits > 0) == (binding.latency_cycles > 0)


def test_a_hardware_layer_without_template_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path, monkeypatch) == (
        "layer type activation: has no template activation.vhd.j2 in hls_templates/vhdl/layers"
    )
    assert layer_types()["activation"].kind == "activation"


@pytest.mark.parametrize("example", HARDWARE_EXAMPLES)
def test_what_multiplies_says_how_often(example: Example) -> None:
    assert isinstance(example.layer, HardwareLayer)
    linear = example.layer.linear_map(example.sources)
    assert example.layer.multiplies is (linear is not None)
    assert example.layer.macs(example.sources[0].shape) == (0 if linear is None else linear.macs)


def awkward_dense() -> Iterator[Example]:
    """Zero lanes, outputs and layers, one element, a fine bias, wide operands, more outputs than a small II."""
    rng = np.random.default_rng(11)

    def filled(inputs: int, outputs: int, bits: int) -> Int:
        return random_kernel(rng, inputs, outputs, bits, 0)

    holes = random_kernel(rng, 9, 10, 5, 0.6)
    holes[:, 3:6] = 0  # a lane of zeros at II = 3
    holes[2] = 0  # an input that nothing reads
    one_row = np.zeros((6, 7), np.int64)
    one_row[4] = 3
    cases = [
        (source("x", 9), dense("y", "x", holes, rng.integers(-50, 50, 10))),
        (source("x", 4), dense("y", "x", np.zeros((4, 5), np.int64), [1, -2, 3, 0, -5])),
        (source("x", 3), dense("y", "x", np.zeros((3, 2), np.int64))),
        (source("x", 6), dense("y", "x", one_row)),
        (source("x", 2), dense("y", "x", rng.integers(-7, 8, (2, 25)), rng.integers(-999, 999, 25), 3, 11)),
        (source("x", 7, signed=False, integer_bits=-1, fraction_bits=2), dense("y", "x", filled(7, 3, 2))),
        (source("x", 12, integer_bits=9, fraction_bits=-2), dense("y", "x", filled(12, 1, 8), None, -3)),
        (source("x", 3, integer_bits=8, fraction_bits=18), dense("y", "x", filled(3, 4, 18), [1, 2, 3, 4])),
        (source("x", 30), dense("y", "x", np.where(rng.random((30, 2)) < 0.9, 1, 0))),
    ]
    for layer, example in cases:
        yield Example(example, (Graph("g", (layer,), ("x",)).tensors()["x"],))


def combined(examples: list[Example], serial: bool = False) -> Graph:
    """Many examples side by side, optionally after serial producers; all outputs leave in the same cycle."""
    layers: list[Layer] = []
    for number, example in enumerate(examples):
        reads = []
        for position, tensor in enumerate(example.sources):
            name = f"x{number}_{position}"
            if serial:
                flat = replace(example, sources=(tensor.reshaped((tensor.size,)),))
                layers.append(declared(name, flat))
                layers.append(dense(f"s{number}_{position}", name, identity(tensor.size), None, 0))
                layers.append(Reshape(f"r{number}_{position}", (layers[-1].name,), tensor.shape))
            else:
                layers.append(declared(name, example, position))
            reads.append(layers[-1].name)
        layers.append(replace(example.layer, name=f"y{number}", inputs=tuple(reads)))
    return Graph("net", tuple(layers), tuple(f"y{number}" for number in range(len(examples))))


SERIAL = LayerSettings("output_serial", 3)
CASCADES = (None, 1, 4, 40)


@pytest.mark.parametrize("initiation_interval", [1, 3, 8])
@pytest.mark.parametrize("binding", BINDINGS)
def test_dense_in_hardware(binding: BindingChoice, initiation_interval: int, tmp_path: Path) -> None:
    """All examples and awkward ones; output-serial ones once per cascade length, the longest longer than the II."""
    examples = [*Dense.examples(), *awkward_dense()]
    settings = {}
    for number in range(len(examples)):
        cascade = CASCADES[number % 4] if binding != "input_serial" else None
        settings[f"y{number}"] = LayerSettings(binding, initiation_interval, cascade)
    chosen = schedule(combined(examples), initiation_interval, settings)
    assert {step.binding.name for step in chosen.steps} == {binding}
    check_firmware(combined(examples), chosen, tmp_path, events=6)


@pytest.mark.parametrize("binding", [None, *BINDINGS])
def test_other_linear_maps_in_hardware(binding: BindingChoice | None, tmp_path: Path) -> None:
    examples = [example for kind in OTHER_LINEAR for example in HARDWARE[kind].examples()]
    graph = combined(examples)
    linear = [f"y{number}" for number, example in enumerate(examples) if example.layer.multiplies]
    chosen = schedule(graph, 5, {name: LayerSettings(binding) for name in linear} if binding else None)
    assert binding is None or {step.binding.name for step in chosen.steps if step.layer in linear} == {binding}
    check_firmware(graph, chosen, tmp_path, events=4)


@pytest.mark.parametrize("initiation_interval", [1, 8])
def test_dense_with_every_cascade_in_hardware(initiation_interval: int, tmp_path: Path) -> None:
    examples = [example for example in Dense.examples() for _ in CASCADES]
    settings = {
        f"y{number}": LayerSettings("output_serial", None if cascade else initiation_interval, cascade)
        for number, cascade in enumerate(CASCADES * len(Dense.examples()))
    }
    chosen = schedule(combined(examples), initiation_interval, settings)
    shapes = [step.binding.operands.shape for step in chosen.steps if isinstance(step.binding, Cascaded)]
    assert {1, 4} <= {cascade for _, _, cascade, *_ in shapes} and max(cascade for _, _, cascade, *_ in shapes) > 8
    assert {1, 2} <= {segments for _, segments, *_ in shapes} and max(segments for _, segments, *_ in shapes) > 8
    check_firmware(combined(examples), chosen, tmp_path, events=4)


@pytest.mark.parametrize("serial", [False, True], ids=["parallel", "serial"])
@pytest.mark.parametrize("kind", STAGES)
def test_stages_in_hardware(kind: str, serial: bool, tmp_path: Path) -> None:
    examples = list(HARDWARE[kind].examples())
    if kind == "activation" and not serial:  # too wide for a multiplier before it
        wide = source("x", 3, integer_bits=29, fraction_bits=30)
        tensor = Graph("g", (wide,), ("x",)).tensors()["x"]
        functions = [sat(True, 5, 40), sat(True, 30, -8), sat(False, 0, 1), sat(True, 60, -58), sat(True, 0, 61)]
        examples += [Example(ActivationLayer("y", ("x",), function), (tensor,)) for function in functions]
    graph = combined(examples, serial)
    producers = [layer.name for layer in graph.layers if layer.kind == "dense"]
    chosen = schedule(graph, 3, dict.fromkeys(producers, SERIAL))
    assert all(chosen.step(name).binding.result.is_serial for name in producers)
    check_firmware(graph, chosen, tmp_path, events=12)


def test_every_hardware_class_is_simulated_above() -> None:
    """Every class with a template is in one of the lists used by the tests above."""
    assert {*STAGES, *OTHER_LINEAR, Dense.kind} == set(HARDWARE)
    assert "activation" in STAGES and "dense" not in STAGES
