"""Figures on the pages that `bxnn compile` gives in seconds: cycles, DSPs, predicted LUTs, flip-flops and nanoseconds.

    python -m bench.figures [--models ../shared/models] [--only DESIGN ...] [--write]

Computes them again and compares them with the pages, exactly; ``--write`` puts those of today into the tables.
Sentences are mended by hand. tests/bench/test_written_figures.py does the same in CI. Exit 1: a page is stale.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import (
    big_network,
    clock_sweep,
    convolutions,
    quoted_figures,
    schedule_time,
    shared_engine,
    w_built,
    w_multiplexer,
)
from bench.convolution_cases import CASES as IMAGES
from bench.convolution_cases import Case as ImageCase
from bench.cost_elements import DESIGN as ELEMENTS_DESIGN
from bench.cost_elements import NETWORKS as ELEMENTS
from bench.nanoseconds import judged, predicted
from bench.nanoseconds_designs import CASES, ROOT, Case
from bench.scheduled import scheduled
from bench.table import QUANTITIES, lookup
from bench.target import Target
from bench.written import Computed, Line, Passage, Written, differences, mend, row
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import DesignConfig, load_config, parse_config
from bxnn.compiler.cost.cost_model import OWN_FORMATS_ERROR
from bxnn.compiler.hardware.schedule import Schedule

Report = Mapping[str, Any]
COUNTED = "… LUT, … FF"  # by synthesis
BENCHMARKS, README = "docs/benchmarks.md", "README.md"
JETS, CHOICE, *_, TAU, LARGE = CASES


def of_case(case: Case, models: Path) -> list[Written]:
    """A design of docs/nanoseconds.md, on whatever page it is."""
    weights = None if case.weights is None else models / case.weights
    schedule, found_report = scheduled(models / case.model, weights, load_config(case.design))
    report = found_report.model_dump(mode="json")
    rows = judged(case, predicted(report), 0.0)
    found: list[Written] = [row("docs/nanoseconds.md", str(each), 2) for each in rows if each.quantity != "compile_s"]
    if isinstance(schedule, Schedule):
        found += _of_slices(case.name, schedule, load_config(case.design))
    return [*found, *ELSEWHERE[case](report, schedule)] if case in ELSEWHERE else found


def jet_tagger(report: Report, schedule: Any) -> Iterator[Written]:
    """The design of most pages."""
    yield from _benchmarks("bxnn", "jet_tagger", report)
    limit_ns = report["timing"]["period_ns"] * (1 - report["timing"]["margin"])
    time_text = f"{report['latency_cycles']} cycles ({report['latency_ns']:.1f} ns)"
    netlist = f"{COUNTED}, {time_text}, slowest path of the netlist … ns of {limit_ns:.2f}"
    yield Passage(README, f"| II = 8 at 320.632 MHz | {report['dsp']} DSP, {netlist} |")
    for line in shared_engine.table(schedule.front):
        yield row("docs/scheduling.md", line, 1)


def choice(report: Report, _: Any) -> Iterator[Written]:
    """The same within budgets."""
    yield from _benchmarks("choice", "", report)
    yield Passage(README, f"| {report['dsp']} DSP, {report['latency_cycles']} cycles | - | `python -m bench.packing` |")


def tau(report: Report, _: Any) -> Iterator[Written]:
    """The example of the calorimeter trigger."""
    cycles, ns = report["latency_cycles"], f"{report['latency_ns']:.1f}"
    yield Passage(README, f"| {report['dsp']} DSP, {COUNTED}, {cycles} cycles ({ns} ns) |")
    yield Passage("examples/l1calo_tau/README.md", f"`bxnn`: {report['dsp']} DSPs, {cycles} cycles = {ns} ns")


ELSEWHERE = {JETS: jet_tagger, CHOICE: choice, TAU: tau}


def _benchmarks(tool: str, prefix: str, report: Report) -> Iterator[Written]:
    """Rows of docs/benchmarks.md that a report has."""
    for quantity in QUANTITIES:
        path = quantity.path.removeprefix(f"{prefix}.") if prefix else quantity.path
        known = path.split(".")[0] in ("dsp", "latency_cycles", "dsp_efficiency", "predicted")
        if quantity.tool == tool and quantity.path.startswith(prefix) and known:
            value = lookup(report, path)
            assert value is not None
            bound, verdict, _ = Target.judged(quantity.target, value)
            cells = (format(value, quantity.form), bound, verdict)
            yield Line(BENCHMARKS, (tool, quantity.network, quantity.name), cells)


def clocks(counts: Sequence[int], models: Path) -> list[Written]:
    """docs/clock_sweep.md."""
    points = [clock_sweep.measure(models, count) for count in counts]
    return [row("docs/clock_sweep.md", clock_sweep.row_of(point), 2) for point in points]


def images(case: ImageCase, models: Path) -> list[Written]:
    """A design of docs/convolutions.md, and the one that it is compared with."""
    with TemporaryDirectory() as work:
        files = convolutions.files_of(case.network, models, Path(work))
        packed = convolutions.predicted_case(case, files, "auto")
        plain = convolutions.predicted_case(convolutions.as_fast(case, packed), files, "none")
    plain |= convolutions.by_packing(packed, plain)
    packed_targets = {key: target for key, target in case.targets.items() if key in packed}
    rows, _ = convolutions.rows_of(case, convolutions.title_of(case), packed, packed_targets)
    more, _ = convolutions.rows_of(case, convolutions.title_of(case) + convolutions.PLAIN, plain, convolutions.PACKED)
    found: list[Written] = [row("docs/convolutions.md", each, 3) for each in (*rows, *more)]
    return [*found, *_mnist(case, packed)] if case.network == "mnist_cnn" else found


def _mnist(case: ImageCase, packed: Mapping[str, float]) -> Iterator[Passage]:
    dsp, beat = f"{packed['dsp']:.0f}", f"{packed['last_beat']:.0f}"
    if case.name == "mnist_784":
        yield Passage(README, f"II = 784 and 392 | {dsp} and … DSP, {beat} and … cycles after the last beat")
        yield Passage("docs/control.md", f"`mnist_cnn` has its input register within its {beat} cycles")
    else:
        yield Passage(README, f"II = 784 and 392 | … and {dsp} DSP, … and {beat} cycles after the last beat")


def large_networks(sizes: Sequence[int], models: Path) -> list[Written]:
    """Networks of docs/schedule_time.md."""
    found: list[Written] = []
    with TemporaryDirectory() as work:
        for units in sizes:
            widths = schedule_time.widths_of(units)
            facts = schedule_time.schedule_once(*big_network.write(Path(work) / str(units), schedule_time.SEED, widths))
            macs = sum(a * b for a, b in pairwise(widths))
            cells = (str(macs), *(None,) * 4, str(facts["dsp"]), str(facts["latency_cycles"]))
            found.append(Line("docs/schedule_time.md", ("-".join(map(str, widths)),), cells))
    return found


def own_formats(models: Path) -> list[Written]:
    """What docs/cost_elements.md says is predicted."""
    found: list[Written] = []
    for network in ELEMENTS:
        _, report = scheduled(models / "hgq2" / f"{network}.keras", None, parse_config(ELEMENTS_DESIGN))
        told = report.predicted
        assert told is not None
        cells = (None, str(told.dsp), None, str(told.lut), None, None, str(told.ff), None)
        found.append(Line("docs/cost_elements.md", (network,), cells))
    stated = f"Stated: LUTs {OWN_FORMATS_ERROR.lut:.0%}, flip-flops {OWN_FORMATS_ERROR.ff:.0%}."
    return [*found, Passage("docs/cost_elements.md", stated)]


def other_multiplexers(models: Path) -> list[Written]:
    """Networks that only docs/w_multiplexer.md has."""
    found: list[Written] = []
    config = parse_config(w_multiplexer.PLAIN)
    for name in w_multiplexer.OTHERS:
        schedule, _ = scheduled(models / name, None, config)
        assert isinstance(schedule, Schedule)
        found += _of_slices(name, schedule, config)
    return found


def joined_designs(models: Path) -> list[Written]:
    """What docs/w_multiplexer.md says is predicted of the designs with joined accumulators."""
    found: list[Written] = []
    for cascade in w_built.COMPILED:
        config = parse_config(w_built.design_of(cascade))
        _, report = scheduled(models / JETS.model, models / str(JETS.weights), config)
        found.append(row("docs/w_multiplexer.md", w_built.Built(cascade, report).row, 1, *w_built.COUNTED))
    return found


def _of_slices(name: str, schedule: Schedule, config: DesignConfig) -> Iterator[Written]:
    """What the W multiplexer saves in a design."""
    for each in w_multiplexer.of_schedule(name, schedule, chosen_board(config)):
        yield row("docs/w_multiplexer.md", each.row, each.key)


DESIGNS: Mapping[str, Computed] = {
    **{case.name: partial(of_case, case) for case in CASES},
    **{case.name: partial(images, case) for case in IMAGES},
    "clocks": partial(clocks, clock_sweep.CLOCKS_PER_BX[:-1]),
    "fastest clock": partial(clocks, clock_sweep.CLOCKS_PER_BX[-1:]),
    "large networks": partial(large_networks, schedule_time.UNITS[:2]),
    "largest networks": partial(large_networks, schedule_time.UNITS[2:]),
    "elements with their own formats": own_formats,
    "other multiplexers": other_multiplexers,
    "joined accumulators": joined_designs,
    "chain": quoted_figures.chain,
    "adder graphs": quoted_figures.adder_graphs,
    "other stages": quoted_figures.other_stages,
    "registers": quoted_figures.registers,
    "loaded weights": quoted_figures.loaded_weights,
    "16-5x200-5": quoted_figures.big,
    "from pages": quoted_figures.from_pages,  # the last one: what the others write
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--only", nargs="+", choices=[*DESIGNS], default=[*DESIGNS], help="all by default")
    parser.add_argument("--write", action="store_true", help="put the figures of today into the tables")
    options = parser.parse_args(arguments)
    left = 0
    for name in options.only:
        begun = time.process_time()
        written = DESIGNS[name](options.models)
        found = differences(written)
        if options.write:
            mend(written)
        left += len(differences(written))
        print(f"{name}: {time.process_time() - begun:.1f} s, {len(written)} figures", *found, sep="\n  ", flush=True)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
