"""The scoreboard without a simulator."""

from __future__ import annotations

import numpy as np
import pytest

from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.sim.beat_packing import pack
from bxnn.sim.bench.bits import BitVectors, unpack
from bxnn.sim.bench.plan import Part
from bxnn.sim.bench.scoreboard import Scoreboard

PORT = Port("y", "out_valid", "out_data", 2, 4, True)
INTERFACE = Interface("net", ("net.vhd",), (Port("x", "in_valid", "in_data", 1, 4, True),), (PORT,), 5, 2)
CODES = np.array([[1, -2], [3, -4], [5, -6], [7, -8]], np.int64)


def board() -> Scoreboard:
    """A scoreboard that has seen reset in cycle 0; vector 0 is directed, 1 to 3 are the user's."""
    made = Scoreboard(INTERFACE, {"y": BitVectors(PORT, CODES)}, 1)
    made.reset(0)
    return made


def text(vector: int) -> str:
    return pack(CODES[vector : vector + 1], 4)


def send_and_see(made: Scoreboard) -> None:
    made.accepted(0, 1, Part.FIRST)
    for vector, cycle in ((1, 10), (2, 12), (3, 14)):
        made.accepted(vector, cycle, Part.BACK_TO_BACK)
    for vector, cycle in ((0, 6), (1, 15), (2, 17), (3, 19)):
        made.observed("y", cycle, text(vector))


def test_bits_have_element_0_in_the_least_significant_bits() -> None:
    assert text(0) == "1110" + "0001"
    assert unpack("1110" + "0001", PORT) == [1, -2]
    assert unpack("11U0" + "0001", PORT) == [1, "11U0"]
    assert BitVectors(PORT, np.tile(CODES, (100, 1)))[399] == text(3)


def test_bits_of_wide_codes() -> None:
    port = Port("y", "v", "d", 1, 63, True)
    for code in (-(1 << 62), (1 << 62) - 1, -1):
        assert unpack(pack(np.array([[code]]), 63), port) == [code]


def test_everything_as_predicted() -> None:
    made = board()
    send_and_see(made)
    findings = made.finish()
    assert findings.passed
    assert (findings.events, findings.directed_events, findings.received) == (3, 1, 4)
    assert (findings.latency_cycles, findings.initiation_interval) == (5, 2)
    assert findings.first_difference is None


def test_mismatches_of_directed_events_are_counted_apart() -> None:
    """Vector 0 is wrong, 1 never comes, 2 is right: one mismatch of the bench and one of the user."""
    made = board()
    made.accepted(0, 1, Part.FIRST)
    made.observed("y", 6, text(3))
    made.accepted(1, 10, Part.BACK_TO_BACK)
    made.accepted(2, 20, Part.BACK_TO_BACK)
    made.observed("y", 25, text(2))
    findings = made.finish()
    assert (findings.events, findings.directed_events) == (2, 1)
    assert (findings.mismatches, findings.directed_mismatches) == (2, 1)


def test_nothing_sent_is_no_success() -> None:
    assert not board().finish().passed


def test_wrong_bit_names_the_element() -> None:
    made = board()
    made.accepted(2, 3, Part.GAPS)
    made.observed("y", 8, pack(np.array([[5, -5]]), 4))
    findings = made.finish()
    assert (findings.mismatches, findings.received, findings.first_vector) == (1, 1, 2)
    assert findings.directed_mismatches == 0
    assert findings.first_difference == "output y, element 1, event 1 (with gaps), cycle 8: expected -6, got -5"


@pytest.mark.parametrize(("cycle", "latency"), [(7, 4), (9, 6)])
def test_one_cycle_off(cycle: int, latency: int) -> None:
    made = board()
    made.accepted(0, 3, Part.FIRST)
    made.observed("y", cycle, text(0))
    findings = made.finish()
    assert (findings.mismatches, findings.spurious, findings.latency_cycles) == (1, 1, latency)
    assert findings.first_difference == (
        "output y, directed event 0 (first event after reset): expected out_valid in cycle 8, "
        f"got it in cycle {cycle} (latency {latency}, predicted 5)"
    )


def test_dropped_event() -> None:
    made = board()
    made.accepted(0, 3, Part.FIRST)
    made.accepted(1, 5, Part.GAPS)
    made.observed("y", 8, text(0))
    findings = made.finish()
    assert (findings.mismatches, findings.received, findings.events) == (1, 1, 1)
    assert findings.first_difference == (
        "output y, event 0 (with gaps): expected out_valid in cycle 10, but it never came"
    )


def test_spurious_output() -> None:
    made = board()
    send_and_see(made)
    made.observed("y", 25, text(1))
    findings = made.finish()
    assert (findings.mismatches, findings.spurious, findings.passed) == (0, 1, False)
    assert findings.first_difference == ("output y, cycle 25: expected no out_valid, got one (25 cycles after a reset)")


def test_reset_swallows_what_is_in_flight_and_not_what_is_due() -> None:
    made = board()
    made.accepted(0, 1, Part.FIRST)
    made.accepted(1, 3, Part.RESET)
    made.reset(6)
    made.observed("y", 6, text(0))
    assert made.finish().passed
    made.observed("y", 8, text(1))
    findings = made.finish()
    assert findings.first_difference == ("output y, cycle 8: expected no out_valid, got one (2 cycles after a reset)")


def test_outputs_before_the_first_reset_mean_nothing() -> None:
    made = Scoreboard(INTERFACE, {"y": BitVectors(PORT, CODES)}, 1)
    made.reset(0)
    made.observed("y", 0, text(3))
    made.accepted(0, 1, Part.FIRST)
    made.observed("y", 6, text(0))
    assert made.finish().passed


def test_slower_than_promised() -> None:
    made = board()
    made.accepted(0, 1, Part.FIRST)
    made.observed("y", 6, text(0))
    for vector, cycle in ((1, 10), (2, 13)):
        made.accepted(vector, cycle, Part.BACK_TO_BACK)
        made.observed("y", cycle + 5, text(vector))
    findings = made.finish()
    assert findings.initiation_interval == 3
    assert findings.first_difference == "initiation interval: expected 2, got 3"
    assert not findings.passed
