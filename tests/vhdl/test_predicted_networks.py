"""Small networks of sums and products against the netlist: no path is longer than predicted, DSPs are exact.

All networks of a test are synthesized in one run, each with its boundary kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.hardware import slice_paths
from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.dense import Dense
from bxnn.layers.multiply import Multiply
from bxnn.layers.reshape import Reshape
from bxnn.layers.subtract import Subtract
from bxnn.layers.sum import Sum
from bxnn.sim.synthesis import synthesize_parts
from bxnn.sim.timing.flat_netlist import FlatNetlist
from tests.layers.firmware import DSP48E2, schedule, write
from tests.timing.netlist import TABLE, worst
from tests.vhdl.harness import SOURCES, TOP, Instance, write_top

CLOCK = ClockTarget(320.632, 0.05, "pessimistic", TABLE)
Layers = tuple[Layer, ...]


def elements(rng: np.random.Generator, name: str, size: int) -> Input:
    """An input with a format for every element: signed or not, and about one in eight is always zero."""
    fraction, bits = rng.integers(0, 4, size), rng.integers(2, 9, size)
    high = ((1 << (bits - 1)) - 1) * (rng.random(size) < 0.875)
    low = (-high - 1) * (high > 0) * (rng.random(size) < 0.75)
    columns = np.stack([fraction, low, high])
    return Input(name, (), (size,), ElementQuantizer.of_columns(columns, Rounding.RND, False))


def summed(terms: int, bits: int) -> Layers:
    """Two sums."""
    quantizer = FixedQuantizer(FixedFormat(True, 2, bits - 3), Rounding.RND, Overflow.SAT)
    return Input("a", (), (terms, 2), quantizer), Sum("y", ("a",), (0,), 0)


def dense(rng: np.random.Generator, name: str, reads: str, shape: tuple[int, int]) -> Dense:
    """A layer with 5-bit weights, half of them zero."""
    codes = rng.integers(-15, 16, shape) * (rng.random(shape) < 0.5)
    return Dense(name, (reads,), FixedTensor(codes, 3), None)


def drawn(seed: int) -> dict[str, Layers]:
    """Sums and products of tensors."""
    rng = np.random.default_rng(seed)
    a, b, c = (elements(rng, name, 6) for name in "abc")
    product = Multiply("m", ("a", "b"))
    wide = elements(rng, "a", 16)
    terms, bits = rng.integers(2, 9), rng.integers(5, 15)
    return {
        f"sum{terms}_{bits}": summed(int(terms), int(bits)),
        "sum_of_elements": (wide, Reshape("r", ("a",), (8, 2)), Sum("y", ("r",), (0,), 0)),
        "add": (a, b, c, Add("y", ("a", "b", "c"))),
        "subtract": (a, b, Subtract("y", ("a", "b"))),
        "products": (a, b, Multiply("y", ("a", "b"))),
        "product_and_add": (a, b, product, Add("y", ("m", "a"))),
        "product_and_sum": (a, b, product, Sum("y", ("m",), (0,), 0)),
    }


def packed(seed: int, count: int) -> dict[str, Layers]:
    """Sums of few bits, of which slices form two at a time: their fields are as wide as the sums, or wider."""
    rng, networks = np.random.default_rng(seed), dict[str, Layers]()
    for number in range(count):
        bits, weight_bits = rng.integers(3, 10), rng.integers(2, 6)
        inputs, outputs = rng.integers(3, 10), rng.integers(2, 5)
        quantizer = FixedQuantizer(FixedFormat(bool(rng.random() < 0.7), 2, int(bits) - 2), Rounding.RND, Overflow.SAT)
        kernel = rng.integers(-(1 << weight_bits) + 1, 1 << weight_bits, (inputs, outputs))
        bias = FixedTensor(rng.integers(-200, 200, outputs), 3)
        source = Input("x", (), (int(inputs),), quantizer)
        networks[f"packed{number}"] = source, Dense("y", ("x",), FixedTensor(kernel, 3), bias)
    return networks


def quantized(seed: int) -> dict[str, Layers]:
    """Sums of slices to quantizers: bounds other than powers of two, formats by element, without and with a ReLU."""
    rng = np.random.default_rng(seed)
    wide = FixedFormat(False, int(rng.integers(2, 4)), 15)
    bounded = FixedQuantizer(wide, Rounding.TRN, Overflow.SAT, 0, int(rng.integers(wide.high // 2, wide.high)))
    fraction, bits = rng.integers(2, 8, 8), rng.integers(2, 11, 8)
    high = (1 << (bits - 1)) - 1
    low = np.where(rng.random(8) < 0.5, -high - 1, 0)
    own = np.stack([fraction, low, high])
    functions: dict[str, ElementFunction] = {
        "bounded": bounded,
        "wrapped": ElementQuantizer.of_columns(own, Rounding.RND, True),
        "rectified": ElementQuantizer.of_columns(own, Rounding.TRN, True, True),
        "symmetric": ElementQuantizer.of_columns(own * np.array([[1], [0], [1]]), Rounding.TRN, False, True),
    }
    source = Input("x", (), (3,), FixedQuantizer(FixedFormat(True, 3, 8), Rounding.RND, Overflow.SAT))
    codes = rng.integers(-255, 256, (3, 8))
    codes[0, 0] = -256
    sums = Dense("d", ("x",), FixedTensor(codes, 7), None)
    return {name: (source, sums, ActivationLayer("y", ("d",), function)) for name, function in functions.items()}


def branching(seed: int) -> dict[str, Layers]:
    """Several readers of a tensor, each of which valid enables: synthesis makes one register of their valids."""
    rng, networks = np.random.default_rng(seed), dict[str, Layers]()
    roundings = (Rounding.RND, Rounding.TRN, Rounding.RND_CONV)
    source = Input("x", (), (2,), FixedQuantizer(FixedFormat(True, 3, 5), Rounding.RND, Overflow.SAT))
    for number in range(3):
        size, formats = int(rng.integers(5, 14)), rng.integers((1, 3), (4, 7), (3, 2))
        sums = Dense("d", ("x",), FixedTensor(rng.integers(-15, 16, (2, size)), 3), None)
        readers = [
            ActivationLayer(f"a{reader}", ("d",), FixedQuantizer(FixedFormat(False, *own), rounding, Overflow.SAT))
            for reader, (own, rounding) in enumerate(zip(formats.tolist(), roundings, strict=True))
        ][: rng.integers(2, 4)]
        tail = Add("y", tuple(reader.name for reader in readers))
        networks[f"branches{number}"] = source, sums, *readers, tail
    return networks


def side_by_side(seed: int) -> Layers:
    """Layers of one tensor that begin together: synthesis would make one register of each signal of their control."""
    rng = np.random.default_rng(seed)
    source = Input("x", (), (2,), FixedQuantizer(FixedFormat(True, 3, 5), Rounding.RND, Overflow.SAT))
    codes = rng.integers(8, 128, (3, 2, 48)) * 2 + 1
    dense = [Dense(f"d{layer}", ("x",), FixedTensor(own, 3), None) for layer, own in enumerate(codes)]
    return source, *dense, Add("y", tuple(layer.name for layer in dense))


def instance_of(interface: Interface) -> Instance:
    """A network as a part of a test's top."""
    inputs: dict[str, int | None] = {"rst": None}
    for port in interface.inputs:
        inputs |= {port.valid: None, port.data: port.elements * port.bits}
    outputs: dict[str, int | None] = {}
    for port in interface.outputs:
        outputs |= {port.valid: None, port.data: port.elements * port.bits}
    return Instance(f"u_{interface.top}", interface.top, {}, inputs, outputs)


