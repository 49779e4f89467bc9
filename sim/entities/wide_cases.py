"""Cases that are simulated and not proven: wider ones, and modes whose proofs would take long."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from bxnn.sim.proof.generic_value import Bits, GenericValue, Integers
from bxnn.sim.proof.library_cases import CASES
from bxnn.sim.proof.map_cases import ALONE, Columns, input_serial
from bxnn.sim.proof.proof_case import ProofCase

_Generics = dict[str, GenericValue]
_LOADING = ("bank", "load_begin", "load_enter", "load_write", "load_bank", "load_data")


def _contents(words: int, width: int) -> Bits:
    """A table of anything, always the same."""
    return Bits(random.Random(f"{words} {width}").getrandbits(words * width), words * width)


def _known(entity: str, label: str) -> ProofCase:
    (found,) = (case for case in CASES if (case.entity, case.label) == (entity, label))
    return found


def _tables() -> list[ProofCase]:
    rom: _Generics = {"DEPTH": 66, "WIDTH": 33, "CONTENTS": _contents(66, 33)}
    sets: _Generics = {"SETS": 3, "DEPTH": 2}
    weights: _Generics = {"SETS": 3, "DEPTH": 4, "WIDTH": 5, "COUNTER_REGISTERS": 2, "READERS": 1}
    codes: _Generics = {"LANES": 3, "IN_BITS": 8, "OUT_BITS": 3, "TABLES": 2, "WHICH": Integers.of(1, 0, 1)}
    return [
        *(
            ProofCase("bxnn_replica_table", {"WORDS": n, "WIDTH": 2, "CONTENTS": _contents(n, 2)}, label=f"{n}")
            for n in (64, 330, 1100)
        ),
        ProofCase("bxnn_replica_page", {"WORDS": 64, "WIDTH": 5, "CONTENTS": _contents(64, 5)}, label="full"),
        ProofCase("bxnn_replica_rom", rom, label="wide"),
        *(
            ProofCase("bxnn_replica_sets", {**sets, "WIDTH": n, "CONTENTS": _contents(6, n)}, label=f"{n}-bits")
            for n in (32, 33, 64)
        ),
        ProofCase("bxnn_replica_place", {"SETS": 5, "DEPTH": 6}, label="late"),
        *(
            ProofCase(
                "bxnn_weight_rom",
                {**weights, "EARLY": early, "CONTENTS": _contents(12, 5)},
                driven=("weight_set",),
                label=f"sets-{early}",
            )
            for early in (0, 1)
        ),
        *(
            ProofCase("bxnn_bit_sequence", {"STEPS": n, "BITS": _contents(n, 1)}, label=f"{n}")
            for n in (2, 63, 64, 65, 129)
        ),
        *(
            ProofCase(
                "bxnn_lookup",
                {**codes, "PAGED": p, "MAX_FANOUT": 2 * p, "CONTENTS": _contents(512, 3)},
                label=f"wide-{p}",
            )
            for p in (0, 1)
        ),
        ProofCase("bxnn_block_lookup", {**codes, "REGISTERED": 1, "CONTENTS": _contents(512, 3)}, label="wide"),
    ]


def _choice_trees() -> list[ProofCase]:
    return [
        ProofCase("bxnn_choice_tree", {"CHOICES": n, "BITS": 3, "NUMBER_BITS": bits}, label=f"{n}-{bits}")
        for n, bits in ((5, 3), (6, 4), (8, 4), (16, 4), (40, 6))
    ]


def _sums() -> list[ProofCase]:
    return [
        *(
            ProofCase("bxnn_adder_tree", {"INPUTS": n, "BITS": 6, "LEVELS_PER_STAGE": levels}, label=f"{n}-{levels}")
            for n in (2, 3, 4, 6, 7, 9, 12)
            for levels in (1, 2, 3)
        ),
        *(
            ProofCase(
                "bxnn_argmax",
                {"INPUTS": n, "BITS": 3, "SIGNED_CODES": s, "INDEX_BITS": 4, "LEVELS_PER_STAGE": levels},
                label=f"{n}-{s}{levels}",
            )
            for n, s, levels in ((2, 1, 1), (7, 0, 2), (9, 1, 2), (16, 0, 1))
        ),
    ]


def _buffers() -> list[ProofCase]:
    line: _Generics = {"ROWS": 2, "WORDS": 3}
    bank: _Generics = {"DEPTH": 2, "COLUMNS": 4, "COLUMN_BITS": 2, "PIECES": 1, "PER_COUNTER": 2, "PLACE_BITS": 2}
    bank |= {"LOAD_BITS": 2, "CONTENTS": _contents(2, 8)}
    return [
        *(
            ProofCase(
                "bxnn_line_buffer",
                {**line, "WORD_BITS": bits, "BLOCK_RAM": block, "MAX_FANOUT": fanout},
                label=f"{bits}-{block}{fanout}",
            )
            for bits, block, fanout in ((8, 0, 8), (8, 1, 3), (5, 0, 0))
        ),
        ProofCase(
            "bxnn_tile_sequencer",
            {"TICKS": 5, "ARRIVING": 0, "READS": Bits(0b11011, 5), "COMPLETES": Bits(0b10110, 5)},
            label="none-waits",
        ),
        ProofCase("bxnn_weight_bank", {**bank, "LOADED": Integers.of(1, 1, 0, 1)}, label="shared-counters"),
        *(
            ProofCase("bxnn_history", {"CHANNELS": n, "DEPTH": depth, "WIDTH": 5}, label=f"{n}x{depth}")
            for n, depth in ((5, 2), (3, 4), (8, 6))
        ),
        *(
            ProofCase(
                "bxnn_latency_padding", {"WIDTH": 9, "CYCLES": c, "SPACING": s, "HELD": h}, label=f"{c}-{s}{int(h)}"
            )
            for c, s, h in ((9, 2, False), (4, 4, False), (3, 4, True), (7, 1, False))
        ),
    ]


def _clamps() -> list[ProofCase]:
    """More bits before or after the clamp than the proofs have."""
    narrow: _Generics = {"LANES": 3, "IN_BITS": 3, "OUT_BITS": 8, "LOW": Bits(-128, 9), "HIGH": Bits(127, 9)}
    wide: _Generics = {"LANES": 3, "IN_BITS": 14, "OUT_BITS": 6, "LOW": Bits(-32, 7), "HIGH": Bits(31, 7)}
    return [
        ProofCase(
            "bxnn_requantize",
            {**form, "IN_SIGNED": signed, "SHIFT": shift, "ROUNDING": rounding, "OVERFLOW": overflow},
            label=f"{name}-{rounding.lower()}-{overflow.lower()}-{signed}",
        )
        for name, form, shift in (("narrow", narrow, 1), ("scaled", narrow, -4), ("wide", wide, 6))
        for rounding, overflow in (("RND_CONV", "SAT"), ("TRN_ZERO", "WRAP"))
        for signed in (0, 1)
    ]


def _loaded_maps() -> list[ProofCase]:
    """Maps with weights that are loaded, or of several sets; and a systolic one."""
    alone = _known("bxnn_dot_input_serial", "alone")
    column = Columns((((1, -2, 3), (-4, 1, 2)),), (0, 1, 2), cascade=3).case("column")
    loads: _Generics = {"LOADS": 1, "LOAD_BITS": 7, "PER_COUNTER": 1, "BIAS_PER_COUNTER": 1}
    loaded = [
        replace(
            case,
            generics={**case.generics, **loads, "BIAS_LOADED": Integers(biases)},
            driven=_LOADING,
            label="loaded",
        )
        for case, biases in ((alone, (1, 0, 1, 0)), (column, (1,)))
    ]
    absent = input_serial("absent", (((1, -2), (0, 0)), ((-4, 2), (3, -1))), ALONE, 1)
    return [
        *loaded,
        column,
        absent,
        Columns((((1, -2, 3),),), (0, 1, 2), cascade=3).case("systolic"),
        Columns((((1, -2, 3, -1), (-4, 1, 2, 3)),), (0, 1, 2, 3), cascade=4).case("held"),
        _of_sets(alone, 1),
        _of_sets(column, 3),
    ]


def _of_sets(case: ProofCase, positions: int) -> ProofCase:
    """A map of two sets, the second with the weights and offsets of the first in another order."""
    phases = case.generics["PHASES"]
    weights, bias = case.generics["WEIGHTS"], case.generics["BIAS"]
    matrix, offset = case.assumed["MATRIX"], case.assumed["OFFSET"]
    assert isinstance(phases, int) and isinstance(weights, Bits) and isinstance(bias, Bits)
    assert isinstance(matrix, Integers) and isinstance(offset, Integers)
    # Phases in the other order: rows of each position, then what they mean.
    parts = [_reversed(part, phases) for part in _parts(weights, positions)]
    both = [piece for first, second in zip(_parts(weights, positions), parts, strict=True) for piece in (first, second)]
    by_phase = case.entity == "bxnn_dot_output_serial"
    turned = _turned(matrix.values, phases, by_phase)
    offsets = (*offset.values, *(offset.values[::-1] if by_phase else offset.values))
    second_bias = _reversed(bias, phases) if by_phase else bias
    return replace(
        case,
        generics={**case.generics, "SETS": 2, "WEIGHTS": _joined(both), "BIAS": _joined((bias, second_bias))},
        assumed={"MATRIX": Integers((*matrix.values, *turned)), "OFFSET": Integers(offsets)},
        driven=("weight_set",),
        label="sets",
    )


def _turned(values: Sequence[int], phases: int, by_phase: bool) -> list[int]:
    """The matrix with its phases in the other order; of one lane, phases are rows, else they are the last index."""
    step = len(values) // phases if by_phase else phases
    rows = [list(values[i : i + step]) for i in range(0, len(values), step)]
    return [each for row in rows[::-1] for each in row] if by_phase else [each for row in rows for each in row[::-1]]


def _parts(bits: Bits, number: int) -> list[Bits]:
    width = bits.width // number
    return [Bits(bits.value >> i * width & (1 << width) - 1, width) for i in range(number)]


def _reversed(bits: Bits, rows: int) -> Bits:
    return _joined(_parts(bits, rows)[::-1])


def _joined(parts: Sequence[Bits]) -> Bits:
    return Bits(int("".join(part.digits for part in reversed(parts)), 2), sum(part.width for part in parts))


WIDE_CASES = (*_tables(), *_choice_trees(), *_sums(), *_buffers(), *_clamps(), *_loaded_maps())
SIMULATED = (*(case for case in CASES if not case.leaves_nothing), *WIDE_CASES)
