"""Number formats: the ap_fixed notation, code ranges, and the narrowest format of a range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat, parse_type
from tests.ir.strategies import formats


@pytest.mark.parametrize(
    ("text", "signed", "integer_bits", "fraction_bits", "modes"),
    [
        ("fixed<8,4>", True, 3, 4, ()),
        ("ufixed<6,0>", False, 0, 6, ()),
        ("fixed<8,4,RND_CONV,SAT>", True, 3, 4, ("RND_CONV", "SAT")),
        (" ufixed < 4 , -2 , TRN > ", False, -2, 6, ("TRN",)),
        ("fixed<4,8>", True, 7, -4, ()),
        ("fixed<1,1>", True, 0, 0, ()),
    ],
)
def test_a_type_is_read_as_ap_fixed_means_it(
    text: str, signed: bool, integer_bits: int, fraction_bits: int, modes: tuple[str, ...]
) -> None:
    assert parse_type(text) == (FixedFormat(signed, integer_bits, fraction_bits), modes)


@given(formats())
def test_printing_and_reading_are_inverse(number_format: FixedFormat) -> None:
    assert parse_type(str(number_format)) == (number_format, ())


@pytest.mark.parametrize("text", ["fixed<8>", "fixed<8,4", "int8", "fixed<8,4,>", "fixed<-1,4>", "", "fixed<8,4;SAT>"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_type(text)
    assert str(caught.value) == f"type {text!r}: is not fixed<W,I[,ROUNDING[,OVERFLOW]]> or ufixed<...>"


@pytest.mark.parametrize("width", [0, MAX_BITS + 1])
def test_a_width_out_of_range_is_refused(width: int) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_type(f"fixed<{width},1>")
    assert str(caught.value) == f"type 'fixed<{width},1>': width {width} is not in 1..62"
    with pytest.raises(ConfigError) as caught:
        FixedFormat(False, width, 0)
    assert str(caught.value) == f"format with {width} bits: a format has 1 to 62 bits"


@given(formats())
def test_low_and_high_are_the_ends_of_the_codes(number_format: FixedFormat) -> None:
    assert number_format.high - number_format.low + 1 == 2**number_format.bits
    assert (number_format.low < 0) == number_format.signed


@given(st.integers(-(2**61), 2**61 - 1), st.integers(-(2**61), 2**61 - 1), st.integers(-40, 40))
def test_covering_is_the_narrowest_format_that_holds_a_range(first: int, second: int, fraction_bits: int) -> None:
    low, high = sorted((first, second))
    found = FixedFormat.covering(low, high, fraction_bits)
    assert found.low <= low and high <= found.high and found.fraction_bits == fraction_bits
    assert found.signed == (low < 0)
    if found.bits > 1:
        narrower = FixedFormat(found.signed, found.integer_bits - 1, fraction_bits)
        assert low < narrower.low or narrower.high < high


@given(st.booleans(), st.integers(1, 9), st.integers(-3, 12))
def test_addresses_are_codes_in_twos_complement(signed: bool, bits: int, fraction_bits: int) -> None:
    own = FixedFormat(signed, bits - signed - fraction_bits, fraction_bits)
    codes = own.by_address.tolist()
    assert sorted(codes) == list(range(own.low, own.high + 1)) and [code % (1 << bits) for code in codes] == sorted(
        code % (1 << bits) for code in codes
    )


def test_a_range_of_zero_has_one_bit() -> None:
    assert FixedFormat.covering(0, 0, 3) == FixedFormat(False, -2, 3)
    assert FixedFormat.covering(-1, 0, 0) == FixedFormat(True, 0, 0)
    assert FixedFormat.covering(-8, -8, 0) == FixedFormat(True, 3, 0)
