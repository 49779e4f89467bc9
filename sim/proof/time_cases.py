"""Cases of the entities that hold and delay: registers, ROMs, counters, what collects and sends events."""

from __future__ import annotations

from bxnn.sim.proof.generic_value import Bits
from bxnn.sim.proof.proof_case import ProofCase

_LONG_SEQUENCE = Bits(0x2A5A5123456789ABC, 66)  # two pages of 64 steps

REGISTER_CASES = (
    ProofCase("bxnn_replica", {"WIDTH": 3}, any_state=True),
    ProofCase("bxnn_replica_port", {"WIDTH": 3}, any_state=True),
    ProofCase("bxnn_result_register", {"BITS": 3}, any_state=True),
    ProofCase("bxnn_result_register", {"BITS": 6, "WORDS": 3, "ENABLE_COUNT": 2}, any_state=True, label="copies"),
    ProofCase("bxnn_replica_choice", {"WORDS": 3, "WIDTH": 2}, label="three"),
    ProofCase("bxnn_replica_choice", {"WORDS": 4, "WIDTH": 2}, label="four"),
    *(
        ProofCase("bxnn_choice_tree", {"CHOICES": n, "BITS": 2, "NUMBER_BITS": bits}, label=f"{n}-{bits}")
        for n, bits in ((1, 1), (2, 1), (4, 3), (11, 4), (17, 5))
    ),
    ProofCase("bxnn_replica_page", {"WORDS": 5, "WIDTH": 3, "CONTENTS": Bits.packed((3, 5, 0, 6, 1), 3)}),
    ProofCase("bxnn_replica_table", {"WORDS": 70, "WIDTH": 1, "CONTENTS": Bits(0x2A5A5123456789ABCD, 70)}),
    *(ProofCase("bxnn_set_choice", {"SETS": n}, any_state=True, label=f"{n}") for n in (2, 5)),
    ProofCase("bxnn_delay_line", {"WIDTH": 2, "CYCLES": 3}, any_state=True, label="three"),
    ProofCase("bxnn_delay_line", {"WIDTH": 2, "CYCLES": 0}, label="wire"),
    ProofCase("bxnn_valid_delay", {"CYCLES": 4}, any_state=True, label="four"),
    ProofCase("bxnn_valid_delay", {"CYCLES": 0}, label="wire"),
    *(
        ProofCase("bxnn_valid_copies", {"CYCLES": n, "COPIES": 5, "MAX_FANOUT": 2}, any_state=True, label=f"{n}")
        for n in (1, 2, 4)
    ),
    ProofCase("bxnn_latency_padding", {"WIDTH": 2, "CYCLES": 5, "SPACING": 3, "HELD": False}, label="long"),
    ProofCase("bxnn_latency_padding", {"WIDTH": 2, "CYCLES": 2, "SPACING": 3, "HELD": False}, label="short"),
    ProofCase("bxnn_latency_padding", {"WIDTH": 2, "CYCLES": 2, "SPACING": 3, "HELD": True}, label="held"),
    *(
        ProofCase("bxnn_reset_adapter", {"ACTIVE_LOW": low, "ASYNCHRONOUS": other}, label=f"{int(low)}{int(other)}")
        for low in (False, True)
        for other in (False, True)
    ),
    ProofCase("bxnn_held_check", {"CYCLES": 3, "WIDTH": 2}, leaves_nothing=True),
)

COUNTER_CASES = (
    ProofCase("bxnn_phase_sequencer", {"PHASES": 5, "TAPS": 3, "COPIES": 2}, any_state=True, label="copies"),
    ProofCase(
        "bxnn_phase_sequencer",
        {"PHASES": 3, "TAPS": 2, "COPIES": 3, "VALID_COUNT": 2},
        any_state=True,
        label="valids",
    ),
    ProofCase("bxnn_phase_sequencer", {"PHASES": 1, "TAPS": 2, "COPIES": 2}, any_state=True, label="one"),
    ProofCase("bxnn_phase_sequencer", {"PHASES": 40, "TAPS": 2, "COPIES": 1}, any_state=True, label="pages"),
    *(ProofCase("bxnn_phase_step", {"PHASES": n}, label=f"{n}") for n in (33, 64, 65, 100, 128, 129, 300, 784, 1024)),
    *(ProofCase("bxnn_cyclic_counter", {"COUNT": n}, any_state=True, label=f"{n}") for n in (1, 2, 5)),
    *(ProofCase("bxnn_spacing_check", {"CYCLES": n}, any_state=True, label=f"{n}") for n in (1, 2, 4)),
    *(
        ProofCase("bxnn_turns", {"TURNS": turns, "SPACING": spacing, "WIDTH": 2}, label=f"{turns}x{spacing}")
        for turns, spacing in ((3, 2), (2, 1))
    ),
    ProofCase("bxnn_bit_sequence", {"STEPS": 5, "BITS": Bits(0b10110, 5)}, any_state=True, label="five"),
    ProofCase("bxnn_bit_sequence", {"STEPS": 66, "BITS": _LONG_SEQUENCE}, cycles=68, label="pages"),
)

