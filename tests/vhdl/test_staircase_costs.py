"""LUTs of staircases, predicted from their thresholds, against the netlist of drawn ones."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.staircase_luts import staircase_luts
from tests.vhdl import test_channel_thresholds as stairs
from tests.vhdl.harness import seed_for
from tests.vhdl.test_cost import costs_of

ROWS = 3  # staircases of a case, each on a lane
Shape = stairs.Shape


def drawn(rng: random.Random, fewest: int) -> Shape:
    """Staircases on codes of 4 to 18 bits: anywhere, evenly, or evenly in a part of the range, as of a quantizer."""
    bits, signed, spread = rng.randint(4, 18), rng.randint(0, 1), rng.choice(("anywhere", "evenly", "in a part"))
    steps = rng.randint(fewest, min(31, (1 << bits) - 1))
    low = -(1 << (bits - 1)) if signed else 0
    rows = []
    for _ in range(ROWS):
        if spread == "anywhere":
            rows.append(tuple(sorted(rng.sample(range(low, low + (1 << bits)), steps))))
            continue
        span = (1 << bits) * (1.0 if spread == "evenly" else rng.uniform(0.1, 0.4))
        gap = max(rng.uniform(0.5, 1.0) * span / (steps + 1), 1.0)
        first = rng.uniform(low, low + (1 << bits) - gap * steps)
        rows.append(tuple(int(first + gap * step) for step in range(steps)))
    base, step = zip(*(rng.choice(((0, 1), (steps, -1))) for _ in range(ROWS)), strict=True)
    return tuple(range(ROWS)), bits, signed, steps.bit_length(), tuple(rows), base, step


def predicted(shape: Shape, registered: bool) -> float:
    """LUTs of all lanes."""
    _, bits, signed, out_bits, rows, base, step = shape
    low = -(1 << (bits - 1)) if signed else 0
    counted = zip(rows, base, step, strict=True)
    return sum(staircase_luts([code - low for code in row], b, s, bits, out_bits, registered) for row, b, s in counted)


@pytest.mark.parametrize(
    ("count", "registered"),
    [(12, False), (6, True), *(pytest.param(150, each, marks=pytest.mark.nightly) for each in (False, True))],
)
def test_drawn_staircases(count: int, registered: bool, tmp_path: Path) -> None:
    rng = random.Random(seed_for(f"costs of {count} staircases"))
    shapes = {f"stair{number}": drawn(rng, 1 + registered) for number in range(count)}
    found = costs_of(
        tmp_path, {name: replace(stairs.thresholds(shape, registered), name=name) for name, shape in shapes.items()}
    )
    told = {name: predicted(shape, registered) for name, shape in shapes.items()}
    errors = {name: told[name] - found[name].lut for name in shapes}
    told_all, found_all = sum(told.values()), sum(cost.lut for cost in found.values())
    assert abs(told_all / found_all - 1) <= (0.1 if registered else 0.05), (told_all, found_all)
    assert all(abs(error) <= 0.35 * found[name].lut + ROWS for name, error in errors.items()), (errors, found)


@given(st.integers(1, 6), st.data())
def test_a_code_that_fits_in_a_lut_costs_one_for_a_bit_of_the_result(bits: int, data: st.DataObject) -> None:
    codes = data.draw(st.sets(st.integers(-2, (1 << bits) + 2), min_size=1, max_size=9).map(sorted))
    inside = [code for code in codes if 0 < code < 1 << bits]
    most = min(len(inside), len(codes).bit_length())
    assert 0 <= staircase_luts(codes, 0, 1, bits, len(codes).bit_length()) <= most


def test_the_sign_costs_nothing_and_what_is_never_reached_neither() -> None:
    for bits in (4, 9, 14):
        assert staircase_luts([1 << (bits - 1)], 0, 1, bits, 1) == 0.0
        assert staircase_luts([0, 1 << bits], 0, 1, bits, 2) == 0.0
