"""Predicted periods of routed designs, with net delays that were fitted on other designs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from pathlib import Path

import numpy as np

from bench.route_store import Route
from bench.routed_designs import TOP
from bxnn.compiler.hardware.delays.ecp5_delays import Ecp5Delays
from bxnn.sim.timing.analysis import Analysis
from bxnn.sim.timing.ecp5_primitives import Ecp5Primitives
from bxnn.sim.timing.flat_netlist import FlatNetlist

_CARRY = "$CCU2_COMB"  # the router's suffix for the halves of a carry block


@dataclass(frozen=True)
class Sample:
    """A net on a slowest path: its delay, and what the delay should depend on."""

    ns: float
    fan_out: int
    to_carry: bool
    cells: int


@dataclass(frozen=True)
class Fit:
    """Delays with nets fitted to samples.

    Attributes:
        delays: The fitted delays.
        samples: Number of nets.
        deviation: Standard deviation of the nets about the fit, in ns.
    """

    delays: Ecp5Delays
    samples: int
    deviation: float


class RoutedNetlist:
    """A netlist of ``synth_ecp5`` and the router's results for it.

    Args:
        name: The design in words.
        design: JSON of yosys.
        routes: One for each seed.
    """

    def __init__(self, name: str, design: Path, routes: Sequence[Route]) -> None:
        self.name, self.routes = name, tuple(routes)
        self.netlist = FlatNetlist(json.loads(design.read_text(encoding="utf-8"))["modules"][TOP])

    @property
    def routed_ns(self) -> float:
        """Mean period over the seeds."""
        return sum(route.period_ns for route in self.routes) / len(self.routes)

    def predicted_ns(self, delays: Ecp5Delays) -> float:
        """The slowest path between two registers."""
        paths = Analysis(self.netlist, Ecp5Primitives(self.netlist, delays)).worst("typical")
        return max(path.ns for path in paths.values())

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """Nets of the slowest paths that are neither inside a slice nor connected to a multiplier."""
        nets = self.netlist.nets_by_name()
        found = []
        for segment in (segment for route in self.routes for segment in route.segments if segment.ns > 0):
            net = nets[segment.net]
            sink = self.netlist.cells.get(segment.sink)
            kinds = {self.netlist.drivers[net].kind, "" if sink is None else sink.kind}
            in_slice = sink is not None and sink.kind == "TRELLIS_FF"
            if not in_slice and "MULT18X18D" not in kinds:
                to_carry = _CARRY in segment.sink
                found.append(Sample(segment.ns, self.netlist.fan_out(net), to_carry, len(self.netlist.cells)))
        return tuple(found)


def fitted(delays: Ecp5Delays, samples: Sequence[Sample]) -> Fit:
    """Least squares for the delay of a net to a LUT, to a carry chain, and per doubling of its fan-out."""
    size = delays.route.per_size_doubling
    rows = np.array([[not each.to_carry, each.to_carry, log2(each.fan_out)] for each in samples], np.float64)
    measured = np.array([each.ns - size * log2(each.cells / 1000) for each in samples])
    (to_lut, to_carry, doubling), *_ = np.linalg.lstsq(rows, measured, rcond=None)
    update = {"to_lut": float(to_lut), "to_carry": float(to_carry), "per_doubling": float(doubling)}
    rest = measured - rows @ np.array([to_lut, to_carry, doubling])
    route = delays.route.model_copy(update=update)
    return Fit(delays.model_copy(update={"route": route}), len(samples), float(np.std(rest, ddof=rows.shape[1])))
