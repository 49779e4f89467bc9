"""Windows over a serial layout whose elements arrive one after another on the same lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.layout import Layout, LayoutKind
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class RunningWindows:
    """Windows that are complete after ``rounds`` rounds, in each of which a lane takes in ``slots`` of them.

    Attributes:
        table: The lanes that carry the elements of an output lane's windows at a time; int64, shape (output lanes,
            lanes at a time).
        slots: Windows of an output lane: the phases of a round.
        rounds: How often elements of a window arrive.
        slot: Slot of every window; int64, shape (windows,).
        lane: Its output lane.
    """

    table: Int
    slots: int
    rounds: int
    slot: Int
    lane: Int

    @property
    def lanes(self) -> int:
        """Number of output lanes."""
        return len(self.table)

    @property
    def place(self) -> Int:
        """Where each window is if the slots are collected, the lanes of slot 0 lowest; int64, shape (windows,)."""
        return self.slot * self.lanes + self.lane

    def layout(self) -> Layout:
        """Layout with one result per window, on its lane, in the last round; phase 0 is the first of that round."""
        elements = np.full((self.slots, self.lanes), -1, np.int64)
        elements[self.slot, self.lane] = np.arange(self.slot.size)
        return Layout(LayoutKind.SERIAL, elements)


def running_windows(source: Layout, windows: Int) -> RunningWindows | None:
    """How windows can be evaluated while their elements arrive.

    Args:
        source: A serial layout.
        windows: Elements of each window; int64, shape (windows, taps), -1 for none.

    Returns:
        ``None`` unless elements of every window arrive in every round, on the same lanes, and the rounds are equally
        long.
    """
    if bool((windows < 0).any()):
        return None
    phase, lane = source.position()
    order = np.argsort(phase[windows] * source.lanes + lane[windows], axis=1)
    phases, lanes = (np.take_along_axis(own[windows], order, axis=1) for own in (phase, lane))
    starts = np.unique(phases[0])
    if starts.size < 2 or windows.shape[1] % starts.size or source.phases % starts.size:
        return None
    slots, shape = source.phases // starts.size, (len(windows), starts.size, -1)
    phases, lanes = phases.reshape(shape), lanes.reshape(shape)
    slot = phases[:, :1, :1]
    expected = slot + slots * np.arange(starts.size)[:, np.newaxis]
    if bool((slot >= slots).any() or (phases != expected).any() or (lanes != lanes[:, :1]).any()):
        return None
    table, of_window = np.unique(lanes[:, 0], axis=0, return_inverse=True)
    return RunningWindows(
        table.astype(np.int64), slots, starts.size, slot.ravel(), np.asarray(of_window, np.int64).ravel()
    )
