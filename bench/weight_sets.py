"""Cores of many channels, each with its own weights: simulated against every channel's own model, and synthesized.

    python -m bench.weight_sets [--sets 2 8 64 384] [--work build/weight_sets] [--output docs/weight_sets.md]
                                [--events 32] [--ghdl-events 100] [--no-synthesis 384]

The network is the cell of examples/lar_energy, a recurrent network over a window of 5 samples; the other channels have
its weights, each changed by up to a fifth. Every event has a random window and a random channel; ``--events`` are for
each set, at least 3,072 in all. Verilator, and GHDL for up to 8 sets, compare all bits of all events with the integer
reference of the core; the results of that reference are compared, event by event, with those of the event's channel
compiled by itself. GHDL and yosys count what was predicted. Results are kept in ``--work``, so that what is done is not
done again.
Exit 1: a bit differs, a channel had no event, or synthesis does not confirm what was predicted exactly.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.weight_sets_page import BOARD, CLOCK_MHZ, CYCLES_OF_A_CROSSING, Row, page
from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import DesignConfig, parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.weight_registers import WeightRegisters
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.report import load_report
from bxnn.compiler.verification.simulation import simulate
from bxnn.compiler.verification.synthesis_check import synthesize
from bxnn.sim.events import random_codes
from bxnn.sim.reference import Reference

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "examples/lar_energy/model.h5"
MOST_IN_GHDL = 8  # sets
LEAST_EVENTS = 3072
_FANOUT = 64  # of a register with the number of a set
SEED = 1


def cells(count: int) -> list[Graph]:
    """The trained network of the example and others like it."""
    return alike(load_model(MODEL), count)


def alike(trained: Graph, count: int) -> list[Graph]:
    """A network and others that differ from it by up to a fifth in every weight."""
    return [trained, *(trained.mapped(partial(_other, seed=seed)) for seed in range(1, count))]


def _other(layer: Layer, seed: int) -> Layer:
    changed = {part: _near(own, seed) for part, own in layer.constants().items()}
    return layer.with_constants(changed) if changed else layer


def _near(own: FixedTensor | Parameter, seed: int) -> FixedTensor | Parameter:
    factors = np.random.default_rng((seed, own.values.size)).uniform(0.8, 1.2, own.values.shape)
    if isinstance(own, Parameter):
        return replace(own, values=own.values * factors)
    return FixedTensor(np.rint(own.codes * factors).astype(np.int64), own.fraction_bits)


def core_design(channels: int, interval: int) -> DesignConfig:
    """A core of cells that have a sample every ``interval`` cycles."""
    text = f"board: {BOARD}\nclock_mhz: {CLOCK_MHZ}\ninitiation_interval: {interval}\nchannels: {channels}\n"
    return parse_config(text)


def simulated(sets: int, folder: Path, events: int, ghdl_events: int | None) -> Row:
    """Compile a core, simulate it, and compare every event with its own model.

    Args:
        sets: Sets of weights.
        folder: Where to work.
        events: In Verilator.
        ghdl_events: In GHDL; ``None`` for none.
    """
    graphs, config = cells(sets), core_design(sets, max(sets, CYCLES_OF_A_CROSSING))
    made = Build(folder).report
    report = load_report(made) if made.is_file() else driver.compile_graph(graphs[0], config, folder, others=graphs[1:])
    reference, told = Reference(Build(folder).graph), report.predicted
    assert told is not None
    if report.simulation is None:
        simulate(folder, None, events, "verilator", SEED, quick=True)
    if ghdl_events is not None:
        simulate(folder, None, ghdl_events, "ghdl", SEED, quick=True)
    bits, luts = _tables(reference.graph)
    return Row(
        sets=sets,
        interval=report.initiation_interval,
        latency_cycles=report.latency_cycles,
        events=events,
        ghdl_events=ghdl_events,
        wrong=unlike_own_model(reference, graphs, random_codes(reference, events, SEED)),
        dsp=(told.dsp, None),
        lut=(told.lut, None),
        ff=(told.ff, None),
        table_bits=bits,
        table_luts=luts,
    )


def synthesized(row: Row, folder: Path) -> Row:
    """The row with what synthesis has found in ``folder``."""
    problem = None
    try:
        report = synthesize(folder)
    except VerificationError as error:
        report, problem = load_report(Build(folder).report), error.problem
    own = report.resources
    assert own is not None
    dsp, lut, ff = ((told[0], found) for told, found in ((row.dsp, own.dsp), (row.lut, own.lut), (row.ff, own.ff)))
    return replace(row, problem=problem, dsp=dsp, lut=lut, ff=ff)


def unlike_own_model(reference: Reference, graphs: Sequence[Graph], codes: Mapping[str, NDArray[np.int64]]) -> int:
    """Events whose result is not that of their channel's own model; all of them if a channel has none.

    Args:
        reference: Of the core.
        graphs: The models, in the order of the channels.
        codes: Inputs of the core.
    """
    graph = reference.graph
    (output,) = graph.outputs
    found = graph.real_values(output, reference.output_codes(codes)[output])
    numbers = graph.set_numbers(codes[graph.chooser])
    wrong = len(numbers) if np.unique(numbers).size < len(graphs) else 0
    plain = core_design(1, CYCLES_OF_A_CROSSING)
    for number, model in enumerate(graphs):
        own, alone = numbers == number, lower(model, plain)
        if not own.any():
            continue
        (name,) = alone.outputs
        events = {given: codes[given][own] for given in graph.data_inputs}
        expected = alone.real_values(name, Reference(alone).output_codes(events)[name])
        wrong += int((found[own] != expected).reshape(int(own.sum()), -1).any(axis=1).sum())
    return wrong


def _tables(graph: Graph) -> tuple[int, int]:
    """Bits that differ from set to set, each once for a layer, and the LUTs of tables of which a set is a row."""
    bits = luts = 0
    for layer in graph.layers:
        for part in layer.constants().values():
            if isinstance(part, SetsTensor):
                found = WeightRegisters.of(part.sets.reshape(len(part.sets), -1), part.bits, sets=len(part.sets))
                bits += found.readers.size
                luts += found.fabric(_FANOUT).counted_luts
    return bits, luts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", type=int, default=[2, 8, 64, 384])
    parser.add_argument("--work", type=Path, default=Path("build/weight_sets"))
    parser.add_argument("--output", type=Path, default=ROOT / "docs/weight_sets.md")
    parser.add_argument("--events", type=int, default=32, help="for each set, at least 3,072 in all")
    parser.add_argument("--ghdl-events", type=int, default=100)
    parser.add_argument("--no-synthesis", nargs="*", type=int, default=[], metavar="SETS")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    rows = []
    for sets in options.sets:
        kept, folder = options.work / f"{sets}.json", options.work / f"core{sets}"
        events, in_ghdl = max(LEAST_EVENTS, sets * options.events), sets <= MOST_IN_GHDL
        row = _kept(kept) or simulated(sets, folder, events, options.ghdl_events if in_ghdl else None)
        kept.write_text(json.dumps(asdict(row)) + "\n", encoding="utf-8")
        if row.dsp[1] is None and sets not in options.no_synthesis:
            row = synthesized(row, folder)
            kept.write_text(json.dumps(asdict(row)) + "\n", encoding="utf-8")
        rows.append(row)
        print(row.line, flush=True)
    options.output.write_text(page(rows), encoding="utf-8")
    return int(any(row.failed for row in rows))


def _kept(path: Path) -> Row | None:
    """The row of an earlier run, if there was one."""
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Row(**{**found, **{key: tuple(found[key]) for key in ("dsp", "lut", "ff")}})


if __name__ == "__main__":
    sys.exit(main())
