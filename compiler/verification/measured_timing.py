"""The slowest paths of the synthesized netlist, as stored in the report."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.hardware.delays.delay_table import DelayTable
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report.timing_facts import MeasuredPath, Timing


def with_measured_paths(timing: Timing | None, work: Path, interface: Interface, table: DelayTable) -> Timing | None:
    """The timing of the report with the netlist's paths; unchanged for a device without public delays.

    Args:
        timing: The report's.
        work: The folder where synthesis left its netlist.
        interface: The build's.
        table: Delay table of the device.

    Raises:
        ToolError: If the netlist has a primitive of unknown delay, or a combinational loop.
    """
    from bxnn.sim.timing.netlist_timing import netlist_timing

    if timing is None or table.fabric is None:
        return timing
    entities = [Path(name).stem for name in interface.files]
    found = netlist_timing(work, interface.top, entities, table.fabric, table.limits)
    paths = []
    for kind, both in found.items():
        typical = timing.estimate == "typical"
        path, place = (both.typical, both.typical_place) if typical else (both.pessimistic, both.pessimistic_place)
        paths.append(
            MeasuredPath(
                kind=kind,
                start=path.start,
                end=path.end,
                layer=place.layer,
                entity=place.entity,
                levels=path.levels,
                carries=path.carries,
                fan_out=path.fan_out,
                typical_ns=both.typical.ns,
                pessimistic_ns=both.pessimistic.ns,
                slack_ns=timing.time_ns - path.ns,
            )
        )
    return timing.with_measured(tuple(paths))
