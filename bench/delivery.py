"""The AXI4-Stream wrapper under random pauses, and weights that are reloaded in mid-stream, on the jet tagger.

    python -m bench.delivery [--models ../shared/models] [--work build/delivery] [--parts axi reload]
                             [--events 100000] [--reloads 20] [--seed 1]

Both run in Verilator. ``axi``: the tagger with tag, and results of several transfers; both sides pause at random; every
transfer that leaves is compared, in order, with the reference. ``reload``: all weights are loaded over the plain port
while events arrive, mostly one per initiation interval; every set has random codes; every event is compared with the
reference of the set that it must use. Prints a line for each part.
Exit 1: something was lost, reordered, mixed or wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.boards.board import load_board
from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.weight_loading import BEGIN, CONTROL, DATA, SWITCH, LoadedLayer, WeightLoading
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.sim.bench.compiled_program import CompiledProgram
from bxnn.sim.bench.port_words import from_words, to_words, words_of
from bxnn.sim.process import run_tool
from bxnn.sim.reference import Reference

DESIGN = 'initiation_interval: 8\nstrategy: dsp\ninputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}\n'
AXI, RELOAD = DESIGN + "tag_bits: 12\naxi_stream: {beat_bytes: 5}\n", DESIGN + "weights: {layers: all}\n"
TAKES_EFFECT = 5  # cycles from a switch over the port to the first event with the other set
BETWEEN_WRITES = 2  # cycles
Words = NDArray[np.uint32]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("../shared/models"))
    parser.add_argument("--work", type=Path, default=Path("build/delivery"))
    parser.add_argument("--parts", nargs="+", choices=("axi", "reload"), default=("axi", "reload"))
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    wrong = 0
    for part in options.parts:
        folder = options.work / part
        folder.mkdir(parents=True, exist_ok=True)
        if part == "axi":
            wrong += axi_stream(options.models, folder, options.events, options.seed)
        else:
            wrong += reloads(options.models, folder, options.reloads, options.seed)
    return int(wrong > 0)


def axi_stream(models: Path, folder: Path, events: int, seed: int) -> int:
    """Send events through the wrapper; returns the transfers that are missing, wrong or out of order."""
    model, weights = _tagger(models)
    report = driver.compile_files(model, weights, parse_config(AXI), folder / "build", force=True)
    build, facts = Build(folder / "build"), report.axi_stream
    assert facts is not None
    interface, rng = Interface.load(build.interface), np.random.default_rng(seed)
    codes = {port.name: _random_codes(port, events, rng) for port in interface.inputs}
    results = Reference(build.graph).output_codes(codes)
    tags = rng.integers(0, 1 << interface.tag_bits, events)
    sent = _transfers(interface.inputs, codes, facts.beats_in, facts.bytes_in, tags)
    expected = _transfers(interface.outputs, results, facts.beats_out, facts.bytes_out, tags)
    wrapped = replace(interface, top=f"{interface.top}_axis")
    program = CompiledProgram("axis_driver.cpp.j2", wrapped, "axis").build(build.vhdl, folder / "program")
    sent.tofile(folder / "sent.bin")
    counts = [str(len(sent)), str(len(expected)), str(seed)]
    done = run_tool([str(program.resolve()), "sent.bin", "received.bin", *counts], folder)
    if done.returncode:
        print(f"axi: the simulation ended with code {done.returncode}")
        return 1
    received = np.fromfile(folder / "received.bin", np.uint32).reshape(-1, expected.shape[1])
    same = received[: len(expected)] == expected[: len(received)]
    wrong = int((~same.all(axis=1)).sum()) + abs(len(received) - len(expected))
    shape = f"{facts.beats_in} transfers each, results of {facts.beats_out}"
    print(f"axi: {events} events of {shape}: {len(received)} transfers received, {wrong} lost, reordered or wrong")
    return wrong


def reloads(models: Path, folder: Path, count: int, seed: int) -> int:
    """Load sets of weights while events arrive; returns the events with a wrong result."""
    model, weights = _tagger(models)
    config = parse_config(RELOAD)
    driver.compile_files(model, weights, config, folder / "build", force=True)
    interface = Interface.load(Build(folder / "build").interface)
    graph = lower(load_model(model, weights, interface.top), config)
    schedule = schedule_graph(graph, config, load_board(config.board))
    assert isinstance(schedule, Schedule)
    rng = np.random.default_rng(seed)
    graphs = [schedule.graph, *(_with_random_weights(schedule.graph, rng) for _ in range(count))]
    loading = WeightLoading.of(schedule)
    assert loading is not None
    sets = [_loading_of(loading, other).set_words() for other in graphs[1:]]
    writes, switches = _writes(sets, loading.drain_cycles + 1, 40)
    cycles = switches[-1] + 8 * schedule.latency_cycles
    arrivals = _arrivals(cycles - 2 * schedule.latency_cycles, schedule.initiation_interval, rng)
    used = (arrivals[:, np.newaxis] >= np.array(switches) + TAKES_EFFECT).sum(axis=1)
    (source,), (sink,) = interface.inputs, interface.outputs
    codes = _random_codes(source, len(arrivals), rng)
    words = words_of(source)
    played = np.zeros((cycles, words + 5), np.uint32)
    played[:4, 0] = 1
    played[:, 2 : 2 + words] = to_words(source, _random_codes(source, cycles, rng))[:, 0]
    played[arrivals, 1] = 1
    played[arrivals, 2 : 2 + words] = to_words(source, codes)[:, 0]
    for cycle, register, data in writes:
        played[cycle, 2 + words :] = 1, register, data
    recorded = _played(folder, interface, played)
    due = arrivals + interface.latency_cycles
    spurious = int((np.flatnonzero(recorded[8:, 0]) + 8).size) - len(arrivals)
    results = from_words(sink, recorded[due, 1:])
    wrong = abs(spurious)
    for number, one in enumerate(graphs):
        mine = used == number
        (expected,) = Reference(one).output_codes({source.name: codes[mine]}).values()
        wrong += int((results[mine] != expected.reshape(len(expected), -1)).any(axis=1).sum())
        wrong += int(not mine.any())
    print(f"reload: {count} sets of {loading.words} words, {len(arrivals)} events, {wrong} mixed or wrong")
    return wrong


def _tagger(models: Path) -> tuple[Path, Path]:
    folder = models / "jet_tagger"
    return folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"


def _random_codes(port: Port, events: int, rng: np.random.Generator) -> NDArray[np.int64]:
    low = -(1 << (port.bits - 1)) if port.signed else 0
    return rng.integers(low, low + (1 << port.bits), (events, port.elements))


def _transfers(
    ports: Sequence[Port], codes: dict[str, NDArray[np.int64]], beats: int, lanes: int, tags: NDArray[np.int64]
) -> Words:
    """Words of tdata, tlast and tuser of every transfer; whole bytes for each element, the lowest first."""
    parts = []
    for port in ports:
        values = codes[port.name].reshape(len(tags), -1).astype("<i8")
        parts.append(
            values.view(np.uint8).reshape(*values.shape, 8)[:, :, : ceil_div(port.bits, 8)].reshape(len(tags), -1)
        )
    row = np.concatenate(parts, axis=1)
    row = np.pad(row, ((0, 0), (0, beats * lanes - row.shape[1]))).reshape(-1, lanes)
    words = 1 if lanes <= 4 else max(2, ceil_div(lanes, 4))
    data = np.pad(row, ((0, 0), (0, 4 * words - lanes))).copy().view("<u4")
    last = np.tile(np.arange(beats) == beats - 1, len(tags))
    return np.column_stack([data, last, np.repeat(tags, beats)]).astype(np.uint32)


def _with_random_weights(graph: Graph, rng: np.random.Generator) -> Graph:
    def changed(layer: Layer) -> Layer:
        if "kernel" not in layer.constants():
            return layer
        parts = dict(layer.constants())
        for name, old in parts.items():
            if isinstance(old, ReloadableTensor):
                codes = rng.integers(old.low, old.high + 1, old.codes.shape)
                parts[name] = old.with_codes(codes)
        return layer.with_constants(parts)

    return graph.mapped(changed)


def _loading_of(loading: WeightLoading, graph: Graph) -> WeightLoading:
    """The same loading with the weights of another graph."""
    tensors = graph.tensors()

    def changed(layer: LoadedLayer) -> LoadedLayer:
        node = graph.layer(layer.name)
        assert isinstance(node, HardwareLayer)
        linear = node.linear_map(graph.sources(node, tensors))
        assert linear is not None
        return replace(layer, binding=replace(layer.binding, linear=linear))

    return replace(loading, layers=tuple(changed(layer) for layer in loading.layers))


def _writes(sets: Sequence[NDArray[np.int64]], drain: int, cycle: int) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Cycle, register and data of every write, and the cycles of the switches."""
    writes, switches = [], []
    for words in sets:
        for register, data in ((CONTROL, BEGIN), *((DATA, int(word)) for word in words), (CONTROL, SWITCH)):
            writes.append((cycle, register, data))
            cycle += BETWEEN_WRITES
        switches.append(writes[-1][0])
        cycle += drain
    return writes, switches


def _arrivals(cycles: int, interval: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Cycles of events, some of them late."""
    spacing = interval + np.where(rng.random(cycles // interval) < 0.15, rng.integers(1, 9, cycles // interval), 0)
    found = 8 + np.cumsum(spacing)
    return found[found < cycles]


def _played(folder: Path, interface: Interface, played: Words) -> Words:
    program = CompiledProgram("reload_driver.cpp.j2", interface, "reload").build(
        folder / "build" / "vhdl", folder / "program"
    )
    played.tofile(folder / "played.bin")
    done = run_tool([str(program.resolve()), "played.bin", "recorded.bin", str(len(played))], folder)
    if done.returncode:
        raise SystemExit(f"reload: the simulation ended with code {done.returncode}")
    return np.fromfile(folder / "recorded.bin", np.uint32).reshape(len(played), -1)


if __name__ == "__main__":
    sys.exit(main())
