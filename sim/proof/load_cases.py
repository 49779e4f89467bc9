"""Cases of the entities that load weights at run time."""

from __future__ import annotations

from bxnn.sim.proof.generic_value import Bits, GenericValue, Integers
from bxnn.sim.proof.proof_case import ProofCase

_BANK: dict[str, GenericValue] = {
    **{"DEPTH": 3, "COLUMNS": 1, "COLUMN_BITS": 3, "PIECES": 2, "PLACE_BITS": 3, "LOAD_BITS": 2},
    "CONTENTS": Bits.packed((1, 6, 3), 3),
}

LOAD_CASES = (
    ProofCase("bxnn_load_steps", {"PHASES": 3, "WIDTH": 2}, cycles=12, label="three"),
    ProofCase("bxnn_load_steps", {"PHASES": 1, "WIDTH": 2}, cycles=6, label="one"),
    ProofCase("bxnn_axi_lite", any_state=True),
    ProofCase("bxnn_ipbus", any_state=True),
    ProofCase("bxnn_weight_load", {"WORDS": 3, "DRAIN": 2, "WIDTH": 5, "LAYOUT": Bits(0x1234ABCD, 32)}, cycles=16),
    ProofCase("bxnn_replica_bank", {**_BANK, "EARLY": 0}, cycles=7, label="late"),
    ProofCase("bxnn_replica_bank", {**_BANK, "EARLY": 1}, cycles=7, label="early"),
    ProofCase(
        "bxnn_replica_bank",
        {**_BANK, "DEPTH": 1, "COLUMNS": 2, "CONTENTS": Bits.packed((1, 6), 3)},
        cycles=6,
        label="one",
    ),
    ProofCase(
        "bxnn_weight_bank",
        {
            **{"DEPTH": 2, "COLUMNS": 3, "COLUMN_BITS": 2, "LOADED": Integers.of(1, 0, 1), "PIECES": 2},
            **{"PER_COUNTER": 1, "PLACE_BITS": 2, "LOAD_BITS": 1, "EARLY": 0},
            "CONTENTS": Bits.packed((1, 2, 3, 2, 2, 1), 2),
        },
        cycles=7,
        label="some",
    ),
    ProofCase(
        "bxnn_weight_bank",
        {
            **{"DEPTH": 2, "COLUMNS": 2, "COLUMN_BITS": 2, "LOADED": Integers.of(1, 1), "PIECES": 1},
            **{"PER_COUNTER": 1, "PLACE_BITS": 2, "LOAD_BITS": 2, "VALID_COUNT": 2},
            "CONTENTS": Bits.packed((1, 2, 3, 2), 2),
        },
        cycles=5,
        label="valids",
    ),
    ProofCase(
        "bxnn_weight_bank",
        {
            **{"DEPTH": 2, "COLUMNS": 1, "COLUMN_BITS": 2, "LOADED": Integers.of(0), "PIECES": 1},
            **{"PLACE_BITS": 2, "LOAD_BITS": 2, "CONTENTS": Bits.packed((1, 1), 2)},
        },
        cycles=4,
        label="none",
    ),
)
