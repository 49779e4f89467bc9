"""The slowest paths of a synthesized build, and where they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.hardware.delays.clock_limits import ClockLimits
from bxnn.compiler.hardware.delays.fabric_delays import FabricDelays
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.timing.analysis import Analysis
from bxnn.sim.timing.flat_netlist import FlatNetlist
from bxnn.sim.timing.places import Place, Places
from bxnn.sim.timing.primitives import Primitives
from bxnn.sim.timing.timing_path import TimingPath


@dataclass(frozen=True)
class ClassTiming:
    """The slowest paths of a class by both estimates, which need not be the same path."""

    typical: TimingPath
    pessimistic: TimingPath
    typical_place: Place
    pessimistic_place: Place


def netlist_timing(
    work_dir: Path, top: str, entities: Sequence[str], delays: FabricDelays, limits: ClockLimits
) -> dict[PathClass, ClassTiming]:
    """The slowest paths of every class in the netlist that `bxnn.sim.synthesis.synthesize` left in its folder.

    Args:
        work_dir: That folder.
        top: Name of the top entity.
        entities: Names of all entities.
        delays: Delays of the device.
        limits: The fastest clocks of the device.

    Raises:
        ToolError: For a primitive of unknown delay, or a combinational loop.
    """
    modules = json.loads((work_dir / "netlist.json").read_text(encoding="utf-8"))["modules"]
    netlist = FlatNetlist(modules[top])
    analysis = Analysis(netlist, Primitives(netlist, delays, limits))
    places = Places((work_dir / "design.v").read_text(encoding="utf-8"), top, entities)
    typical, pessimistic = analysis.worst("typical"), analysis.worst("pessimistic")
    return {
        kind: ClassTiming(typical[kind], path, places.of(typical[kind].end), places.of(path.end))
        for kind, path in pessimistic.items()
    }
