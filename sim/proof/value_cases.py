"""Cases of the entities that compute with codes: rounding, thresholds, tables, products, sums, comparisons."""

from __future__ import annotations

from itertools import product

from bxnn.sim.proof.generic_value import Bits, GenericValue, Integers
from bxnn.sim.proof.proof_case import ProofCase

ROUNDINGS = ("TRN", "RND", "RND_MIN_INF", "RND_INF", "RND_ZERO", "RND_CONV", "TRN_ZERO")
OVERFLOWS = ("SAT", "WRAP")
_Generics = dict[str, GenericValue]


def _requantize() -> list[ProofCase]:
    """Every rounding with every overflow, signed and not; then what few layers use."""
    wide: _Generics = {"LANES": 1, "IN_BITS": 7, "OUT_BITS": 4, "SHIFT": 2, "LOW": Bits(-8, 5), "HIGH": Bits(7, 5)}
    cases = [
        ProofCase(
            "bxnn_requantize",
            {**wide, "IN_SIGNED": signed, "ROUNDING": rounding, "OVERFLOW": overflow},
            label=f"{rounding.lower()}-{overflow.lower()}-{'signed' if signed else 'unsigned'}",
        )
        for rounding, overflow, signed in product(ROUNDINGS, OVERFLOWS, (0, 1))
    ]
    relu: _Generics = {**wide, "IN_SIGNED": 1, "OVERFLOW": "SAT", "LOW": Bits(0, 5), "HIGH": Bits(15, 5)}
    others: dict[str, _Generics] = {
        "relu": {"ROUNDING": "RND_CONV", "LANES": 2},
        "enables": {"ROUNDING": "RND", "LANES": 3, "ENABLE_COUNT": 2},
        "half-added": {"ROUNDING": "RND_CONV", "SHIFT": 3, "HALF_ADDED": 1},
        "half-added-up": {"ROUNDING": "RND", "SHIFT": 3, "HALF_ADDED": 1},
        "leaky": {"ROUNDING": "RND", "SHIFT": 1, "SLOPE_SHIFT": 2, "LOW": Bits(-3, 5), "HIGH": Bits(9, 5)},
        "leaky-exact": {"ROUNDING": "RND_ZERO", "SHIFT": -1, "SLOPE_SHIFT": 2, "LOW": Bits(-9, 5)},
        "left": {"ROUNDING": "TRN", "SHIFT": -1, "IN_BITS": 4},
        "all-dropped": {"ROUNDING": "RND_INF", "SHIFT": 9, "LOW": Bits(-1, 5)},
    }
    return [*cases, *(ProofCase("bxnn_requantize", {**relu, **each}, label=name) for name, each in others.items())]


def _requantize_each() -> list[ProofCase]:
    common: _Generics = {"LANES": 3, "IN_BITS": 5, "IN_SIGNED": 1, "OUT_BITS": 4, "LOWS": Bits.packed((-4, 0, 0), 5)}
    common |= {"HIGHS": Bits.packed((3, 0, 3), 5)}
    # width, signed, shift, zeros of every lane; the second lane is always 0
    saturates: _Generics = {
        "RECTIFIED": 0,
        "ROUNDING": "RND_CONV",
        "OVERFLOW": "SAT",
        "FORMATS": _rows((3, 1, 1, 1), (2, 0, 2, 0)),
    }
    wraps: _Generics = {
        "RECTIFIED": 1,
        "ROUNDING": "TRN",
        "OVERFLOW": "WRAP",
        "FORMATS": _rows((3, 1, 1, 1), (2, 0, -1, 0)),
    }
    rounds: _Generics = {
        "RECTIFIED": 0,
        "ROUNDING": "RND",
        "OVERFLOW": "WRAP",
        "FORMATS": _rows((3, 1, 2, 0), (2, 0, 1, 2)),
    }
    enables: _Generics = {**saturates, "ENABLE_COUNT": 2}
    chosen = {"saturates": saturates, "wraps": wraps, "rounds": rounds, "enables": enables}
    return [ProofCase("bxnn_requantize_each", {**common, **each}, label=name) for name, each in chosen.items()]


def _rows(first: tuple[int, ...], last: tuple[int, ...]) -> Integers:
    return Integers((*first, 0, 0, 0, 0, *last))


