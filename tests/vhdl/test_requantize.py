"""requantize: every rounding against exact fractions; all codes of narrow inputs, corners of wide ones."""

import itertools
import math
import random
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.vhdl.events import pack, random_code
from tests.vhdl.harness import Bits, Instance, Recording, Text, expect_failure, play, seed_for

CYCLES = 300
HALF = Fraction(1, 2)
ROUNDINGS = ("TRN", "RND", "RND_CONV", "RND_INF", "RND_ZERO", "RND_MIN_INF", "TRN_ZERO")


@dataclass(frozen=True)
class Format:
    """Sizes of one instance, named as the generics."""

    lanes: int
    in_bits: int
    in_signed: int
    out_bits: int
    shift: int
    rounding: str
    overflow: str
    low: int
    high: int
    slope_shift: int = 0
    half_added: int = 0

    @property
    def name(self) -> str:
        shift = f"{'m' if self.shift < 0 else ''}{abs(self.shift)}"
        fields = (self.rounding, self.overflow, self.in_bits, self.in_signed, shift, self.slope_shift, self.half_added)
        return "_".join(map(str, fields)).lower()


FORMATS = [
    # Every rounding, signed input, symmetric clamp; exhaustive over the 7-bit input.
    *(Format(2, 7, 1, 4, 2, rounding, "SAT", -7, 7) for rounding in ROUNDINGS),
    # Shift by exactly and by more than the input's width.
    *(Format(1, 6, 1, 3, shift, rounding, "SAT", -4, 3) for rounding in ROUNDINGS for shift in (1, 6, 9)),
    # Unsigned input and output, ReLU, wrap.
    *(Format(1, 6, 0, 4, 2, rounding, "SAT", 0, 15) for rounding in ROUNDINGS),
    *(Format(1, 8, 1, 4, 3, rounding, "WRAP", 0, 0) for rounding in ROUNDINGS),
    # Leaky ReLU, rounded after the slope; left shifts on one side or both.
    *(Format(1, 7, 1, 5, 1, rounding, "SAT", -16, 15, 2) for rounding in ROUNDINGS),
    Format(1, 7, 1, 8, -2, "RND", "SAT", -128, 127, 3),
    Format(1, 7, 1, 12, -3, "RND_CONV", "SAT", -2048, 2047, 1),
    # Exact: no shift, left shift, extension.
    Format(3, 8, 1, 8, 0, "TRN", "SAT", -128, 127),
    Format(1, 5, 0, 8, -2, "RND", "SAT", 0, 100),
    Format(1, 5, 1, 9, 0, "RND", "WRAP", 0, 0),
    # Wider than a VHDL integer.
    Format(2, 44, 1, 18, 20, "RND_CONV", "SAT", -(1 << 17), (1 << 17) - 1),
    Format(1, 40, 0, 36, 3, "RND", "SAT", 0, (1 << 36) - 1),
    Format(1, 8, 1, 1, 3, "RND", "SAT", 0, 1),
    # Half an LSB is part of the input.
    *(Format(2, 8, 1, 4, shift, r, "SAT", -7, 7, 0, 1) for r in ("RND", "RND_CONV") for shift in (1, 3, 8)),
    *(Format(1, 8, 0, 3, 4, r, "WRAP", 0, 0, 0, 1) for r in ("RND", "RND_CONV")),
    Format(2, 44, 1, 18, 20, "RND_CONV", "SAT", -(1 << 17), (1 << 17) - 1, 0, 1),
]


def rounded(value: Fraction, rounding: str) -> int:
    """The integer to which the rounding mode rounds an exact value."""
    floor = math.floor(value)
    tie = value - floor == HALF
    nearest = math.floor(value + HALF)
    return {
        "TRN": floor,
        "RND": nearest,
        "RND_CONV": floor + floor % 2 if tie else nearest,
        "RND_INF": floor + (value > 0) if tie else nearest,
        "RND_ZERO": floor + (value < 0) if tie else nearest,
        "RND_MIN_INF": floor if tie else nearest,
        "TRN_ZERO": math.trunc(value),
    }[rounding]


def model(form: Format, x: int) -> int:
    """The output value; its low out_bits are the code."""
    shift = form.shift + (form.slope_shift if x < 0 else 0)
    y = rounded(Fraction(x) / Fraction(2) ** shift - form.half_added * HALF, form.rounding)
    return min(max(y, form.low), form.high) if form.overflow == "SAT" else y


