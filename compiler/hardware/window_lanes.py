"""Windows over a serial layout: when a tree of lanes can serve one window after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.layout import Layout, LayoutKind
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class WindowLanes:
    """For each output lane, the lanes that carry its windows.

    Attributes:
        table: int64, shape (output lanes, taps); -1 for none, last.
        lane: Output lane of every window; int64, shape (windows,).
    """

    table: Int
    lane: Int

    def layout(self, source: Layout, windows: Int) -> Layout:
        """Layout with one result per window, on the window's lane in the phase of its elements."""
        phase, _ = source.position()
        elements = np.full((source.phases, len(self.table)), -1, np.int64)
        elements[phase[windows[:, 0]], self.lane] = np.arange(len(windows))
        return Layout(LayoutKind.SERIAL, elements)


def window_lanes(source: Layout, windows: Int) -> WindowLanes | None:
    """How lanes can be combined so that each phase of a serial layout yields results of windows.

    Args:
        source: A serial layout.
        windows: Elements of each window; int64, shape (windows, taps), -1 for none, last.

    Returns:
        ``None`` if the elements of some window arrive in different phases.
    """
    phase, lane = source.position()
    present = windows >= 0
    phases = np.where(present, phase[windows], phase[windows[:, :1]])
    if bool((phases != phases[:, :1]).any()):
        return None
    lanes = np.where(present, lane[windows], -1)
    table, of_window = np.unique(-np.sort(-lanes, axis=1), axis=0, return_inverse=True)
    return WindowLanes(table.astype(np.int64), np.asarray(of_window, np.int64).ravel())
