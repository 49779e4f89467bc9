"""Registers in a row in trees of sums: found by walking from every adder and every output back to where they begin."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.sum_trees import Shifts

LEAST = 3  # registers in a row that become a shift register


def passed(live: list[bool], levels: list[bool], added: list[int]) -> int | None:
    """Registers between the last adder and the root of one tree, ``None`` if it is zero; adders note what they add."""
    if not levels:
        return 0 if live[0] else None
    half = len(live) // 2
    found = [count for side in (live[:half], live[half:]) if (count := passed(side, levels[:-1], added)) is not None]
    if not found:
        return None
    if len(found) == 2:
        added += found
    return (0 if len(found) == 2 else found[0]) + levels[-1]


@given(st.lists(st.booleans(), min_size=1, max_size=5), st.data())
def test_registers_in_a_row(levels: list[bool], data: st.DataObject) -> None:
    width = 1 << len(levels)
    trees = data.draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=3))
    added: list[int] = []
    ends = [passed(tree, levels, added) for tree in trees]
    within, at_end = any(count >= LEAST for count in added), any(count is not None and count >= LEAST for count in ends)
    assert Shifts.of(np.array(trees), levels) == Shifts(within, at_end)


def test_two_lanes_of_six_leave_through_a_shift_register() -> None:
    """Neighbours are added first and meet nothing later; of five lanes, the fifth waits for two levels only."""
    levels = (True, True, True)
    assert Shifts.of(np.arange(8)[np.newaxis] < 2, levels) == Shifts(at_end=True)
    assert Shifts.of(np.arange(8)[np.newaxis] < 5, levels) == Shifts()
    assert Shifts.of(np.arange(16)[np.newaxis] < 9, (*levels, True)) == Shifts(within=True)
