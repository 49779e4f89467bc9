"""Element functions against their definition in exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from tests.ir.strategies import CARRIERS, formats, integers, quantized, quantizers, real

SOURCES = formats(9, (-4, 8))


def all_codes(source: FixedFormat) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(source.low, source.high + 1)


@settings(max_examples=120)
@given(quantizers(), SOURCES)
def test_a_quantizer_is_slope_scale_round_overflow(quantizer: FixedQuantizer, source: FixedFormat) -> None:
    codes = all_codes(source)
    expected = [quantized(real(int(code), source.fraction_bits), quantizer) for code in codes]
    for carrier in CARRIERS:
        found = quantizer.evaluate(codes.astype(carrier), source.fraction_bits)
        assert found.dtype == carrier
        assert integers(found) == expected, carrier


@settings(max_examples=80)
@given(quantizers(62), formats(62), st.data())
def test_a_quantizer_of_wide_codes(quantizer: FixedQuantizer, source: FixedFormat, data: st.DataObject) -> None:
    """Up to 62 bits, with binary points far apart: shifts that int64 could not hold saturate or wrap as defined."""
    code = data.draw(st.sampled_from([source.low, source.high, 0]) | st.integers(source.low, source.high))
    found = quantizer.evaluate(np.array([code], np.int64), source.fraction_bits)
    assert integers(found) == [quantized(real(code, source.fraction_bits), quantizer)]


@settings(max_examples=120)
@given(quantizers(62), st.floats(allow_nan=False, allow_infinity=False))
def test_the_host_quantizes_reals_as_defined(quantizer: FixedQuantizer, value: float) -> None:
    if abs(value) > 2.0**900 or 0 < abs(value) < 2.0**-900:
        return  # 2**fraction_bits times it exceeds the range of a double
    assert integers(quantizer.quantize_real(np.array([value]))) == [quantized(Fraction(value), quantizer)]


@settings(max_examples=120)
@given(quantizers(), st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_fast_path_of_the_host_is_the_same(quantizer: FixedQuantizer, value: float) -> None:
    values = np.array([value, np.nextafter(np.float32(-0.5 * quantizer.format.lsb), np.float32(0))], np.float32)
    slow = quantizer.quantize_real(values)
    for carrier in CARRIERS:
        with np.errstate(over="ignore"):
            fast = quantizer.quantize_into(values.astype(carrier if carrier.kind == "f" else np.float32), carrier)
        assert fast.dtype == carrier
        assert integers(fast) == integers(slow)


@settings(max_examples=80)
@given(quantizers(), SOURCES)
def test_ties_are_the_codes_between_two_results(quantizer: FixedQuantizer, source: FixedFormat) -> None:
    codes = all_codes(source)
    expected = []
    for code in codes:
        value = real(int(code), source.fraction_bits)
        value = value / 2**quantizer.slope_shift if value < 0 else value
        expected.append((value * Fraction(2) ** quantizer.format.fraction_bits).denominator == 2)
    assert quantizer.ties(codes, source.fraction_bits).tolist() == expected


@settings(max_examples=80)
@given(quantizers(), SOURCES, st.data())
def test_the_range_is_sound_and_attained(quantizer: FixedQuantizer, source: FixedFormat, data: st.DataObject) -> None:
    low, high = sorted(data.draw(st.tuples(*2 * [st.integers(source.low, source.high)])))
    tensor = Tensor(source, np.array([low]), np.array([high]))
    found, results = quantizer.infer(tensor), quantizer.evaluate(np.arange(low, high + 1), source.fraction_bits)
    assert found.format.low <= int(found.low[0]) <= results.min()
    assert results.max() <= int(found.high[0]) <= found.format.high
    behaviour = quantizer.overflow_behaviour(tensor)
    if behaviour is not OverflowBehaviour.WRAPS:
        assert (results.min(), results.max()) == (int(found.low[0]), int(found.high[0]))
    if behaviour is OverflowBehaviour.PROVEN:
        free = FixedQuantizer(FixedFormat(True, 40, quantizer.format.fraction_bits), quantizer.rounding, Overflow.SAT)
        wide = FixedQuantizer(free.format, free.rounding, free.overflow, slope_shift=quantizer.slope_shift)
        assert np.array_equal(results, wide.evaluate(np.arange(low, high + 1), source.fraction_bits))


def test_saturation_is_proven_away_only_by_the_range() -> None:
    quantizer = FixedQuantizer(FixedFormat(True, 0, 3), Rounding.RND_CONV, Overflow.SAT)
    fits = Tensor(FixedFormat(True, 3, 3), np.array([-8]), np.array([7]))
    exceeds = Tensor(FixedFormat(True, 3, 3), np.array([-8]), np.array([8]))
    assert quantizer.overflow_behaviour(fits) is OverflowBehaviour.PROVEN
    assert quantizer.overflow_behaviour(exceeds) is OverflowBehaviour.SATURATES
    wrapping = FixedQuantizer(quantizer.format, quantizer.rounding, Overflow.WRAP)
    assert wrapping.overflow_behaviour(exceeds) is OverflowBehaviour.WRAPS
    assert wrapping.infer(exceeds).low.tolist() == [-8]
    far = Tensor.of_format((1,), FixedFormat(True, 107, -100))
    assert wrapping.overflow_behaviour(far) is OverflowBehaviour.WRAPS


@settings(max_examples=80)
@given(
    SOURCES,
    st.sampled_from([None, 1, 2, 5]),
    st.none() | st.tuples(st.integers(1, 40), st.integers(-2, 6)),
)
def test_a_rectifier_loses_nothing(
    source: FixedFormat, slope_shift: int | None, maximum: tuple[int, int] | None
) -> None:
    rectifier, tensor = Rectifier(slope_shift, maximum), Tensor.of_format((1,), source)
    quantizer = rectifier.as_quantizer(tensor)
    for code in all_codes(source):
        value = real(int(code), source.fraction_bits)
        expected = value if value >= 0 else Fraction(0) if slope_shift is None else value / 2**slope_shift
        if maximum is not None:
            expected = min(expected, real(*maximum))
        (found,) = integers(quantizer.evaluate(np.array([code]), source.fraction_bits))
        assert real(found, quantizer.format.fraction_bits) == expected
    inferred = rectifier.infer(tensor)
    assert inferred.format == rectifier.output_format(tensor) == quantizer.format
    assert rectifier.overflow_behaviour(tensor) is OverflowBehaviour.PROVEN


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
def test_a_rectifier_is_the_quantizer_that_it_becomes(dtype: type) -> None:
    source = Tensor.of_format((3,), FixedFormat(True, 3, 2))
    codes: Codes = np.arange(source.format.low, source.format.high + 1).astype(dtype)
    for rectifier in (Rectifier(), Rectifier(2), Rectifier(None, (3, 1)), Rectifier(1, (13, 4))):
        found = rectifier.evaluate(codes, 2)
        assert found.dtype == dtype
        assert np.array_equal(found, rectifier.as_quantizer(source).evaluate(codes, 2))


@settings(max_examples=80)
@given(
    SOURCES,
    st.lists(st.tuples(st.integers(-300, 300), st.integers(-2, 12)), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_a_step_function_counts_the_thresholds_reached(
    source: FixedFormat, thresholds: list[tuple[int, int]], strict: list[bool]
) -> None:
    thresholds.sort(key=lambda pair: real(*pair))
    function = StepFunction(
        FixedFormat(True, 3, 0), tuple(thresholds), tuple(strict[: len(thresholds)]), base=-1, increment=2
    )
    codes = all_codes(source)
    expected = []
    for code in codes:
        value = real(int(code), source.fraction_bits)
        steps = [value > real(*t) if s else value >= real(*t) for t, s in zip(thresholds, strict, strict=False)]
        expected.append(-1 + 2 * sum(steps))
    for carrier in CARRIERS:
        assert integers(function.evaluate(codes.astype(carrier), source.fraction_bits)) == expected
    reals = np.ldexp(codes.astype(np.float64), -source.fraction_bits)
    assert integers(function.quantize_real(reals)) == expected
    inferred = function.infer(Tensor.of_format((1,), source))
    assert (int(inferred.low[0]), int(inferred.high[0])) == (min(expected), max(expected))


@pytest.mark.parametrize(
    ("low_code", "symmetric", "expected"), [(None, False, -4), (None, True, -3), (0, False, 0), (-2, True, -2)]
)
def test_the_lowest_code(low_code: int | None, symmetric: bool, expected: int) -> None:
    overflow = Overflow.SAT_SYM if symmetric else Overflow.SAT
    quantizer = FixedQuantizer(FixedFormat(True, 2, 0), Rounding.TRN, overflow, low_code)
    assert quantizer.low == expected


def test_functions_compare_by_value() -> None:
    functions: list[ElementFunction] = [Rectifier(), Rectifier(1), Rectifier(None, (6, 0))]
    assert len({str(function) for function in functions}) == 3
    assert Rectifier() == Rectifier(None, None)