def _thresholds() -> list[ProofCase]:
    steps: _Generics = {"LANES": 2, "IN_BITS": 3, "OUT_BITS": 3}
    stair: _Generics = {**steps, "STEPS": 3, "THRESHOLDS": Bits.packed((-3, 0, 2), 5), "BASE": -1, "INCREMENT": 2}
    codes = (-70, -64, -33, -1, 0, 31, 32, 63, 64, 127, 128)
    staircase: _Generics = {
        **{"LANES": 2, "IN_BITS": 7, "OUT_BITS": 6, "ROWS": 2, "ROW_OF": Integers.of(1, 0), "STEPS": len(codes)},
        **{"THRESHOLDS": Bits.packed((*codes, *range(-60, 61, 12)), 9)},
        **{"BASE": Integers.of(3, -1), "STEP": Integers.of(-1, 2)},
    }
    rows: _Generics = {"ROWS": 2, "ROW_OF": Integers.of(1, 0), "STEPS": 2, "THRESHOLDS": Bits.packed((-3, 2, 0, 1), 5)}
    own: _Generics = {**steps, **rows, "BASE": Integers.of(-1, 2), "STEP": Integers.of(2, -1)}
    stairs = {
        "bxnn_threshold": stair,
        "bxnn_staircase": staircase,
        "bxnn_staircase_lanes": staircase,
        "bxnn_thresholds_reached": {key: staircase[key] for key in staircase.keys() - {"OUT_BITS", "BASE", "STEP"}},
        "bxnn_channel_threshold": own,
    }
    enabled = ("bxnn_threshold", "bxnn_channel_threshold")  # with a register for the result
    return [
        *(
            ProofCase(entity, {**generics, "IN_SIGNED": s}, label=f"signed-{s}")
            for entity, generics in stairs.items()
            for s in (0, 1)
        ),
        *(
            ProofCase(entity, {**generics, "IN_SIGNED": 1, "REGISTERED": 1, **copies}, label="registered")
            for entity, generics in stairs.items()
            for copies in ({"MAX_FANOUT": 3} if entity in enabled else {},)
        ),
        *(
            ProofCase(
                entity,
                {**stairs[entity], "IN_SIGNED": 1, "REGISTERED": registered, "MAX_FANOUT": 3, "ENABLE_COUNT": 2},
                label=f"enables-{registered}",
            )
            for entity in enabled
            for registered in (0, 1)
        ),
    ]


def _tables() -> list[ProofCase]:
    tables: _Generics = {"LANES": 2, "IN_BITS": 2, "OUT_BITS": 2, "TABLES": 2, "WHICH": Integers.of(1, 0)}
    pages: _Generics = {
        "LANES": 2,
        "IN_BITS": 7,
        "OUT_BITS": 1,
        "TABLES": 1,
        "WHICH": Integers.of(0, 0),
        "PAGED": 1,
        "MAX_FANOUT": 1,
    }
    return [
        *(
            ProofCase(
                "bxnn_block_lookup",
                {**tables, "REGISTERED": r, "CONTENTS": Bits.packed((0, 3, 1, 2, 2, 2, 1, 3), 2)},
                label=f"registered-{r}",
            )
            for r in (0, 1)
        ),
        ProofCase("bxnn_lookup", {**tables, "CONTENTS": Bits.packed((0, 3, 1, 2, 2, 2, 1, 3), 2)}, label="tables"),
        ProofCase(
            "bxnn_lookup",
            {**tables, "ENABLE_COUNT": 2, "CONTENTS": Bits.packed((0, 3, 1, 2, 2, 2, 1, 3), 2)},
            label="enables",
        ),
        ProofCase(
            "bxnn_lookup",
            {**pages, "ENABLE_COUNT": 2, "CONTENTS": Bits(0x123456789ABCDEF0FEDCBA9876543211, 128)},
            label="enables-pages",
        ),
        ProofCase("bxnn_lookup", {**pages, "CONTENTS": Bits(0x123456789ABCDEF0FEDCBA9876543211, 128)}, label="pages"),
    ]


def _choices() -> list[ProofCase]:
    """Words of phases in turn, with zeros, in one LUT, looked up in one page and in several; few words and many."""
    words: dict[str, tuple[int, ...]] = {
        "in-turn": (0, 1, 2, 3, 4),
        "one-lut": (0, 1, 0, 0, 1, 2),
        "zeros": (-1, 0, 1, 0, 2, 3, -1),
        "looked-up": (0, 1, 2, 1, 3, 4, 0),
        "pages": tuple(7 * p % 5 for p in range(70)),
        "zero": (-1, -1),
        "many-in-turn": tuple(range(11)),
        "many": (0, 1, 2, 3, 1, 4, 5, 6, 2),
        "many-zeros": (0, 1, 2, 3, -1, 4, 5, -1, 0),
    }
    return [
        ProofCase(
            "bxnn_operand_choice",
            {"CHOICES": max(*places, 0) + 1, "BITS": 2, "WORD_OF": Integers(places)},
            assumed={"PHASES": len(places)},
            label=name,
        )
        for name, places in words.items()
    ]


