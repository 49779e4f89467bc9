"""Cases of the entities of streaming networks, of recurrent ones, and of the AXI4-Stream wrapper.

What they keep is hidden from their outputs for long, so that an induction would need more than the outputs say: all
input sequences of a number of cycles are covered instead, from any state, which is more than one frame each.
"""

from __future__ import annotations

from bxnn.sim.proof.generic_value import Bits, Integers
from bxnn.sim.proof.proof_case import ProofCase

FRAME_CASES = (
    ProofCase(
        "bxnn_tile_sequencer",
        {"TICKS": 4, "ARRIVING": 2, "READS": Bits(0b1011, 4), "COMPLETES": Bits(0b0110, 4)},
        cycles=12,
        any_state=True,
        label="some-wait",
    ),
    ProofCase(
        "bxnn_tile_sequencer",
        {"TICKS": 3, "ARRIVING": 3, "READS": Bits(0b101, 3), "COMPLETES": Bits(0b110, 3)},
        cycles=12,
        any_state=True,
        label="all-wait",
    ),
    ProofCase(
        "bxnn_frame_sequencer",
        {"BEATS": 3, "STARTS": Integers.of(0, 1, 2, 3, 4)},
        cycles=10,
        any_state=True,
        assumed={"SEGMENTS": 5, "LONGEST": 2},
        label="three",
    ),
    ProofCase(
        "bxnn_frame_sequencer",
        {"BEATS": 1, "STARTS": Integers.of(0, 2)},
        cycles=8,
        any_state=True,
        assumed={"SEGMENTS": 2, "LONGEST": 2},
        label="one",
    ),
    ProofCase(
        "bxnn_frame_collector",
        {"ROWS": 2, "COLUMNS": 3, "WORD_PIXELS": 2, "PIXEL_BITS": 1},
        cycles=10,
        any_state=True,
    ),
)

IMAGE_CASES = (
    ProofCase(
        "bxnn_line_buffer",
        {"ROWS": 2, "WORDS": 2, "WORD_BITS": 2, "BLOCK_RAM": 1, "MAX_FANOUT": 1},
        cycles=9,
        any_state=True,
    ),
    # Windows of 2 x 3 on an image of 2 x 3 with a border of 1, two outputs to a tile.
    ProofCase(
        "bxnn_window_former",
        {
            **{"BUFFER_ROWS": 3, "WORDS": 2, "WORD_PIXELS": 2, "PIXEL_BITS": 1, "ROWS": 2, "COLUMNS": 4},
            **{"WINDOW_WORDS": 3, "LEAD": 1, "FIRST_WORD": 0, "READS": 2, "ROW_STEP": 1, "ROWS_BEFORE": 1},
            **{"TILE_ROWS": 3, "TILE_COLUMNS": 2, "MAX_FANOUT": 2},
            "ROW_MASK": Bits.packed((0, 1, 1, 1, 1, 0), 1),
            "COLUMN_MASK": Bits.packed((0, 1, 1, 1, 1, 1, 0, 0), 1),
        },
        cycles=9,
        any_state=True,
        assumed={
            **{"IMAGE_ROWS": 2, "IMAGE_COLUMNS": 3, "COLUMN_STEP": 2, "COLUMNS_BEFORE": 1, "TOTAL": 7},
            "COMPLETES": Bits(0b1111110, 7),
        },
    ),
)

BUFFER_CASES = (
    ProofCase("bxnn_history", {"CHANNELS": 2, "DEPTH": 3, "WIDTH": 1}, cycles=9, any_state=True, label="channels"),
    ProofCase("bxnn_history", {"CHANNELS": 1, "DEPTH": 2, "WIDTH": 2}, cycles=7, any_state=True, label="one"),
    ProofCase(
        "bxnn_axis_entry",
        {"BEATS": 2, "WIDTH": 2, "USER_BITS": 1, "SPACING": 3, "DEPTH": 2},
        cycles=12,
        any_state=True,
        label="beats",
    ),
    ProofCase(
        "bxnn_axis_entry",
        {"BEATS": 1, "WIDTH": 2, "USER_BITS": 1, "SPACING": 1, "DEPTH": 1},
        cycles=8,
        any_state=True,
        label="one",
    ),
    ProofCase(
        "bxnn_axis_exit",
        {"BEATS": 2, "WIDTH": 2, "USER_BITS": 1, "DEPTH": 2},
        cycles=10,
        any_state=True,
        label="beats",
    ),
    ProofCase(
        "bxnn_axis_exit",
        {"BEATS": 1, "WIDTH": 1, "USER_BITS": 1, "DEPTH": 3},
        cycles=10,
        any_state=True,
        label="one",
    ),
)

STREAM_CASES = (*FRAME_CASES, *IMAGE_CASES, *BUFFER_CASES)
