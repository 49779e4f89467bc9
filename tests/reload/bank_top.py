"""A memory of loaded weights alone, for synthesis."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.hardware.weight_banks import WeightBank
from bxnn.compiler.numeric.integers import ceil_log2
from tests.vhdl.harness import SOURCES, Bits, Instance, Integers, write_top

FANOUT = 64


def files(bank: WeightBank, folder: Path) -> list[Path]:
    """The library and a top with the bank."""
    place, width = 1 + ceil_log2(bank.rows), bank.columns * bank.bits
    generics = {
        "DEPTH": bank.rows,
        "COLUMNS": bank.columns,
        "COLUMN_BITS": bank.bits,
        "LOADED": Integers([1] * bank.columns),
        "PIECES": bank.pieces,
        "PER_COUNTER": bank.per_counter(FANOUT) if bank.rows > 1 else 0,
        "PLACE_BITS": place,
        "LOAD_BITS": bank.load_bits,
        "EARLY": int(bank.early),
        "CONTENTS": Bits(0, bank.rows * width),
    }
    single = dict.fromkeys(("rst", "valid", "bank", "begins", "enter", "write", "step"))
    inputs: dict[str, int | None] = {**single, "place": place, "word": bank.load_bits}
    outputs: dict[str, int | None] = {"leaves": None, "data": width}
    return [*SOURCES, write_top(folder / "top.vhd", [Instance("i", "bxnn_weight_bank", generics, inputs, outputs)])]