def synthesized(
    networks: Mapping[str, Layers], pipelining: Pipelining, folder: Path
) -> dict[str, tuple[Schedule, dict[str, Any]]]:
    """Each network at II = 1 and 4: its schedule and its netlist."""
    chosen: dict[str, Schedule] = {}
    instances, files = [], list(SOURCES)
    for name, layers in networks.items():
        for interval in (1, 4):
            graph = Graph(f"net_{name}_{interval}", layers, (layers[-1].name,))
            found = schedule(graph, interval, pipelining=pipelining)
            interface = write(graph, found, folder / graph.name)
            chosen[f"u_{graph.name}"] = found
            instances.append(instance_of(interface))
            files += [folder / graph.name / "vhdl" / file for file in interface.files if not file.startswith("lib/")]
    sources = [*files, write_top(folder / "top.vhd", instances)]
    synthesize_parts(sources, TOP, folder / "synthesis", wide_bits=DSP48E2.wide_bits)
    modules = json.loads((folder / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    return {name: (found, modules[modules[TOP]["cells"][name]["type"]]) for name, found in chosen.items()}


def check(networks: Mapping[str, Layers], pipelining: Pipelining, folder: Path) -> None:
    """No path of a network is longer than predicted for its class, and it has as many DSP slices as predicted.

    No path is said to have a net of more loads than the netlist has.
    """
    longer: dict[str, object] = {}
    for name, (chosen, module) in synthesized(networks, pipelining, folder).items():
        timing = network_timing(chosen.graph, chosen, CLOCK)
        told = {path.kind: path.pessimistic.ns for path in timing.paths}
        found = worst(module, "pessimistic")
        over = {kind: (told.get(kind), path) for kind, path in found.items() if path.ns > told.get(kind, 0.0) + 1e-9}
        longer |= {name: over} if over else {}
        assert (name, slices(module)) == (name, chosen.dsp)
        loads = {path.kind: path.pessimistic.fan_out or 0 for path in timing.paths}
        assert max(loads.values()) <= FlatNetlist(module).loads, (name, loads)
    assert not longer


def slices(module: dict[str, Any]) -> int:
    """DSP slices of a netlist."""
    return sum(cell["type"] == "DSP48E1" for cell in module["cells"].values())


def test_slices_of_elements_with_their_own_formats(tmp_path: Path) -> None:
    """Elements that are always zero, unsigned or coarser than others: a multiplication is one slice, or none."""
    rng = np.random.default_rng(11)
    networks = {f"dense{number}": (elements(rng, "a", 12), dense(rng, "y", "a", (12, 5))) for number in range(3)}
    found = synthesized(networks, Pipelining(), tmp_path)
    assert {name: slices(module) for name, (_, module) in found.items()} == {
        name: chosen.dsp for name, (chosen, _) in found.items()
    }


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in (4, 5))])
def test_sums_and_products_of_tensors(seed: int, tmp_path: Path) -> None:
    levels = 2 + seed % 2
    networks = {**drawn(seed), **packed(seed, 3)}
    pipelining = Pipelining(
        tree_levels_per_stage=levels,
        multiplier_register=seed % 2 == 0,
        input_register=seed != 4,
        output_register=seed == 3,
    )
    check(networks, pipelining, tmp_path)


