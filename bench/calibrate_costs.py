"""Fit the prices of the cost model to syntheses of our own VHDL, and measure its error on other networks.

    python -m bench.calibrate_costs [--models ../shared/models] [--work build/costs] [--jobs 2]

Finished syntheses stay in the work folder: an interrupted run resumes where it stopped.

Writes compiler/cost/prices.py and docs/cost_model.md. Every layer and converter of the calibration networks, kept
separate by the synthesis, is one equation; prices are the nonnegative least squares of the relative errors.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.cost_designs import Design, calibration, jet_taggers, validation
from bench.cost_images import images_of_validation, streams_of_calibration, streams_of_validation
from bench.cost_page import page, prices_module
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout_converter import converted_resources
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.search import Budget, Search
from bxnn.compiler.schedule.stream.partition import partition
from bxnn.compiler.schedule.stream.stream_search import StreamSearch
from bxnn.sim.netlist import SynthesisResult
from bxnn.sim.synthesis import synthesize, synthesize_parts

ROOT = Path(__file__).resolve().parent.parent
DSP48E2 = Multiplier("DSP48E2", 27, 18, 48)
FACTS = {"version": "bench", "board": "calibration", "clock_mhz": 320.632}
LUT_AMOUNTS = tuple(part.name for part in fields(Fabric) if part.name != "register_bits")
_COUNTED = "counted_luts"  # these are LUTs: their price is 1
_LEAST = 20.0  # LUTs below which an error counts as one of this many


@dataclass(frozen=True)
class Part:
    """One synthesized instance, or a whole network."""

    name: str
    fabric: Fabric
    lut: int
    ff: int
    form: str = "frame_parallel"


def parts_of(design: Design, work: Path) -> list[Part]:
    """Every layer and converter of a network, each synthesized with its boundary kept."""
    graph, schedule = scheduled(design)
    files = written(graph, schedule, work)
    found = once(files, work, lambda: synthesize_parts(files, graph.name, work / "synthesis"))
    parts = []
    for name, fabric in instances(graph, schedule):
        own = [found[name + suffix] for suffix in ("", "_valid", "_data") if name + suffix in found]
        if fabric != Fabric():
            lut, ff = sum(result["lut"] for result in own), sum(result["ff"] for result in own)
            parts.append(Part(f"{design.name}: {name}", fabric, lut, ff, design.form))
    return parts


def whole(design: Design, work: Path) -> list[Part]:
    """A network synthesized as a whole."""
    graph, schedule = scheduled(design)
    files = written(graph, schedule, work)
    result = once(
        files,
        work,
        lambda: {design.name: synthesize(files, graph.name, work / "synthesis", wide_bits=DSP48E2.wide_bits)},
    )[design.name]
    if result["dsp"] != schedule.dsp:
        raise RuntimeError(f"{design.name}: {schedule.dsp} DSPs predicted, {result['dsp']} synthesized")
    if result["bram"] != getattr(schedule, "bram", 0):
        raise RuntimeError(f"{design.name}: {result['bram']} RAMB18s synthesized, not as many as predicted")
    return [Part(design.name, made_of(graph, schedule), result["lut"], result["ff"], design.form)]


def once(
    files: Iterable[Path], work: Path, synthesis: Callable[[], Mapping[str, SynthesisResult]]
) -> dict[str, dict[str, Any]]:
    """Results of a synthesis by instance; those of an earlier run if no file has changed since: they take minutes."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()
    known = work / f"result_{digest}.json"
    if not known.is_file():
        known.write_text(json.dumps({name: asdict(result) for name, result in synthesis().items()}), encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(known.read_text(encoding="utf-8"))
    return found


def scheduled(design: Design) -> tuple[Graph, Schedule | StreamSchedule]:
    """The lowered graph and its schedule."""
    graph, interval = run(design.graph, PIPELINE, PassOptions()), design.initiation_interval
    search = (
        Search(graph, interval, design.settings, DSP48E2, design.strategy)
        if design.pixels_per_cycle is None
        else StreamSearch(
            partition(graph, design.pixels_per_cycle), interval, design.settings, DSP48E2, design.strategy
        )
    )
    return graph, search.best(Budget(), 10**6)


def written(graph: Graph, schedule: Schedule | StreamSchedule, work: Path) -> list[Path]:
    """The VHDL files of a schedule."""
    backend = (
        VhdlBackend(graph, schedule, FACTS)
        if isinstance(schedule, Schedule)
        else StreamVhdlBackend(graph, schedule, FACTS)
    )
    return [work / "vhdl" / name for name in backend.write(work / "vhdl")]


def made_of(graph: Graph, schedule: Schedule | StreamSchedule) -> Fabric:
    """Everything in a network."""
    if isinstance(schedule, Schedule):
        return sum((fabric for _, fabric in instances(graph, schedule)), start=Fabric())
    parts = [(segment.segment.graph, segment.schedule) for segment in schedule.segments]
    parts += [(schedule.plan.tail, schedule.tail)] if schedule.plan.tail and schedule.tail else []
    return sum(
        (made_of(*part) for part in parts),
        start=sum((part.resources() for part in schedule.parts().values()), start=Fabric()),
    )


def instances(graph: Graph, schedule: Schedule | StreamSchedule) -> Iterable[tuple[str, Fabric]]:
    """Name of each layer and converter in the top entity, and what it consists of; for a stream, parts around tiles."""
    if isinstance(schedule, StreamSchedule):
        yield from ((name, part.alone().resources()) for name, part in schedule.parts().items())
        return
    tensors = graph.tensors()
    for step in schedule.steps:
        layer = graph.layer(step.layer)
        assert isinstance(layer, HardwareLayer)
        linear = layer.linear_map(graph.sources(layer, tensors))
        unread = 0 if linear is None else linear.unread
        yield f"layer_{layer.name}", step.binding.resources()
        for name, chain in zip(layer.inputs, step.converters, strict=True):
            for converter, fabric in zip(chain, converted_resources(chain, tensors[name].bits, unread), strict=True):
                yield f"{name}_to_{layer.name}_{converter.name}", fabric
    for name, chain in zip(graph.outputs, schedule.output_converters, strict=True):
        for converter in chain:
            yield f"{name}_to_port_{converter.name}", converter.resources(tensors[name].bits)


def fitted(parts: Iterable[Part]) -> tuple[dict[str, float], float]:
    """LUT prices, and the flip-flop price of layers and converters, some of whose flip-flops synthesis merges."""
    known = list(parts)
    amounts = np.array([[getattr(part.fabric, name) for name in LUT_AMOUNTS] for part in known], float)
    lut, ff = np.array([part.lut for part in known], float), np.array([part.ff for part in known], float)
    layers = np.array([part.form == "frame_parallel" for part in known])
    registers = np.array([part.fabric.register_bits for part in known], float)
    missing = [name for name, column in zip(LUT_AMOUNTS, amounts.T, strict=True) if not column.any()]
    if missing:
        raise RuntimeError(f"no calibration network contains {', '.join(missing)}")
    counted = LUT_AMOUNTS.index(_COUNTED)
    others = np.delete(amounts, counted, axis=1)
    prices = np.insert(nonnegative_least_squares(others, lut, amounts[:, counted]), counted, 1.0)
    (ff_price,) = nonnegative_least_squares(registers[layers, np.newaxis], ff[layers])
    return dict(zip(LUT_AMOUNTS, prices.tolist(), strict=True)), float(ff_price)


def nonnegative_least_squares(
    amounts: NDArray[np.float64], found: NDArray[np.float64], counted: NDArray[np.float64] | float = 0.0
) -> NDArray[np.float64]:
    """Least squares of relative errors of what was found besides what was counted; negative prices are omitted."""
    weight, target = 1.0 / np.maximum(found, _LEAST), found - counted
    used = np.ones(amounts.shape[1], bool)
    while True:
        prices = np.zeros(amounts.shape[1])
        prices[used] = np.linalg.lstsq(amounts[:, used] * weight[:, np.newaxis], target * weight, rcond=None)[0]
        if (prices >= 0).all():
            return prices
        used &= prices > 0


def _measured(
    designs: Iterable[Design], work: Path, jobs: int, each: Callable[[Design, Path], list[Part]]
) -> list[Part]:
    """The parts of all networks, synthesized in separate processes."""
    known = list(designs)
    with ProcessPoolExecutor(jobs) as pool:
        return [part for found in pool.map(each, known, [work / str(n) for n in range(len(known))]) for part in found]


def main() -> None:
    """Synthesize, fit, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, help="folder of jet_tagger/, to be evaluated as well; takes an hour")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "costs")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    work, jobs = arguments.work, arguments.jobs
    parts = _measured((*calibration(), *streams_of_calibration()), work / "parts", jobs, parts_of)
    judged = (*validation(), *images_of_validation(), *streams_of_validation())
    judged += () if arguments.models is None else jet_taggers(arguments.models)
    networks = _measured(judged, work / "whole", jobs, whole)
    prices, ff_price = fitted(parts)
    (work / "parts.json").write_text(json.dumps([asdict(part) for part in [*parts, *networks]], indent=1))
    text, errors = page(prices, ff_price, parts, networks)
    (ROOT / "docs" / "cost_model.md").write_text(text, encoding="utf-8")
    module = prices_module(prices, ff_price, errors)
    (ROOT / "compiler" / "cost" / "prices.py").write_text(module, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
