"""Constants: exact codes of floats, grids, widths."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from tests.ir.strategies import real

CODE_LISTS = st.lists(st.integers(-(2**30), 2**30), min_size=1, max_size=6)


def exact(tensor: FixedTensor) -> list[Fraction]:
    return [real(int(code), tensor.fraction_bits) for code in tensor.codes.ravel()]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_from_real_keeps_every_value_on_the_coarsest_grid(values: list[float]) -> None:
    try:
        tensor = FixedTensor.from_real(np.array(values, np.float32))
    except OverflowError:
        nonzero = [Fraction(value) for value in values if value]
        finest = max(value.denominator.bit_length() for value in nonzero)
        assert max(abs(value) for value in nonzero) * 2**finest >= 2**60
        return
    assert exact(tensor) == [Fraction(value) for value in values]
    assert not tensor.codes.any() or (tensor.codes % 2).any()


@given(CODE_LISTS, st.integers(-20, 20))
def test_reduced_keeps_values_on_the_coarsest_grid(codes: list[int], fraction_bits: int) -> None:
    tensor = FixedTensor(np.array(codes, np.int64), fraction_bits)
    reduced = tensor.reduced()
    assert exact(reduced) == exact(tensor)
    assert reduced.fraction_bits <= fraction_bits
    assert not reduced.codes.any() or (reduced.codes % 2).any()


@given(CODE_LISTS, st.integers(-20, 20), st.integers(0, 31))
def test_aligned_keeps_values_on_a_finer_grid(codes: list[int], fraction_bits: int, grow: int) -> None:
    tensor = FixedTensor(np.array(codes, np.int64), fraction_bits)
    if tensor.bits + grow > 62:
        return
    finer = tensor.aligned(fraction_bits + grow)
    assert exact(finer) == exact(tensor) and finer.fraction_bits == fraction_bits + grow


def test_aligned_refuses_what_int64_cannot_hold() -> None:
    with pytest.raises(OverflowError):
        FixedTensor(np.array([3]), 0).aligned(60)
    assert FixedTensor(np.array([0]), 5).aligned(200).fraction_bits == 200


@given(CODE_LISTS)
def test_bits_is_the_width_of_the_narrowest_signed_code(codes: list[int]) -> None:
    bits = FixedTensor(np.array(codes, np.int64), 0).bits
    assert all(-(2 ** (bits - 1)) <= code < 2 ** (bits - 1) for code in codes)
    assert bits == 2 or any(not -(2 ** (bits - 2)) <= code < 2 ** (bits - 2) for code in codes)


def test_values_are_the_codes_on_their_grid() -> None:
    assert FixedTensor(np.array([[1, -3]]), -2).values.tolist() == [[4.0, -12.0]]
    assert FixedTensor(np.zeros(0, np.int64), 3).bits == 2


def test_a_tensor_of_a_range_has_the_narrowest_format() -> None:
    tensor = Tensor.of_range(np.array([-3, 0]), np.array([5, 9]), 2)
    assert tensor.format == FixedFormat(True, 2, 2)
    assert (tensor.shape, tensor.size, tensor.bits) == ((2,), 2, 5)
    assert tensor.reshaped((2, 1)).low.tolist() == [[-3], [0]]