def _products_and_sums() -> list[ProofCase]:
    codes: _Generics = {"LANES": 3, "A_BITS": 3, "A_SIGNED": 1, "B_BITS": 3, "B_SIGNED": 0, "OUT_BITS": 7}
    codes |= {"OPERANDS": Integers.of(3, 0, 4, 0, 2, 1, 3, 1, 0, 0, 0, 0)}
    narrow: _Generics = {
        "INPUTS": 3,
        "BITS": 5,
        "LEVELS_PER_STAGE": 2,
        "OPEN_LEVELS": 1,
        "NODE_BITS": Integers.of(5, 4, 3),
    }
    lanes: _Generics = {"OUTPUTS": 3, "TERMS": 3, "PRODUCTS": 2, "LANE_BITS": 3, "ACCUM_BITS": 5, "LEVELS_PER_STAGE": 1}
    cut: _Generics = {**lanes, "OUTPUTS": 5, "PRODUCTS": 3, "LANE_BITS": 4, "ACCUM_BITS": 3, "OPEN_LEVELS": 0}
    return [
        *(ProofCase("bxnn_products", {**codes, "MULTIPLIER_REGISTER": m}, label=f"register-{m}") for m in (0, 1)),
        ProofCase("bxnn_adder_tree", {"INPUTS": 5, "BITS": 4}, any_state=True, label="five"),
        ProofCase("bxnn_adder_tree", {"INPUTS": 1, "BITS": 4}, label="one"),
        ProofCase("bxnn_adder_tree", narrow, any_state=True, assumed={"WORD_BITS": 3}, label="narrow"),
        *(ProofCase("bxnn_lane_sums", {**lanes, "OPEN_LEVELS": n}, any_state=True, label=f"open-{n}") for n in (0, 1)),
        ProofCase("bxnn_lane_sums", cut, any_state=True, label="cut"),
        ProofCase("bxnn_align", {"LANES": 2, "IN_BITS": 3, "IN_SIGNED": 1, "SHIFT": 2, "OUT_BITS": 7}, label="signed"),
        ProofCase(
            "bxnn_align", {"LANES": 2, "IN_BITS": 3, "IN_SIGNED": 0, "SHIFT": 1, "OUT_BITS": 5}, label="unsigned"
        ),
        ProofCase("bxnn_rewire", {"INPUTS": 3, "OUTPUTS": 4, "BITS": 2, "ELEMENTS": Integers.of(2, -1, 0, 2)}),
    ]


def _comparisons() -> list[ProofCase]:
    windows: _Generics = {
        "INPUTS": 4,
        "OUTPUTS": 2,
        "WINDOW": 3,
        "BITS": 3,
        "TAG_BITS": 1,
        "TAPS": Integers.of(0, 1, 2, 3, 2, -1),
    }
    pair: _Generics = {"LANES": 2, "BITS": 3}
    scores: _Generics = {"INPUTS": 5, "BITS": 2, "INDEX_BITS": 3}
    return [
        *(
            ProofCase(
                "bxnn_max_tree", {**windows, "SIGNED_CODES": s, "HELD": h, "LEVELS_PER_STAGE": n}, label=f"{s}{h}{n}"
            )
            for s, h, n in ((0, 0, 1), (1, 1, 1), (0, 1, 2))
        ),
        ProofCase("bxnn_argmax", {**scores, "SIGNED_CODES": 1}, label="signed"),
        ProofCase("bxnn_argmax", {**scores, "SIGNED_CODES": 0, "LEVELS_PER_STAGE": 3}, label="unsigned"),
        *(
            ProofCase(
                "bxnn_over_turns",
                {
                    **{"TURNS": 3, "ELEMENTS": 2, "IN_BITS": 2, "BITS": bits},
                    **{"OPERATION": name, "SIGNED_CODES": s},
                },
                label=f"{name.lower()}-{s}",
            )
            for name, bits in (("SUM", 4), ("MAXIMUM", 2), ("MINIMUM", 2))
            for s in (0, 1)
        ),
        *(
            ProofCase("bxnn_pairwise", {**pair, "OPERATION": name, "SIGNED_CODES": s}, label=f"{name.lower()}-{s}")
            for name, s in product(("SUBTRACT", "MAXIMUM", "MINIMUM"), (0, 1))
        ),
    ]


VALUE_CASES = (
    *_requantize(),
    *_requantize_each(),
    *_thresholds(),
    *_tables(),
    *_choices(),
    *_products_and_sums(),
    *_comparisons(),
)
