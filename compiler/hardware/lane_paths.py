"""The paths of lanes of which each quantizes to another format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.requantize_paths import RequantizePaths


@dataclass(frozen=True)
class LanePaths:
    """The slowest paths of several lanes.

    Attributes:
        lanes: The different lanes; no two are equal.
    """

    lanes: tuple[RequantizePaths, ...]

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        found = [lane.paths(technology, loads) for lane in self.lanes]
        if not found:
            return HardwarePaths(exit=technology.start)
        entries = [entry for paths in found for entry in paths.entries]
        inner = {path.delay.ns: path for paths in found for path in paths.inner}
        kinds = [kind for kind in PathClass if any(entry.kind is kind for entry in entries)]
        merged = tuple(_slowest(entry for entry in entries if entry.kind is kind) for kind in kinds)
        valid = tuple(entry for paths in found for entry in paths.valid)
        slow = (_slowest(valid),) if valid else ()
        return HardwarePaths(merged, (inner[max(inner)],) if inner else (), technology.start, valid=slow)


def _slowest(entries: Iterable[Entry]) -> Entry:
    """The slowest entry of a class, with the loads of the largest."""
    every = list(entries)
    return Entry(every[0].kind, max(entry.sinks for entry in every), slowest(entry.delay for entry in every))
