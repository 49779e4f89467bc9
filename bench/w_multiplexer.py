"""What the W multiplexer of a DSP48E2 or DSP58 could save: adders of trees whose leaves are sums of slices.

    python -m bench.w_multiplexer [--models ../shared/models] [--output docs/w_multiplexer.md]

At W, the post-adder takes C or P as a third operand, besides the product and PCIN. Designs are scheduled as they are
built today; nothing is written or synthesized. Two uses are counted for each layer on DSPs:

* accumulators (input-serial): a slice adds its product, the product of the slice before it and its own sum, so that a
  tree has half as many leaves; the first slice of a pair starts a cycle before the second
* cascades (output-serial): the last slice of one cascade adds the sum of another, which enters at C, a register more
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.nanoseconds_designs import CASES, ROOT
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import DesignConfig, load_config, parse_config
from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.input_serial import InputSerial
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.scheduling import schedule_graph

OTHERS = ("hgq2/mlp.keras", "hgq2/conv.keras", "hgq2/deepsets.keras", "qonnx/po2_mlp.onnx", "qonnx/asym_conv.onnx")
PLAIN = "board: xcvu9p\nclock_mhz: 320.632\ninitiation_interval: 8\n"
_HEAD = """# What the W multiplexer would save

Written by `python -m bench.w_multiplexer`; every figure is predicted, from one run.

At W, the post-adder of a DSP48E2 or DSP58 takes C or P as a third operand ([dsp_slices.md](dsp_slices.md)). "joined"
are pairs of leaves of trees that would be added in slices instead: two accumulators, of which the second adds the
product of the first, or two cascades, of which the second adds the sum of the first. The LUTs and flip-flops are those
of the trees, at most as many are saved: lanes of packed sums may have to be wider. "cycles" is what the layer would
take more. A join of two cascades costs two cycles (C and P); one longer cascade, which is built today, costs as many
as either has positions.

| design | layer | binding | cascade | leaves | joined | cycles | LUT | saved | FF | saved |
|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Join:
    """A layer whose trees have half as many leaves.

    Attributes:
        design: In words.
        layer: Name of the layer.
        binding: As in the report.
        cascade: Positions of a cascade; 1 for accumulators.
        leaves: Leaves of a tree today.
        joined: Pairs of leaves that slices would add.
        cycles: Cycles that the layer would take more.
        before: Cost of its trees.
        after: The same with joined leaves.
    """

    design: str
    layer: str
    binding: str
    cascade: int
    leaves: int
    joined: int
    cycles: int
    before: ResourceUsage
    after: ResourceUsage

    @property
    def row(self) -> str:
        """A line of the table."""
        lut, ff = self.before.lut, self.before.ff
        costs = f"{lut:,} | {lut - self.after.lut:,} | {ff:,} | {ff - self.after.ff:,}"
        places = f"{self.design} | {self.layer} | {self.binding} | {self.cascade} | {self.leaves}"
        return f"| {places} | {self.joined} | {self.cycles:+d} | {costs} |"


def joined(design: str, layer: str, binding: DspBinding) -> Join:
    """What a layer would gain; at most, since lanes of packed sums may have to be wider."""
    present, pipelining = binding.added, binding.pipelining
    leaves, opened = present.shape[1], pipelining.open_levels
    half, widths = ceil_div(leaves, 2), binding.trees.read(binding.tree_bits)
    even = np.pad(present, ((0, 0), (0, 2 * half - leaves)))
    stages = [pipelining.tree_stages(count, opened) for count in (leaves, half)]
    before = Fabric.tree(present, widths, pipelining, opened)
    after = Fabric.tree(even[:, ::2] | even[:, 1::2], widths[1:], pipelining, opened)
    late = 1 if isinstance(binding, InputSerial) else 2
    if isinstance(binding, InputSerial):  # what arrives at the second slices is delayed
        after += Fabric.registers(leaves // 2 * binding.tensor.bits)
    pairs = int((even[:, ::2] & even[:, 1::2]).sum())
    cycles = late + stages[1] - stages[0]
    cascade = binding.cascade if isinstance(binding, Cascaded) else 1
    return Join(design, layer, binding.name, cascade, leaves, pairs, cycles, cost_of(before), cost_of(after))


def of_schedule(design: str, schedule: Schedule) -> Iterator[Join]:
    """The layers with trees."""
    for step in schedule.steps:
        if isinstance(step.binding, DspBinding) and step.binding.added.shape[1] > 1:
            yield joined(design, step.layer, step.binding)


def scheduled(model: Path, weights: Path | None, config: DesignConfig) -> Schedule | None:
    """The schedule of a design; ``None`` if it is a stream."""
    graph = lower(load_model(model, weights, config.name, types=config.declared_types()), config)
    found = schedule_graph(graph, config, chosen_board(config))
    return found if isinstance(found, Schedule) else None


def page(rows: Sequence[Join]) -> str:
    """The page."""
    free = [row for row in rows if row.cycles <= 0]
    lut = sum(row.before.lut - row.after.lut for row in free)
    ff = sum(row.before.ff - row.after.ff for row in free)
    longest = max((row.cascade for row in rows), default=1)
    told = f"{len(free)} of {len(rows)} layers, {lut:,} LUTs and {ff:,} flip-flops in all"
    tail = f"\nWithout a cycle more: {told}. The longest cascade has {counted(longest, 'position')}.\n"
    return _HEAD + "\n".join(row.row for row in rows) + "\n" + tail


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "w_multiplexer.md")
    arguments = parser.parse_args()
    models: Path = arguments.models
    rows: list[Join] = []
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
        rows += of_schedule(name, schedule) if schedule is not None else []
    arguments.output.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
