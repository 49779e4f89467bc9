"""Which layer is busy in which cycle, as data and as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bxnn.compiler.hardware.schedule import ScheduledLayer
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted
from bxnn.compiler.report.report_model import Activity, LayerReport

_SHADES = ".:+#"  # idle, up to a third, up to two thirds, more of the layer's DSPs multiply
_WIDEST = 96


def activity(step: ScheduledLayer) -> tuple[Activity, ...]:
    """The cycles of one event in which a layer works."""
    work = step.binding.activity()
    return tuple(Activity(cycle=step.start_cycle + offset, active=active) for offset, active in work)


def last_cycle(layers: Sequence[LayerReport], latency_cycles: int) -> int:
    """The last cycle that a timeline must show: ``out_valid``, or the end of serial work after it."""
    return max([latency_cycles, *(work.cycle + layer.tiles_span_cycles for layer in layers for work in layer.activity)])


def text_timeline(layers: Sequence[LayerReport], latency_cycles: int) -> str:
    """One row per layer, one column per cycle (or per few cycles if there are many).

    Args:
        layers: In topological order.
        latency_cycles: Marked by ``|`` in the last row.
    """
    end = last_cycle(layers, latency_cycles) + 1
    step = ceil_div(end, _WIDEST)
    columns = ceil_div(end, step)
    width = max([len("out_valid"), *(len(layer.name) for layer in layers)])
    rows = [f"{'cycle':<{width}}  {_ruler(columns, step)}"]
    rows += [f"{layer.name:<{width}}  {_row(layer, columns, step)}" for layer in layers]
    marker = " " * (latency_cycles // step) + "|"
    rows.append(f"{'out_valid':<{width}}  {marker} cycle {latency_cycles}")
    unit = counted(step, "cycle")
    rows += [
        "",
        f"one column = {unit}; of the layer's DSPs: . none, : up to 1/3, + up to 2/3, # more multiply",
    ]
    return "\n".join(rows)


def _ruler(columns: int, step: int) -> str:
    ruler = [" "] * (columns + 8)
    for column in range(0, columns, 10):
        label = str(column * step)
        ruler[column : column + len(label)] = label
    return "".join(ruler).rstrip()


def _row(layer: LayerReport, columns: int, step: int) -> str:
    load = [0.0] * columns
    for work in layer.activity if layer.tiles == 1 else ():
        load[work.cycle // step] += work.active
    if layer.tiles > 1 and layer.activity:  # average from the first tile to the last
        first, last = layer.activity[0].cycle, layer.activity[-1].cycle + layer.tiles_span_cycles
        busy = layer.tiles * sum(work.active for work in layer.activity) / (last - first + 1)
        for cycle in range(first, last + 1):
            load[cycle // step] += busy
    most = max(layer.dsp, 1) * step
    return "".join(_SHADES[min(math.ceil(3 * amount / most), 3)] for amount in load)