ROM_CASES = (
    ProofCase(
        "bxnn_replica_rom",
        {"DEPTH": 3, "WIDTH": 2, "CONTENTS": Bits.packed((1, 2, 0), 2)},
        any_state=True,
        label="three",
    ),
    ProofCase(
        "bxnn_replica_rom",
        {"DEPTH": 5, "WIDTH": 2, "EARLY": 1, "CONTENTS": Bits.packed((1, 2, 0, 3, 1), 2)},
        any_state=True,
        label="early",
    ),
    ProofCase(
        "bxnn_replica_rom",
        {"DEPTH": 66, "WIDTH": 1, "CONTENTS": _LONG_SEQUENCE},
        cycles=72,
        label="pages",
        nightly=True,
    ),
    ProofCase("bxnn_replica_place", {"SETS": 3, "DEPTH": 5, "EARLY": 1}, any_state=True, label="early"),
    ProofCase("bxnn_replica_place", {"SETS": 2, "DEPTH": 1}, any_state=True, label="one"),
    ProofCase("bxnn_replica_place", {"SETS": 2, "DEPTH": 66}, cycles=72, label="many"),
    ProofCase(
        "bxnn_replica_sets",
        {"SETS": 3, "DEPTH": 3, "WIDTH": 2, "CONTENTS": Bits.packed((1, 2, 0, 3, 1, 0, 2, 2, 3), 2)},
        any_state=True,
        label="three",
    ),
    ProofCase(
        "bxnn_replica_sets",
        {"SETS": 70, "DEPTH": 1, "WIDTH": 1, "CONTENTS": Bits(0x2A5A5123456789ABCD, 70)},
        any_state=True,
        label="pages",
    ),
    ProofCase(
        "bxnn_weight_rom",
        {
            **{"DEPTH": 3, "WIDTH": 4, "COUNTER_REGISTERS": 1, "READERS": 1, "EARLY": 1},
            "CONTENTS": Bits.packed((0b0111, 0b1001, 0b1001), 4),  # bit 0 never changes, bits 1 and 2 are equal
        },
        any_state=True,
        label="copies",
    ),
    ProofCase(
        "bxnn_weight_rom",
        {
            **{"DEPTH": 3, "WIDTH": 4, "COUNTER_REGISTERS": 1, "READERS": 1, "VALID_COUNT": 2},
            "CONTENTS": Bits.packed((0b0111, 0b1001, 0b1001), 4),
        },
        any_state=True,
        label="valids",
    ),
    ProofCase(
        "bxnn_weight_rom",
        {"DEPTH": 4, "WIDTH": 3, "CONTENTS": Bits.packed((1, 4, 2, 7), 3)},
        any_state=True,
        label="shared",
    ),
    ProofCase("bxnn_weight_rom", {"DEPTH": 1, "WIDTH": 3, "CONTENTS": Bits(5, 3)}, any_state=True, label="constant"),
)

EVENT_CASES = (
    ProofCase("bxnn_serial_to_parallel", {"LANES": 2, "PHASES": 3, "BITS": 2}, label="three"),
    ProofCase("bxnn_serial_to_parallel", {"LANES": 2, "PHASES": 1, "BITS": 2}, label="one"),
    *(
        ProofCase(
            "bxnn_serial_to_parallel",
            {"LANES": 2, "PHASES": phases, "BITS": 2, "VALID_COUNT": 3, "MAX_FANOUT": 2},
            label=f"valids-{phases}",
        )
        for phases in (1, 3)
    ),
    ProofCase(
        "bxnn_parallel_to_serial", {"INPUTS": 6, "LANES": 2, "PHASES": 3, "BITS": 2, "MAX_FANOUT": 1}, label="three"
    ),
    ProofCase("bxnn_parallel_to_serial", {"INPUTS": 18, "LANES": 1, "PHASES": 18, "BITS": 1}, label="groups"),
    ProofCase(
        "bxnn_parallel_to_serial",
        {"INPUTS": 18, "LANES": 1, "PHASES": 18, "BITS": 1, "MAX_FANOUT": 1, "VALID_COUNT": 2},
        label="valids",
    ),
    *(
        ProofCase(
            "bxnn_running_max",
            {"LANES": 2, "SLOTS": slots, "ROUNDS": rounds, "BITS": 2, "SIGNED_CODES": sign, "HELD": held},
            label=f"{slots}x{rounds}-{'held' if held else 'serial'}",
        )
        for slots, rounds, sign, held in ((2, 3, 1, 0), (1, 2, 0, 0), (2, 2, 0, 1), (1, 3, 1, 1))
    ),
)

TIME_CASES = (*REGISTER_CASES, *COUNTER_CASES, *ROM_CASES, *EVENT_CASES)
