"""What the W multiplexer of a DSP48E2 or DSP58 saves: adders of trees whose leaves are sums of slices.

    python -m bench.w_multiplexer [--models ../shared/models] [--builds build/w_multiplexer]
                                  [--output docs/w_multiplexer.md]

At W, the post-adder takes C or P as a third operand, besides the product and PCIN.

* Accumulators (`binding: input_joined`): the layers whose slices accumulate in the designs as they are built by
  default, beside the same layers with cascades of two and of three accumulators, as predicted.
* The jet tagger is compiled and synthesized with joined accumulators; a build that is there is not synthesized again.
* Cascades: the last slice of one could add the sum of another, which enters at C, a register more. That is not built;
  what it could save is predicted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.nanoseconds_designs import CASES, ROOT
from bench.w_built import Built, of_builds
from bench.w_rows import Join, Joined
from bxnn.boards.board import Board
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import DesignConfig, load_config, parse_config
from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.input_joined import LENGTHS
from bxnn.compiler.hardware.input_serial import InputSerial
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.dsp.accumulator_recipe import AccumulatorRecipe
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.device import WITH_W, Multiplier
from bxnn.compiler.schedule.dsp.packing_planner import PackingPlanner
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.scheduling import schedule_graph

OTHERS = ("hgq2/mlp.keras", "hgq2/conv.keras", "hgq2/deepsets.keras", "qonnx/po2_mlp.onnx", "qonnx/asym_conv.onnx")
PLAIN = "board: xcvu9p\nclock_mhz: 320.632\ninitiation_interval: 8\n"
_HEAD = """# What the W multiplexer saves

Written by `python -m bench.w_multiplexer`, from one run.

At W, the post-adder of a DSP48E2 or DSP58 takes C or P as a third operand ([dsp_slices.md](dsp_slices.md)). So the
slices of two or three lanes that accumulate can be a cascade, of which only the last slice accumulates (`binding:
input_joined`). As many slices are used, and a half or a third of the leaves of every tree remains; every position of a
cascade takes a cycle, and a smaller tree may have fewer registers.

## Accumulators

The layers of these designs whose slices accumulate, by default (`input_serial`) and with cascades of two and of three:
LUTs, flip-flops and cycles of the layer as predicted. A dash: the sums of a cascade need wider lanes than the products
of a slice have room for.

"""
_COLUMNS = """| design | layer | cascade | leaves | leaves then | cycles | LUT | saved | FF | saved |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""
_BUILT = """
## Synthesized

The jet tagger at II = 8 on a VU9P at 320.632 MHz with `dsp: instantiated`; fc2 as it is by default, and with
`layers: {fc2: {binding: input_joined, cascade: 2}}` and 3. LUTs, flip-flops and slices of the whole design as
predicted, and as counted by `bxnn synthesize`; the slowest path in ns by pessimistic delays, predicted and found in the
netlist. A dash: not synthesized.

| fc2 | cycles | DSP | with PCIN | LUT predicted | synthesized | FF predicted | synthesized | path predicted | found |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""
_CASCADES = """
## Cascades: not built

The last slice of a cascade could add the sum of another, which enters at C: two cycles (C and P) for half of the
leaves, where one longer cascade, which is built, costs as many as either has positions. "joined" are the pairs of
leaves of all trees; LUTs and flip-flops are those of the trees.

| design | layer | binding | cascade | leaves | joined | cycles | LUT | saved | FF | saved |
|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""


def joined(design: str, layer: str, binding: InputSerial, slices: Multiplier) -> Iterator[Joined]:
    """A layer with cascades of every length."""
    linear, tensor, products = binding.linear, binding.tensor, binding.packing.products
    planner = PackingPlanner(layer, linear, tensor, products, slices)
    interval = binding.slots.initiation_interval
    sums = Sums(layer, tensor, interval, binding.accum_bits, binding.result_bits, binding.pipelining)
    before, leaves = cost_of(binding.resources()), binding.added.shape[1]
    for cascade in LENGTHS:
        recipe = AccumulatorRecipe(Accumulators(linear, binding.source, products, cascade), planner, sums)
        if not recipe.possible:
            yield Joined(design, layer, leaves, cascade, None, before, before)
            continue
        found = recipe.bind(binding.source, binding.result)
        cycles = found.latency_cycles - binding.latency_cycles
        yield Joined(design, layer, leaves, cascade, cycles, before, cost_of(found.resources()))


