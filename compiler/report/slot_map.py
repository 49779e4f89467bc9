"""Who computes what in which slot: the slot tables of a schedule, kept in the build so that they can be drawn later."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bxnn.compiler.errors import InputError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.report.stream_report import placed_layers

SLOTS = Path("ir") / "slots.npz"  # within a build
_FACTS = ("layer", "source", "initiation_interval", "start_cycle")
_COLUMNS = ("dsp", "phase", "output", "operand", "weight")


@dataclass(frozen=True, eq=False)
class SlotMap:
    """The slots of one layer, one row per MAC; several rows share a slot if a DSP forms several products.

    Attributes:
        layer: Name of the layer.
        source: Name of the tensor that it reads.
        initiation_interval: Phases of every DSP.
        start_cycle: Cycle of the layer's phase 0.
        dsp: int64, index of the DSP.
        phase: int64, phase within the DSP's own interval.
        output: int64, element of the layer's output.
        operand: int64, element of its input.
        weight: int64, code of the weight.
        skew: int64, shape (DSPs,): cycles by which each DSP runs after phase 0.
    """

    layer: str
    source: str
    initiation_interval: int
    start_cycle: int
    dsp: Int
    phase: Int
    output: Int
    operand: Int
    weight: Int
    skew: Int

    @property
    def dsp_count(self) -> int:
        """Number of DSPs."""
        return int(self.skew.size)

    @property
    def slots(self) -> int:
        """Slots per event, used or idle."""
        return self.dsp_count * self.initiation_interval

    @property
    def used(self) -> int:
        """Slots per event in which a DSP multiplies."""
        return int(np.unique(self.dsp * self.initiation_interval + self.phase).size)

    def describe(self, row: int) -> str:
        """One MAC as text: ``dsp 12, phase 3, cycle 20: fc1[17] += -13 * x[5]``."""
        dsp, phase = int(self.dsp[row]), int(self.phase[row])
        cycle = self.start_cycle + int(self.skew[dsp]) + phase
        product = f"{self.weight[row]} * {self.source}[{self.operand[row]}]"
        return f"dsp {dsp}, phase {phase}, cycle {cycle}: {self.layer}[{self.output[row]}] += {product}"


def slot_maps(graph: Graph, schedule: Schedule | StreamSchedule) -> tuple[SlotMap, ...]:
    """The slot maps of all layers on DSPs, in topological order; those of a streaming layer are for its first tile."""
    maps = []
    for placed in placed_layers(graph, schedule):
        binding = placed.step.binding
        if not isinstance(binding, DspBinding) or not binding.dsp:  # a kernel of zeros needs no DSP
            continue
        slots = binding.slots
        maps.append(
            SlotMap(
                layer=placed.layer.name,
                source=placed.layer.inputs[0],
                initiation_interval=slots.initiation_interval,
                start_cycle=placed.step.start_cycle,
                dsp=slots.dsp,
                phase=slots.phase,
                output=slots.output,
                operand=slots.operand,
                weight=binding.linear.weights[slots.output, slots.operand],
                skew=slots.skew,
            )
        )
    return tuple(maps)


def save_slots(maps: Sequence[SlotMap], build: Path) -> None:
    """Store the slot maps in a build folder."""
    facts = [{name: getattr(each, name) for name in _FACTS} for each in maps]
    arrays: dict[str, Any] = {"layers": np.array(json.dumps(facts))}
    for number, each in enumerate(maps):
        arrays[f"table{number}"] = np.stack([getattr(each, name) for name in _COLUMNS])
        arrays[f"skew{number}"] = each.skew
    np.savez_compressed(build / SLOTS, **arrays)


def load_slots(build: Path) -> tuple[SlotMap, ...]:
    """Read what ``save_slots`` has stored.

    Raises:
        InputError: If the file is missing or damaged.
    """
    path = build / SLOTS
    try:
        with np.load(path, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["layers"]))
            return tuple(_read(fact, arrays[f"table{n}"], arrays[f"skew{n}"]) for n, fact in enumerate(facts))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(str(path), f"cannot be read: {reason}; run bxnn compile again") from None
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"is damaged ({error}); run bxnn compile again") from None


def _read(fact: dict[str, Any], table: Int, skew: Int) -> SlotMap:
    columns = dict(zip(_COLUMNS, table.astype(np.int64), strict=True))
    found = SlotMap(**fact, **columns, skew=skew.astype(np.int64))
    inside = (found.dsp >= 0) & (found.dsp < found.dsp_count)
    inside &= (found.phase >= 0) & (found.phase < found.initiation_interval)
    if not bool(inside.all()):
        raise ValueError(f"{found.layer} has a nonexistent slot")
    return found
