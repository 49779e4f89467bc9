"""Accumulators joined by the W multiplexer: every bit and cycle with instantiated slices, and what was predicted."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.hardware.input_joined import InputJoined
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Budget, Search
from bxnn.compiler.verification.accumulator_bounds import accumulators
from bxnn.compiler.verification.vhdl_constants import instances
from bxnn.sim.synthesis import synthesize, synthesize_parts
from tests.ir.networks import dense, network, source
from tests.layers.firmware import FACTS, run_firmware
from tests.layers.test_contract import HARDWARE, combined
from tests.timing.netlist import worst
from tests.vhdl.test_predicted_networks import CLOCK

SLICES = {
    "DSP48E2": Multiplier("DSP48E2", 27, 18, 48, instantiated=True),
    "DSP58": Multiplier("DSP58", 27, 24, 58, instantiated=True),
}
LAYERS = 8
WITHOUT_MREG = Pipelining(multiplier_register=False, tree_levels_per_stage=2)


def drawn(seed: int) -> tuple[Graph, int, dict[str, LayerSettings]]:
    """Layers side by side: any number of inputs and outputs, absent slices, both signs, packed or not."""
    rng = np.random.default_rng(seed)
    layers, settings = [], {}
    for number in range(LAYERS):
        inputs, outputs, weight = int(rng.integers(1, 20)), int(rng.integers(1, 7)), int(rng.integers(2, 60))
        codes = rng.integers(-weight, weight, (inputs, outputs)) * (
            rng.random((inputs, outputs)) < rng.choice([1, 0.5])
        )
        signed, bits = bool(rng.integers(2)), int(rng.integers(1, 5))
        layers += [
            source(f"x{number}", inputs, signed=signed, integer_bits=2, fraction_bits=bits),
            dense(f"d{number}", f"x{number}", codes, rng.integers(-99, 99, outputs)),
        ]
        cascade = (None, 2, 3)[number % 3]
        settings[f"d{number}"] = LayerSettings("input_joined", cascade=cascade, packing=1 if number % 2 else None)
    graph = network(*layers, outputs=tuple(f"d{number}" for number in range(LAYERS)))
    return graph, int(rng.integers(1, 10)), settings


def scheduled(
    graph: Graph,
    interval: int,
    settings: Mapping[str, LayerSettings],
    primitive: str = "DSP48E2",
    pipelining: Pipelining = EVERY_REGISTER,
) -> Schedule:
    search = Search(graph, interval, settings, SLICES[primitive], pipelining=pipelining)
    return search.best(Budget(), 10**6)


def written(chosen: Schedule, folder: Path, primitive: str = "DSP48E2") -> Interface:
    names = VhdlBackend(chosen.graph, chosen, {**FACTS, "dsp_primitive": primitive}).write(folder / "vhdl")
    return interface_of(chosen.graph, chosen, names)


def joined(chosen: Schedule) -> list[InputJoined]:
    return [step.binding for step in chosen.steps if isinstance(step.binding, InputJoined)]


def check(chosen: Schedule, folder: Path, primitive: str = "DSP48E2") -> None:
    result = run_firmware(chosen.graph, written(chosen, folder, primitive), folder)
    assert (result.first_difference, result.passed, result.mismatches, result.spurious) == (None, True, 0, 0)
    assert (result.latency_cycles, result.initiation_interval) == (chosen.latency_cycles, chosen.initiation_interval)


@pytest.mark.parametrize(
    ("seed", "primitive", "pipelining"),
    [
        (1, "DSP48E2", EVERY_REGISTER),
        pytest.param(2, "DSP48E2", WITHOUT_MREG, marks=pytest.mark.slow),
        pytest.param(3, "DSP58", EVERY_REGISTER, marks=pytest.mark.slow),
        *(pytest.param(seed, "DSP48E2", EVERY_REGISTER, marks=pytest.mark.nightly) for seed in range(4, 20)),
    ],
)
def test_bits_and_cycles(seed: int, primitive: str, pipelining: Pipelining, tmp_path: Path) -> None:
    chosen = scheduled(*drawn(seed), primitive, pipelining)
    bindings = joined(chosen)
    assert len(bindings) == LAYERS
    if seed == 1:
        assert {binding.joined for binding in bindings} == {2, 3}
        assert {1, 2} <= {binding.packing.products for binding in bindings}
        assert any(binding.source.phases > 1 for binding in bindings)
    check(chosen, tmp_path, primitive)


def test_other_linear_maps(tmp_path: Path) -> None:
    examples = [example for kind in HARDWARE.values() for example in kind.examples() if example.layer.multiplies]
    settings = {f"y{number}": LayerSettings("input_joined") for number in range(len(examples))}
    chosen = scheduled(combined(examples), 5, settings)
    assert {step.binding.name for step in chosen.steps if step.layer in settings} == {"input_joined"}
    check(chosen, tmp_path)


def test_a_start_in_the_wrong_cycle_is_seen(tmp_path: Path) -> None:
    chosen = scheduled(*drawn(1))
    interface = written(chosen, tmp_path)
    changed = tmp_path / "vhdl" / next(name for name in interface.files if name.endswith("_d2.vhd"))
    text = changed.read_text()
    assert "OPMODE_REGISTER     => 1" in text
    changed.write_text(text.replace("OPMODE_REGISTER     => 1", "OPMODE_REGISTER     => 0"))
    assert not run_firmware(chosen.graph, interface, tmp_path).passed


def wide_layer(inputs: int, outputs: int, weight: int) -> Graph:
    """No weight is zero, and few bits never change."""
    rng = np.random.default_rng(3)
    codes = rng.integers(1, weight, (inputs, outputs)) * rng.choice([-1, 1], (inputs, outputs))
    return network(source("x", inputs), dense("d", "x", codes, rng.integers(-99, 99, outputs)))


@pytest.mark.parametrize(
    ("cascade", "packing"), [(2, 1), (3, 2), *(pytest.param(*p, marks=pytest.mark.nightly) for p in ((2, 2), (3, 1)))]
)
def test_costs_and_paths_are_those_of_synthesis(cascade: int, packing: int, tmp_path: Path) -> None:
    """As many slices and flip-flops, LUTs within the error of the model, and no path longer than predicted."""
    graph = wide_layer(8 * cascade, 6, 30)  # two phases, four leaves
    settings = {"d": LayerSettings("input_joined", cascade=cascade, packing=packing)}
    chosen = scheduled(graph, 2, settings)
    (binding,) = joined(chosen)
    interface = written(chosen, tmp_path)
    files = [tmp_path / "vhdl" / name for name in interface.files]
    found = synthesize_parts(files, interface.top, tmp_path / "parts")["layer_d"]
    told, error = cost_of(binding.resources()), chosen.cost_error
    assert error is not None and (binding.joined, binding.packing.products) == (cascade, packing)
    assert found.dsp == binding.dsp == binding.present.sum()
    assert binding.resources().register_bits - found.ff in (0, 1), "a bit of a sum may never change"
    assert abs(told.lut - found.lut) <= error.lut * found.lut, (told, found)
    whole = synthesize(files, interface.top, tmp_path / "whole")
    assert whole.dsp_use.cascaded == binding.dsp - int(binding.cascades.sum()) > 0
    assert whole.dsp_use.unused == ()
    modules = json.loads((tmp_path / "whole" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    predicted = {path.kind: path.pessimistic.ns for path in network_timing(graph, chosen, CLOCK).paths}
    for kind, path in worst(modules[interface.top], "pessimistic").items():
        assert path.ns <= predicted.get(kind, 0.0) + 1e-9, (kind, path, predicted)


def test_bounds_are_read_back_from_the_vhdl(tmp_path: Path) -> None:
    """What the certificate of overflows says of a cascade is what the trees were built for."""
    graph, interval, settings = drawn(1)
    chosen = scheduled(graph, interval, settings)
    written(chosen, tmp_path)
    tensors = graph.tensors()
    for number, binding in enumerate(joined(chosen)):
        path = next((tmp_path / "vhdl").rglob(f"*_d{number}.vhd"))
        (instance,) = [each for each in instances(path) if each.entity == "bxnn_dot_input_joined"]
        tensor, ranges = tensors[f"x{number}"], []
        for element in binding.source.elements.ravel().tolist():
            ends = (tensor.low.ravel()[element], tensor.high.ravel()[element]) if element >= 0 else (0, 0)
            ranges.append((int(ends[0]), int(ends[1])))
        found = [each for each in accumulators(instance, ranges) if ", cascade " in each.name]
        assert len(found) == binding.linear.outputs * binding.cascades.shape[1]
        assert all(each.fits for each in found)
        reached = [(min(each.low, 0), max(each.high, 0)) for each in found]
        trees = zip(binding.trees.low.ravel().tolist(), binding.trees.high.ravel().tolist(), strict=True)
        assert all(low <= least and most <= high for (low, high), (least, most) in zip(reached, trees, strict=True))