def join(design: str, layer: str, binding: Cascaded) -> Join:
    """What a layer with cascades would gain; at most, since lanes of packed sums may have to be wider."""
    present, pipelining = binding.added, binding.pipelining
    leaves, opened = present.shape[1], pipelining.open_levels
    half, widths = ceil_div(leaves, 2), binding.trees.read(binding.tree_bits)
    even = np.pad(present, ((0, 0), (0, 2 * half - leaves)))
    stages = [pipelining.tree_stages(count, opened) for count in (leaves, half)]
    before = Fabric.tree(present, widths, pipelining, opened)
    after = Fabric.tree(even[:, ::2] | even[:, 1::2], widths[1:], pipelining, opened)
    pairs, cycles = int((even[:, ::2] & even[:, 1::2]).sum()), 2 + stages[1] - stages[0]
    costs = cost_of(before), cost_of(after)
    return Join(design, layer, binding.name, binding.cascade, leaves, pairs, cycles, *costs)


def of_schedule(design: str, schedule: Schedule, board: Board) -> Iterator[Joined | Join]:
    """The layers with trees of a design on a device with W multiplexers."""
    slices = Multiplier.of(board, True)
    if slices.name not in WITH_W:
        return
    for step in schedule.steps:
        binding = step.binding
        if isinstance(binding, InputSerial) and binding.added.shape[1] > 1 and binding.linear.is_fixed:
            yield from joined(design, step.layer, binding, slices)
        elif isinstance(binding, Cascaded) and binding.added.shape[1] > 1:
            yield join(design, step.layer, binding)


def scheduled(model: Path, weights: Path | None, config: DesignConfig) -> Schedule | None:
    """The schedule of a design; ``None`` if it is a stream."""
    graph = lower(load_model(model, weights, config.name, types=config.declared_types()), config)
    found = schedule_graph(graph, config, chosen_board(config))
    return found if isinstance(found, Schedule) else None


def conclusion(rows: Sequence[Joined]) -> str:
    """The sentence below the first table."""
    pairs = [row for row in rows if row.cascade == LENGTHS[0] and row.cycles is not None]
    share = sum(row.before.lut - row.after.lut for row in pairs) / max(sum(row.before.lut for row in pairs), 1)
    free = sum(row.cycles <= 0 for row in pairs if row.cycles is not None)
    told = f"{share:.0%} fewer LUTs in all; {free} of {len(pairs)} take no cycle more."
    return f"With cascades of two, these layers need {told}"


def page(rows: Sequence[Joined | Join], built: Iterable[Built]) -> str:
    """The page."""
    accumulators = [row for row in rows if isinstance(row, Joined)]
    text = _HEAD + _COLUMNS + "".join(f"{row.row}\n" for row in accumulators) + f"\n{conclusion(accumulators)}\n"
    text += _BUILT + "".join(f"{each.row}\n" for each in built)
    return text + _CASCADES + "".join(f"{row.row}\n" for row in rows if isinstance(row, Join))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--builds", type=Path, default=ROOT / "build" / "w_multiplexer")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "w_multiplexer.md")
    arguments = parser.parse_args()
    models: Path = arguments.models
    rows: list[Joined | Join] = []
    designs = [
        (
            case.name,
            models / case.model,
            None if case.weights is None else models / case.weights,
            load_config(case.design),
        )
        for case in CASES
    ]
    designs += [(name, models / name, None, parse_config(PLAIN)) for name in OTHERS]
    for name, model, weights, config in designs:
        schedule = scheduled(model, weights, config)
        rows += of_schedule(name, schedule, chosen_board(config)) if schedule is not None else []
    arguments.output.write_text(page(rows, of_builds(models, arguments.builds)), encoding="utf-8")


if __name__ == "__main__":
    main()