def instance_of(form: Format) -> Instance:
    generics = {
        "LANES": form.lanes,
        "IN_BITS": form.in_bits,
        "IN_SIGNED": form.in_signed,
        "OUT_BITS": form.out_bits,
        "SHIFT": form.shift,
        "ROUNDING": Text(form.rounding),
        "OVERFLOW": Text(form.overflow),
        "LOW": Bits(form.low, form.out_bits + 1),
        "HIGH": Bits(form.high, form.out_bits + 1),
        "SLOPE_SHIFT": form.slope_shift,
        "HALF_ADDED": form.half_added,
    }
    inputs = {"enable": None, "x": form.lanes * form.in_bits}
    return Instance(form.name, "bxnn_requantize", generics, inputs, {"y": form.lanes * form.out_bits})


def inputs_of(rng: random.Random, form: Format) -> list[list[int]]:
    """Lane values of every cycle: all codes if they are few, else random ones around ties and limits."""
    low = -(1 << (form.in_bits - 1)) if form.in_signed else 0
    codes = [random_code(rng, form.in_bits, form.in_signed) for _ in range(CYCLES)]
    if form.in_bits <= 8:
        codes[: 1 << form.in_bits] = range(low, low + (1 << form.in_bits))
    else:
        for c in range(0, CYCLES, 2):
            tie = rng.randrange(-(1 << 18), 1 << 18) * 2 + 1 - form.half_added << (form.shift - 1)
            codes[c] = min(max(tie + rng.choice((-1, 0, 1)), low), low + (1 << form.in_bits) - 1)
    return [[code] + [random_code(rng, form.in_bits, form.in_signed) for _ in range(form.lanes - 1)] for code in codes]


def outputs_of(form: Format, enable: list[int], xs: list[list[int]], wrong: bool = False) -> dict[int, int]:
    """Word visible in every cycle after the first load; `wrong` drops the hold."""
    shown: dict[int, int] = {}
    for cycle, (loads, x) in enumerate(zip(enable, xs, strict=True)):
        if loads or wrong:
            shown[cycle + 1] = pack([model(form, value) for value in x], form.out_bits)
        elif cycle in shown:
            shown[cycle + 1] = shown[cycle]
    return shown


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Recording, dict[str, tuple[list[int], list[list[int]]]]]:
    rng = random.Random(seed_for("bxnn_requantize"))
    stimulus: dict[str, list[int]] = {}
    driven = {}
    for form in FORMATS:
        instance = instance_of(form)
        xs = inputs_of(rng, form)
        enable = [int(c < 256 or rng.random() < 0.4) for c in range(CYCLES)]
        stimulus[instance.port("enable")] = enable
        stimulus[instance.port("x")] = [pack(x, form.in_bits) for x in xs]
        driven[form.name] = (enable, xs)
    assert len(driven) == len(FORMATS)
    folder: Path = tmp_path_factory.mktemp("bxnn_requantize")
    return play(folder, [instance_of(form) for form in FORMATS], stimulus, CYCLES), driven


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_codes_and_hold(played: tuple[Recording, dict[str, tuple[list[int], list[list[int]]]]], form: Format) -> None:
    recording, driven = played
    recording.check(instance_of(form), "y", outputs_of(form, *driven[form.name]))


def test_a_half_that_is_not_taken_away_is_found(
    played: tuple[Recording, dict[str, tuple[list[int], list[list[int]]]]],
) -> None:
    recording, driven = played
    for form in (form for form in FORMATS if form.half_added):
        expect_failure(recording, instance_of(form), "y", outputs_of(replace(form, half_added=0), *driven[form.name]))


def test_wrong_models_fail(played: tuple[Recording, dict[str, tuple[list[int], list[list[int]]]]]) -> None:
    """All pairs of rounding modes are distinguished, and so are a missing hold and a missing clamp."""
    recording, driven = played
    by_rounding = {form.rounding: form for form in FORMATS[: len(ROUNDINGS)]}
    for right, wrong in itertools.permutations(ROUNDINGS, 2):
        form = by_rounding[right]
        stimulus = driven[form.name]
        confused = outputs_of(Format(**{**form.__dict__, "rounding": wrong}), *stimulus)
        expect_failure(recording, instance_of(form), "y", confused)
    form = by_rounding["RND"]
    expect_failure(recording, instance_of(form), "y", outputs_of(form, *driven[form.name], wrong=True))
    unclamped = Format(**{**form.__dict__, "overflow": "WRAP"})
    expect_failure(recording, instance_of(form), "y", outputs_of(unclamped, *driven[form.name]))
