"""VHDL literals contain the codes from which they were made."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.backend.vhdl.vhdl_literals import bit_vector, integers, packed, rows, signed_literal
from bxnn.compiler.numeric.tensor import Int
from tests.backend.read_back import read_bits, read_rows

WIDTHS = st.integers(1, 64)


@st.composite
def codes_of_width(draw: st.DrawFn, rows_too: bool = False) -> tuple[Int, int]:
    bits = draw(WIDTHS)
    code = st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    size = draw(st.integers(1, 40))
    count = draw(st.integers(1, 4)) if rows_too else 1
    found = [draw(st.lists(code, min_size=size, max_size=size)) for _ in range(count)]
    return np.array(found if rows_too else found[0], np.int64), bits


@given(codes_of_width())
def test_element_0_is_in_the_least_significant_bits(case: tuple[Int, int]) -> None:
    codes, bits = case
    expected = sum((int(code) % 2**bits) << (bits * index) for index, code in enumerate(codes))
    assert packed(codes, bits) == expected
    text = bit_vector(codes, bits, "      ")
    assert read_bits(text) == (expected, bits * codes.size)
    assert all(len(line) <= 110 for line in text.splitlines())


@given(codes_of_width(rows_too=True))
def test_rows_round_trip(case: tuple[Int, int]) -> None:
    table, bits = case
    text = rows(table, bits, [f"row {index}" for index in range(len(table))])
    assert np.array_equal(read_rows(text, table.shape[1], bits), table)
    assert re.findall(r"-- row (\d+)", text) == [str(index) for index in reversed(range(len(table)))]


@given(st.lists(st.integers(-1, 999), min_size=1, max_size=50))
def test_integers_round_trip(values: list[int]) -> None:
    text = integers(np.array(values, np.int64))
    assert [int(number) for number in re.findall(r"-?\d+", text.replace("0 =>", ""))] == values
    assert ("0 =>" in text) == (len(values) == 1), "one value needs named association"


@pytest.mark.parametrize(
    ("value", "bits", "text"), [(-1, 7, '7x"7F"'), (31, 7, '7x"1F"'), (0, 1, '1x"0"'), (-8, 4, '4x"8"')]
)
def test_a_number_in_twos_complement(value: int, bits: int, text: str) -> None:
    assert signed_literal(value, bits) == text
