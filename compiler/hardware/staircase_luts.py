"""LUTs and registers of `staircase_lanes.vhd`, from its thresholds: comparisons and exclusive ors of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxnn.compiler.hardware.fabric import LUT_INPUTS
from bxnn.compiler.numeric.integers import ceil_div

# By a fit to syntheses of 27 staircases of 1 to 31 drawn thresholds on codes of 9 to 20 bits (four of each) and of the
# 300 thresholds of a trained network; tests/vhdl/test_staircase_costs.py judges it on others.
_FOR_COMPARISON = 0.478  # of a part of the code with a constant; thresholds share some
_FOR_BIT = 0.182  # of a threshold
_FOR_RESULT = -1.072  # the last LUT of a bit of the result is counted with the comparisons
# If comparisons have registers, by a fit to syntheses of staircases of 2 to 255 thresholds on codes of 4 to 20 bits.
_FOR_PART = 0.462
_FOR_BIT_APART = 0.149
_IN_ONE_LUT = 1.2  # a comparison of few bits, with its share in inverters
_FOR_COUNT = 0.781  # of a LUT of an exclusive or of registers
_COUNTED = 5  # registers that one more LUT counts
_OF_ONE_MORE = 4.5  # for any function of one bit more than a LUT has inputs


def staircase_luts(
    thresholds: Sequence[int], base: int, step: int, bits: int, out_bits: int, registered: bool = False
) -> float:
    """LUTs of a lane.

    Args:
        thresholds: Counted from the lowest code, ascending; those outside its range cost nothing.
        base: Result below all of them.
        step: Added at each.
        bits: Of the code.
        out_bits: Of the result.
        registered: Whether every comparison has a register.
    """
    turned: dict[int, int] = {}  # bits of the result that change at a threshold
    for threshold, change in _changes(thresholds, base, step, bits, out_bits):
        turned[threshold] = turned.get(threshold, 0) ^ change
    results = {frozenset(at for at, change in turned.items() if change >> place & 1) for place in range(out_bits)}
    results.discard(frozenset())
    compared: set[tuple[int, int]] = set()
    for threshold in turned:
        _compare(threshold, bits, 0, compared)
    bits_compared = bits * sum(threshold != 1 << (bits - 1) for threshold in turned)
    if registered:
        found = sum(ceil_div(len(counted) - 1, _COUNTED) for counted in results)
        apart = _FOR_PART * len(compared) + _FOR_BIT_APART * bits_compared
        if bits <= LUT_INPUTS:
            apart = _IN_ONE_LUT * len(compared)
        return apart + _FOR_COUNT * found
    results.discard(frozenset({1 << (bits - 1)}))  # the sign alone
    if bits <= LUT_INPUTS:
        return len(results)
    luts = _FOR_COMPARISON * len(compared) + _FOR_BIT * bits_compared + _FOR_RESULT * len(results)
    most = _OF_ONE_MORE * len(results) if bits == LUT_INPUTS + 1 else luts
    return max(min(luts, most), float(len(results)))


def staircase_flip_flops(thresholds: Sequence[int], base: int, step: int, bits: int, out_bits: int) -> int:
    """Registers of a lane's comparisons: one for every threshold that changes a result; see ``staircase_luts``."""
    return len({threshold for threshold, _ in _changes(thresholds, base, step, bits, out_bits)})


def _changes(thresholds: Sequence[int], base: int, step: int, bits: int, out_bits: int) -> Iterator[tuple[int, int]]:
    """Thresholds that some codes reach, and which bits of the result change there: some do."""
    for reached, threshold in enumerate(thresholds):
        change = ((base + reached * step) ^ (base + (reached + 1) * step)) & ((1 << out_bits) - 1)
        if change and 0 < threshold < 1 << bits:
            yield threshold, change


def _compare(threshold: int, bits: int, place: int, found: set[tuple[int, int]]) -> None:
    """Finds the parts of a comparison that fit in LUTs: the place of the part, and what it is compared with there."""
    if not 0 < threshold < 1 << bits:
        return  # always or never reached
    if bits <= LUT_INPUTS:
        if threshold != 1 << (bits - 1):  # the highest bit decides
            found.add((place, threshold))
        return
    low = bits // 2
    high, rest = threshold >> low, threshold & ((1 << low) - 1)
    _compare(high, bits - low, place + low, found)
    if rest:
        _compare(high + 1, bits - low, place + low, found)
        _compare(rest, low, place, found)
