"""The longest register-to-register paths of a netlist: every path counts, none is declared false."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ToolError
from bxnn.compiler.hardware.delays.fabric_delays import Estimate
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.timing.elements import Arc, Element, End, Start, Step
from bxnn.sim.timing.flat_netlist import FlatNetlist
from bxnn.sim.timing.places import cell_name, plain
from bxnn.sim.timing.timing_path import TimingPath

_ESTIMATES: tuple[Estimate, ...] = ("typical", "pessimistic")
_NEVER = -np.inf
_PORT, _REGISTER = 0, 1


class TimingModel(Protocol):
    """The delays of a netlist."""

    def elements(self) -> Iterable[Element]:
        """The elements of all cells."""

    def from_ports(self) -> Iterable[Start]:
        """Input ports, as if registers outside drove them."""

    def to_ports(self) -> Iterable[End]:
        """Output ports, as if registers outside read them."""


class Analysis:
    """Latest arrivals at every net of a flat module, separately for paths from ports and from registers.

    Args:
        netlist: The module.
        model: Its delays.

    Raises:
        ToolError: For a primitive of unknown delay, or a combinational loop.
    """

    def __init__(self, netlist: FlatNetlist, model: TimingModel) -> None:
        self.netlist = netlist
        self._arcs: list[Arc] = []
        self._ends: list[End] = []
        starts: tuple[list[Start], list[Start]] = (list(model.from_ports()), [])
        for element in model.elements():
            if isinstance(element, Arc):
                self._arcs.append(element)
            elif isinstance(element, End):
                self._ends.append(element)
            else:
                starts[_REGISTER].append(element)
        self._ends += model.to_ports()
        self._into: defaultdict[int, list[int]] = defaultdict(list)
        for index, arc in enumerate(self._arcs):
            self._into[arc.target].append(index)
        self._arrival = self._propagate(starts)

    def worst(self, estimate: Estimate) -> dict[PathClass, TimingPath]:
        """The longest path of every class that occurs."""
        column = _ESTIMATES.index(estimate)
        found: dict[PathClass, tuple[float, End, int]] = {}
        for end in self._ends:
            for origin in (_PORT, _REGISTER):
                ns = float(self._arrival[origin, column, end.net]) + end.delay[column]
                kind = PathClass.INPUT_PORT if origin == _PORT else end.kind
                if ns > found.get(kind, (_NEVER,))[0]:
                    found[kind] = ns, end, origin
        names = self.netlist.names()
        return {
            kind: self._path(kind, found[kind], self._chain(found[kind][1], found[kind][2], column), names)
            for kind in PathClass
            if kind in found
        }

    def by_end(self, estimate: Estimate) -> dict[PathClass, float]:
        """The longest path, in ns, to every kind of end, wherever it starts; minus infinity if none arrives."""
        latest = self._arrival[:, _ESTIMATES.index(estimate)].max(axis=0)
        found: dict[PathClass, float] = {}
        for end in self._ends:
            ns = float(latest[end.net]) + end.delay[_ESTIMATES.index(estimate)]
            found[end.kind] = max(ns, found.get(end.kind, _NEVER))
        return found

    def _propagate(self, starts: tuple[list[Start], list[Start]]) -> NDArray[np.float64]:
        """Arrivals by origin, estimate and net; minus infinity where no path arrives."""
        sources = np.array([arc.source for arc in self._arcs], np.int64)
        targets = np.array([arc.target for arc in self._arcs], np.int64)
        delays = np.array([arc.delay for arc in self._arcs], np.float64).reshape(-1, 2).T
        nets = [start.net for group in starts for start in group] + [end.net for end in self._ends]
        size = 1 + max([*nets, *sources.tolist(), *targets.tolist()], default=0)
        arrival = np.full((2, 2, size), _NEVER)
        for origin, group in enumerate(starts):
            for start in group:
                arrival[origin, :, start.net] = np.maximum(arrival[origin, :, start.net], start.ns)
        for layer in self._layers(sources, targets):
            for origin in (_PORT, _REGISTER):
                for column in range(len(_ESTIMATES)):
                    row = arrival[origin, column]
                    np.maximum.at(row, targets[layer], row[sources[layer]] + delays[column, layer])
        return arrival

    def _layers(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Arcs in topological layers: no arc of a layer feeds another one in it."""
        out_of: defaultdict[int, list[int]] = defaultdict(list)
        for index, source in enumerate(sources.tolist()):
            out_of[source].append(index)
        missing = Counter(targets.tolist())
        ready = [net for net in out_of if net not in missing]
        layers: list[NDArray[np.int64]] = []
        while ready:
            layer = [index for net in ready for index in out_of.get(net, ())]
            ready = []
            for index in layer:
                target = int(targets[index])
                missing[target] -= 1
                if missing[target] == 0:
                    ready.append(target)
            if layer:
                layers.append(np.array(layer, np.int64))
        if sum(map(len, layers)) < len(self._arcs):
            raise ToolError("yosys", "the design has a combinational loop")
        return layers

    def _chain(self, end: End, origin: int, column: int) -> list[int]:
        """Arcs of the longest path to an end, last one first."""
        arrival, net = self._arrival[origin, column], end.net
        chain: list[int] = []
        while True:
            before = [
                index
                for index in self._into.get(net, ())
                if arrival[self._arcs[index].source] + self._arcs[index].delay[column] == arrival[net]
            ]
            if not before:
                return chain
            chain.append(before[0])
            net = self._arcs[before[0]].source

    def _path(
        self, kind: PathClass, found: tuple[float, End, int], chain: list[int], names: Mapping[int, str]
    ) -> TimingPath:
        ns, end, _ = found
        arcs = [self._arcs[index] for index in chain]
        first = arcs[-1].source if arcs else end.net
        steps = Counter(arc.step for arc in arcs)
        cell = self.netlist.cells.get(end.cell)
        outputs = () if cell is None else tuple(net for port in sorted(cell.outputs) for _, net in cell.nets(port))
        register = None if cell is None else next((names.get(net) for _, net in cell.nets("Q")), None)
        place = register or cell_name(end.cell, outputs, names)
        return TimingPath(
            kind=kind,
            ns=ns,
            start=plain(names.get(first, place)),
            end=f"{place}.{end.pin}" if end.pin else place,
            levels=steps[Step.LEVEL],
            carries=steps[Step.CARRY],
            fan_out=max(self.netlist.fan_out(net) for net in (end.net, *(arc.source for arc in arcs))),
        )
