"""bxnn_requantize_each: lanes of different formats against the element function, over all codes of a narrow input."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import Int
from tests.vhdl.events import pack
from tests.vhdl.harness import Bits, Instance, Integers, Recording, Text, expect_failure, play, seed_for

IN_BITS, FRACTION_BITS = 7, 4
# Fraction bits, smallest and largest code of each lane: signed, unsigned, no bits, appended bits, all dropped, one bit.
COLUMNS = np.array([[2, 1, 0, 6, -5, 3], [-4, 0, 0, -256, -1, 0], [3, 7, 0, 255, 0, 1]])
UNSIGNED = np.where(COLUMNS < 0, 0, COLUMNS)  # the widest code fills its lane
LANES = COLUMNS.shape[1]
ENABLED = [*[1] * 128, *[0, 0, 1, 0, 1]]


@dataclass(frozen=True)
class Case:
    """One instance: modes, and whether x is signed."""

    rounding: Rounding
    wraps: bool
    rectified: bool
    in_signed: int
    unsigned: bool = False

    @property
    def columns(self) -> Int:
        return UNSIGNED if self.unsigned else COLUMNS

    @property
    def name(self) -> str:
        flags = (self.wraps, self.rectified, self.in_signed, self.unsigned)
        return f"{self.rounding.value}_{''.join(str(int(flag)) for flag in flags)}".lower()

    @property
    def quantizer(self) -> ElementQuantizer:
        return ElementQuantizer.of_columns(self.columns, self.rounding, self.wraps, self.rectified)

    @property
    def instance(self) -> Instance:
        quantizer, out_bits = self.quantizer, self.quantizer.format.bits
        shift = np.where(quantizer.widths > 0, FRACTION_BITS - quantizer.fraction_bits, 0)
        formats = np.stack([quantizer.widths, quantizer.low < 0, shift, quantizer.zeros], axis=1)
        generics = {
            "LANES": LANES,
            "IN_BITS": IN_BITS,
            "IN_SIGNED": self.in_signed,
            "OUT_BITS": out_bits,
            "RECTIFIED": int(self.rectified),
            "ROUNDING": Text(self.rounding.value),
            "OVERFLOW": Text(quantizer.overflow.value),
            "FORMATS": Integers(formats.ravel().tolist()),
            "LOWS": Bits(pack(quantizer.low.tolist(), out_bits + 1), LANES * (out_bits + 1)),
            "HIGHS": Bits(pack(quantizer.high.tolist(), out_bits + 1), LANES * (out_bits + 1)),
        }
        inputs = {"enable": None, "x": LANES * IN_BITS}
        return Instance(self.name, "bxnn_requantize_each", generics, inputs, {"y": LANES * out_bits})

    def outputs(self, xs: list[list[int]], quantizer: ElementQuantizer) -> dict[int, int]:
        """Word visible in every cycle after the first load."""
        shown: dict[int, int] = {}
        codes = quantizer.evaluate(np.array(xs), FRACTION_BITS).tolist()
        for cycle, (loads, row) in enumerate(zip(ENABLED, codes, strict=True)):
            shown[cycle + 1] = pack(row, quantizer.format.bits) if loads else shown[cycle]
        return shown


CASES = [
    Case(rounding, bool(number & 1), bool(number & 2), 1 - number // 4)
    for rounding in Rounding
    for number in (0, 1, 2, 3, 4, 5)
] + [Case(Rounding.RND, wraps, wraps, 1, True) for wraps in (False, True)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, dict[str, list[list[int]]]]:
    rng = random.Random(seed_for("bxnn_requantize_each"))
    stimulus, driven = dict[str, list[int]](), dict[str, list[list[int]]]()
    for case in CASES:
        codes = range(-64 * case.in_signed, 128 - 64 * case.in_signed)
        rows = [[code] * LANES for code in codes] + [[rng.choice(codes) for _ in range(LANES)] for _ in range(5)]
        stimulus[case.instance.port("enable")] = ENABLED
        stimulus[case.instance.port("x")] = [pack(row, IN_BITS) for row in rows]
        driven[case.name] = rows
    folder: Path = tmp_path_factory.mktemp("bxnn_requantize_each")
    return play(folder, [case.instance for case in CASES], stimulus, len(ENABLED)), driven


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_codes_and_hold(played: tuple[Recording, dict[str, list[list[int]]]], case: Case) -> None:
    recording, driven = played
    recording.check(case.instance, "y", case.outputs(driven[case.name], case.quantizer))


def test_wrong_modes_fail(played: tuple[Recording, dict[str, list[list[int]]]]) -> None:
    recording, driven = played
    case = CASES[0]
    wrong = [
        ElementQuantizer.of_columns(COLUMNS, Rounding.RND, False),
        ElementQuantizer.of_columns(COLUMNS, case.rounding, True),
        ElementQuantizer.of_columns(COLUMNS, case.rounding, False, True),
    ]
    for quantizer in wrong:
        expect_failure(recording, case.instance, "y", case.outputs(driven[case.name], quantizer))
