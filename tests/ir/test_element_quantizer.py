"""Quantizers per element against a separate quantizer for each element's format, over all codes."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import code_bits
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from tests.ir.strategies import CARRIERS, formats, integers, quantized, real

SOURCES = formats(8, (-4, 6))


@st.composite
def cases(draw: st.DrawFn) -> tuple[ElementQuantizer, list[FixedQuantizer | None]]:
    """A quantizer of three elements, and one per element with its definition; ``None`` is an element without bits."""
    rounding, overflow = draw(st.sampled_from(Rounding)), draw(st.sampled_from(Overflow))
    own = draw(st.lists(st.none() | formats(8, (-3, 6)), min_size=3, max_size=3))
    single = [None if f is None else FixedQuantizer(f, rounding, overflow) for f in own]
    columns = [(0, 0, 0) if q is None else (q.format.fraction_bits, q.low, q.high) for q in single]
    wraps = overflow is Overflow.WRAP
    return ElementQuantizer.of_columns(np.array(columns, np.int64).T, rounding, wraps, draw(st.booleans())), single


def defined(value: Fraction, quantizer: ElementQuantizer, single: FixedQuantizer | None) -> Fraction:
    """The value after the quantizer of one element."""
    if single is None:
        return Fraction(0)
    code = quantized(max(value, Fraction(0)) if quantizer.rectified else value, single)
    return real(code, single.format.fraction_bits)


@settings(max_examples=100)
@given(cases(), SOURCES)
def test_every_element_is_quantized_in_its_own_format(
    case: tuple[ElementQuantizer, list[FixedQuantizer | None]], source: FixedFormat
) -> None:
    quantizer, single = case
    codes = np.repeat(np.arange(source.low, source.high + 1)[:, np.newaxis], 3, axis=1)
    expected = [
        defined(real(int(code), source.fraction_bits), quantizer, own)
        for row in codes
        for code, own in zip(row, single, strict=True)
    ]
    for carrier in CARRIERS:
        found = quantizer.evaluate(codes.astype(carrier), source.fraction_bits)
        assert found.dtype == carrier
        assert [real(code, quantizer.format.fraction_bits) for code in integers(found)] == expected, carrier


@settings(max_examples=100)
@given(cases(), SOURCES, st.data())
def test_ranges_are_exact_or_the_format_and_zeros_are_zero(
    case: tuple[ElementQuantizer, list[FixedQuantizer | None]], source: FixedFormat, data: st.DataObject
) -> None:
    quantizer, single = case
    ends = [data.draw(st.tuples(*2 * [st.integers(source.low, source.high)])) for _ in range(3)]
    low, high = (np.array([f(end) for end in ends], np.int64) for f in (min, max))
    tensor = quantizer.infer(Tensor(source, low, high))
    for element, own in enumerate(single):
        codes = np.zeros((int(high[element] - low[element]) + 1, 3), np.int64)
        codes[:, element] = np.arange(low[element], high[element] + 1)
        results = quantizer.evaluate(codes, source.fraction_bits)[:, element]
        assert tensor.low[element] <= results.min() and results.max() <= tensor.high[element]
        zeros = 0 if tensor.zeros is None else int(tensor.zeros[element])
        assert not (results & ((1 << zeros) - 1)).any()
        assert int(tensor.low[element]) % (1 << zeros) == int(tensor.high[element]) % (1 << zeros) == 0
        bits = code_bits(int(tensor.low[element]) >> zeros, int(tensor.high[element]) >> zeros)
        assert own is None or bits <= own.format.bits
        if own is None:
            assert (tensor.low[element], tensor.high[element]) == (0, 0)
    if quantizer.overflow_behaviour(Tensor(source, low, high)) is OverflowBehaviour.PROVEN:
        ends_after = (quantizer.evaluate(codes, source.fraction_bits) for codes in (low, high))
        assert [codes.tolist() for codes in ends_after] == [tensor.low.tolist(), tensor.high.tolist()]


@settings(max_examples=100)
@given(cases(), SOURCES)
def test_bits_that_are_not_read_decide_nothing(
    case: tuple[ElementQuantizer, list[FixedQuantizer | None]], source: FixedFormat
) -> None:
    """Every result depends on the bits from the lowest read to the highest alone, and on none where nothing is read."""
    quantizer, _ = case
    codes = np.repeat(np.arange(source.low, source.high + 1)[:, np.newaxis], 3, axis=1)
    lowest, above = quantizer.bits_read(Tensor.of_format((3,), source))
    results, patterns = quantizer.evaluate(codes, source.fraction_bits), codes & ((1 << source.bits) - 1)
    for element in range(3):
        read = (patterns[:, element] & ((1 << above[element]) - 1)) >> lowest[element]
        for pattern in np.unique(read):
            assert len(np.unique(results[read == pattern, element])) == 1
        assert (above[element] > lowest[element]) or len(np.unique(results[:, element])) == 1


@settings(max_examples=100)
@given(cases(), st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_the_host_quantizes_reals_as_defined(
    case: tuple[ElementQuantizer, list[FixedQuantizer | None]], values: list[float]
) -> None:
    quantizer, single = case
    expected = [defined(Fraction(value), quantizer, own) for value, own in zip(values, single, strict=True)]
    found = quantizer.quantize_real(np.array([values]))
    assert [real(code, quantizer.format.fraction_bits) for code in integers(found)] == expected
    for carrier in CARRIERS[:2]:
        assert np.array_equal(quantizer.quantize_into(np.array([values]), carrier), found)


@settings(max_examples=60)
@given(cases(), SOURCES)
def test_ties_are_halves_between_codes(
    case: tuple[ElementQuantizer, list[FixedQuantizer | None]], source: FixedFormat
) -> None:
    quantizer, single = case
    codes = np.repeat(np.arange(source.low, source.high + 1)[:, np.newaxis], 3, axis=1)
    for row, found in zip(codes, quantizer.ties(codes, source.fraction_bits), strict=True):
        for code, own, tie in zip(row.tolist(), single, found.tolist(), strict=True):
            value = real(code, source.fraction_bits) * (Fraction(2) ** own.format.fraction_bits if own else 1)
            skipped = own is None or own.low == own.high or (quantizer.rectified and code < 0)
            assert tie is (not skipped and (2 * value).denominator == 1 and value.denominator == 2)


def test_codes_far_outside_saturate_without_overflow() -> None:
    columns = np.array([[18, -2, 16], [-8, 0, -(1 << 30)], [7, 3, (1 << 30) - 1]])
    codes = np.array([[-(1 << 61)] * 3, [(1 << 61) - 1] * 3])
    found = ElementQuantizer.of_columns(columns, Rounding.RND, False).evaluate(codes, 0)
    assert found.tolist() == [[-8, 0, -(1 << 32)], [7, 3 << 20, ((1 << 30) - 1) << 2]]


def test_one_format_repeated_is_the_quantizer_itself() -> None:
    single = FixedQuantizer(FixedFormat(True, 2, 3), Rounding.RND_CONV, Overflow.SAT_SYM)
    codes = np.arange(-200, 200).reshape(-1, 2, 2)
    repeated = ElementQuantizer.repeated(single, 2)
    assert repeated.format == single.format and repeated.overflow is Overflow.SAT
    assert np.array_equal(repeated.evaluate(codes, 5), single.evaluate(codes, 5))