def test_quantizers_of_sums(tmp_path: Path) -> None:
    check(quantized(5), Pipelining(), tmp_path)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_readers_of_one_tensor(seed: int, tmp_path: Path) -> None:
    check(branching(seed), Pipelining(), tmp_path)


def test_signs_of_packed_sums_are_inverted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a tree after the slices, sums leave through a LUT: were it not counted, a path would be longer."""
    source = FixedQuantizer(FixedFormat(False, 0, 2), Rounding.RND, Overflow.SAT)
    result = FixedQuantizer(FixedFormat(False, 3, 1), Rounding.RND_CONV, Overflow.SAT)
    codes = np.array([[1, -1, 2, 1], [1, -1, 1, -1], [-1, -1, 1, 0]])
    dense = Dense("d", ("x",), FixedTensor(codes, 3), None)
    networks: dict[str, Layers] = {
        "packed": (Input("x", (), (3,), source), dense, ActivationLayer("y", ("d",), result))
    }
    check(networks, Pipelining(), tmp_path / "counted")
    monkeypatch.setattr(slice_paths, "_sign", lambda inverted, technology: Delay())
    with pytest.raises(AssertionError, match="control"):
        check(networks, Pipelining(), tmp_path / "ignored")


def test_layers_side_by_side(tmp_path: Path) -> None:
    check({"side_by_side": side_by_side(7)}, Pipelining(), tmp_path)
