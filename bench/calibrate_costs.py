"""Fit the prices of the cost model to syntheses of our own VHDL, and measure its error on other networks.

    python -m bench.calibrate_costs [--models ../shared/models] [--work build/costs] [--jobs 2]

What has been synthesized stays in the folder of work: an interrupted run goes on where it was.

Writes compiler/schedule/prices.py and docs/cost_model.md. Every layer and adapter of the calibration networks, kept
apart by the synthesis, is one equation; prices are the least squares of the relative errors, none negative.
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
from bench.cost_page import page, prices_module
from compiler.backend.vhdl import VhdlBackend
from compiler.ir.binding import Schedule
from compiler.ir.fabric import Fabric
from compiler.ir.graph import Graph
from compiler.ir.layer import HardwareLayer
from compiler.passes import PIPELINE, PassOptions, run
from compiler.schedule.cost_model import adapter_fabric
from compiler.schedule.device import Multiplier
from compiler.schedule.search import Budget, Search
from sim.netlist import SynthesisResult
from sim.synthesis import synthesize, synthesize_parts

ROOT = Path(__file__).resolve().parent.parent
DSP48E2 = Multiplier("DSP48E2", 27, 18, 48)
FACTS = {"version": "bench", "board": "calibration", "clock_mhz": 320.632}
LUT_AMOUNTS = tuple(part.name for part in fields(Fabric) if part.name != "register_bits")
_LEAST = 20.0  # LUTs below which an error counts as one of this many


@dataclass(frozen=True)
class Part:
    """One synthesized instance, or a whole network."""

    name: str
    fabric: Fabric
    lut: int
    ff: int


def parts_of(design: Design, work: Path) -> list[Part]:
    """Every layer and adapter of a network, each synthesized with its boundary kept."""
    graph, schedule = scheduled(design)
    files = written(graph, schedule, work)
    found = once(files, work, lambda: synthesize_parts(files, graph.name, work / "synthesis"))
    parts = []
    for name, fabric in instances(graph, schedule):
        own = [found[name + suffix] for suffix in ("", "_valid", "_data") if name + suffix in found]
        if fabric != Fabric():
            lut, ff = sum(result["lut"] for result in own), sum(result["ff"] for result in own)
            parts.append(Part(f"{design.name}: {name}", fabric, lut, ff))
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
    total = sum((fabric for _, fabric in instances(graph, schedule)), start=Fabric())
    return [Part(design.name, total, result["lut"], result["ff"])]


def once(
    files: Iterable[Path], work: Path, synthesis: Callable[[], Mapping[str, SynthesisResult]]
) -> dict[str, dict[str, Any]]:
    """Results of a synthesis by instance; those of an earlier run if no file has changed since: minutes each."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()
    known = work / f"result_{digest}.json"
    if not known.is_file():
        known.write_text(json.dumps({name: asdict(result) for name, result in synthesis().items()}), encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(known.read_text(encoding="utf-8"))
    return found


def scheduled(design: Design) -> tuple[Graph, Schedule]:
    """The lowered graph and its schedule."""
    graph = run(design.graph, PIPELINE, PassOptions())
    search = Search(graph, design.initiation_interval, design.settings, DSP48E2, design.strategy)
    return graph, search.best(Budget(), 10**6)


def written(graph: Graph, schedule: Schedule, work: Path) -> list[Path]:
    """The VHDL files of a schedule."""
    return [work / "vhdl" / name for name in VhdlBackend(graph, schedule, FACTS).write(work / "vhdl")]


def instances(graph: Graph, schedule: Schedule) -> Iterable[tuple[str, Fabric]]:
    """Name of every layer and adapter in the top entity, and what it is made of."""
    tensors = graph.tensors()
    for step in schedule.steps:
        layer = graph.layer(step.layer)
        assert isinstance(layer, HardwareLayer)
        yield f"layer_{layer.name}", layer.fabric(step.binding, graph.sources(layer, tensors))
        for name, chain in zip(layer.inputs, step.adapters, strict=True):
            for adapter in chain:
                yield f"{name}_to_{layer.name}_{adapter.name}", adapter_fabric(adapter, tensors[name].bits)
    for name, chain in zip(graph.outputs, schedule.output_adapters, strict=True):
        for adapter in chain:
            yield f"{name}_to_port_{adapter.name}", adapter_fabric(adapter, tensors[name].bits)


def fitted(parts: Iterable[Part]) -> tuple[dict[str, float], float]:
    """LUT prices and the flip-flop price."""
    known = list(parts)
    amounts = np.array([[getattr(part.fabric, name) for name in LUT_AMOUNTS] for part in known], float)
    lut, ff = np.array([part.lut for part in known], float), np.array([part.ff for part in known], float)
    registers = np.array([part.fabric.register_bits for part in known], float)
    missing = [name for name, column in zip(LUT_AMOUNTS, amounts.T, strict=True) if not column.any()]
    if missing:
        raise RuntimeError(f"no calibration network contains {', '.join(missing)}")
    prices = nonnegative_least_squares(amounts, lut)
    (ff_price,) = nonnegative_least_squares(registers[:, np.newaxis], ff)
    return dict(zip(LUT_AMOUNTS, prices.tolist(), strict=True)), float(ff_price)


def nonnegative_least_squares(amounts: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares of relative errors; what would be negative is left out."""
    weight = 1.0 / np.maximum(target, _LEAST)
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
    """The parts of all networks, synthesized in processes of their own."""
    known = list(designs)
    with ProcessPoolExecutor(jobs) as pool:
        return [part for found in pool.map(each, known, [work / str(n) for n in range(len(known))]) for part in found]


def main() -> None:
    """Synthesize, fit, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, help="folder of jet_tagger/, to be judged as well; an hour")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "costs")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    work, jobs = arguments.work, arguments.jobs
    parts = _measured(calibration(), work / "parts", jobs, parts_of)
    judged = (*validation(), *(() if arguments.models is None else jet_taggers(arguments.models)))
    networks = _measured(judged, work / "whole", jobs, whole)
    prices, ff_price = fitted(parts)
    (work / "parts.json").write_text(json.dumps([asdict(part) for part in [*parts, *networks]], indent=1))
    text, lut_error, ff_error = page(prices, ff_price, parts, networks)
    (ROOT / "docs" / "cost_model.md").write_text(text, encoding="utf-8")
    module = prices_module(prices, ff_price, lut_error, ff_error)
    (ROOT / "compiler" / "schedule" / "prices.py").write_text(module, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
