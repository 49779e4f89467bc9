"""In which order a layer computes its outputs if its reader takes the maximum of windows: window after window."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups


def window_order(teams: PackingGroups, windows: Int, phases: int) -> Int | None:
    """Teams whose outputs are of the same windows leave in the same slot of consecutive rounds, on the same lanes.

    What the windows need to be evaluated as their elements arrive (``running_windows``). Outputs that no window reads
    are in slots that are left.

    Args:
        teams: Outputs that share DSPs.
        windows: Outputs of each window; int64, shape (windows, taps), -1 for none.
        phases: Most phases.

    Returns:
        int64, shape (phases, groups): the team of each phase and group, -1 for none. ``None`` if windows overlap or
        have different numbers of outputs, or if teams mix them differently.
    """
    if bool((windows < 0).any()) or np.unique(windows).size < windows.size:
        return None
    of_output = np.full(int(max(teams.outputs.max(), windows.max())) + 1, -1, np.int64)
    of_output[windows] = np.arange(len(windows))[:, np.newaxis]
    mixed = np.where(teams.outputs >= 0, of_output[teams.outputs], -1)
    read = np.flatnonzero((mixed >= 0).any(axis=1))
    alike, kind, counts = np.unique(mixed[read], axis=0, return_inverse=True, return_counts=True)
    own = np.sort(alike, axis=1)
    several = (np.diff(own, axis=1, prepend=-1) > 0).sum() > len(windows)  # a window in different mixtures
    if several or bool((counts != counts[0]).any()):
        return None
    members = int(counts[0])
    side = next(lanes for lanes in range(1, members + 1) if members % lanes == 0 and members <= phases * lanes)
    rounds = members // side
    if rounds < 2:
        return None
    columns = ceil_div(len(alike), phases // rounds)
    slots = ceil_div(len(alike), columns)
    padded = np.full((columns * slots, rounds, side), -1, np.int64)
    padded[: len(alike)] = read[np.argsort(kind.ravel(), kind="stable")].reshape(len(alike), rounds, side)
    order = padded.reshape(columns, slots, rounds, side).transpose(2, 1, 0, 3).reshape(rounds * slots, columns * side)
    return _with_rest(order, np.setdiff1d(np.arange(teams.count), read))


def _with_rest(order: Int, rest: Int) -> Int:
    """With teams of which nothing is read in the free slots, and in further groups."""
    more = max(ceil_div(rest.size - int((order < 0).sum()), len(order)), 0)
    order = np.ascontiguousarray(np.pad(order, ((0, 0), (0, more)), constant_values=-1))
    free = np.flatnonzero(order.ravel() < 0)[: rest.size]
    order.ravel()[free] = rest
    return np.asarray(order, np.int64)
