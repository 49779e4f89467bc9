"""Frames to beats and back."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import DataError
from bxnn.compiler.hardware.port_interface import Port
from bxnn.sim.beat_packing import BeatPacker
from bxnn.sim.bench.bits import BeatVectors
from tests.bench.small_designs import PAIR, image_beats

# Two rows of three pixels with one channel, two pixels per beat.
BEATS = ((0, 1), (2, -1), (3, 4), (5, -1))
PORT = Port("x", "in_valid", "in_data", 6, 4, True, "in_first", BEATS)
PACKER = BeatPacker(PORT, (2, 3, 1))
IMAGES = np.array([[1, 2, 3, 4, 5, 6], [-1, -2, -3, -4, -5, -8]]).reshape(2, 2, 3, 1)


def test_pixel_0_is_in_the_least_significant_bits() -> None:
    assert image_beats(2, 3, 1, 2) == BEATS
    assert PACKER.pack(IMAGES) == [[0x21, 0x3, 0x54, 0x6], [0xEF, 0xD, 0xBC, 0x8]]
    assert (PACKER.beats, PACKER.width) == (4, 8)


def test_ignored_lanes_may_hold_anything() -> None:
    beats = [0x21, 0xA3, 0x54, 0x76]
    assert np.array_equal(PACKER.unpack(beats), IMAGES[:1])


@given(st.data())
@settings(derandomize=True, deadline=None, max_examples=50)
def test_round_trip(data: st.DataObject) -> None:
    height, width, channels, pixels = (data.draw(st.integers(1, most)) for most in (4, 5, 3, 6))
    bits, signed = data.draw(st.integers(1, 62)), data.draw(st.booleans())
    beats = image_beats(height, width, channels, pixels)
    port = Port("x", "v", "d", height * width * channels, bits, signed, "f", beats)
    low = -(1 << (bits - 1)) if signed else 0
    code = st.integers(low, low + (1 << bits) - 1)
    codes = np.array(data.draw(st.lists(code, min_size=2 * port.elements, max_size=2 * port.elements)), np.int64)
    images = codes.reshape(2, height, width, channels)
    packer = BeatPacker(port, (height, width, channels))
    frames = packer.pack(images)
    assert [len(frame) for frame in frames] == [len(beats)] * 2
    assert np.array_equal(packer.unpack([*frames[0], *frames[1]]), images)
    sent = [int(beat, 2) for event in range(2) for beat in BeatVectors(port, codes.reshape(2, -1)).beats(event)]
    assert np.array_equal(packer.unpack(sent), images)


def test_the_bench_fills_ignored_lanes_with_random_bits() -> None:
    vectors = BeatVectors(PORT, np.zeros((40, 6), np.int64))
    ignored = [vectors.beats(event)[1][:4] for event in range(40)]
    assert len(set(ignored)) > 8
    assert {vectors.beats(event)[1][4:] for event in range(40)} == {"0000"}
    assert vectors.beats(3) == vectors.beats(3)


FIRSTS = [True, False, False, False]
NOT_WHOLE: list[tuple[int, list[bool] | None, str]] = [
    (
        7,
        None,
        "frame 1 has 3 beats (from beat 4 on), but a frame of shape 2 x 3 x 1 has 4; send every frame whole, or leave "
        "it out",
    ),
    (
        11,
        [*FIRSTS, *FIRSTS[:3], *FIRSTS],
        "frame 1 has 3 beats (from beat 4 on), but a frame of shape 2 x 3 x 1 has 4; send every frame whole, or leave "
        "it out",
    ),
    (
        9,
        [*FIRSTS, False, *FIRSTS],
        "frame 0 has 5 beats (from beat 0 on), but a frame of shape 2 x 3 x 1 has 4; send every frame whole, or leave "
        "it out",
    ),
    (6, [False, False, *FIRSTS], "has 2 beats before the first mark; give frames"),
    (2, [False, False], "has 2 beats before the first mark; give frames"),
    (4, [True], "has 1 mark of first beats for 4 beats; give one for each"),
]


@pytest.mark.parametrize(("beats", "first", "problem"), NOT_WHOLE)
def test_frames_whose_beats_do_not_add_up_are_refused(beats: int, first: list[bool] | None, problem: str) -> None:
    with pytest.raises(DataError, match=f"^x: {re.escape(problem)}$"):
        PACKER.unpack([0] * beats, first)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match=r"^x: has 6 elements, but the vectors have 4$"):
        PACKER.pack(np.zeros((1, 4), np.int64))
    with pytest.raises(DataError, match=r"^x: takes codes from -8 to 7, but the vectors reach 0 to 8$"):
        PACKER.pack(np.array([[0, 0, 0, 0, 0, 8]]))
    with pytest.raises(DataError, match=r"^x: beat 1 is 256, but in_data has 8 bits$"):
        PACKER.unpack([0, 256, 0, 0])
    problem = "is frame-parallel; all its elements arrive in one cycle, not in beats"
    with pytest.raises(DataError, match=f"^a: {re.escape(problem)}$"):
        BeatPacker(PAIR.interface.inputs[0])
