// requantize.h: a code moved to another binary point, rounded and brought into range; nothing is left to a default.
//
//   y = clip(round(x * 2**-SHIFT), LOW, HIGH), or the low bits of the rounded code for Overflow::WRAP
//
// A config C has SIZE, SHIFT (bits dropped; negative: bits appended), SLOPE_SHIFT (negative x is first multiplied by
// 2**-SLOPE_SHIFT), ROUNDING, OVERFLOW, LOW and HIGH. Names of the modes as in ap_fixed (UG1399).
#ifndef BXNN_REQUANTIZE_H
#define BXNN_REQUANTIZE_H

#include "select.h"

namespace bxnn {

enum class Rounding {
    TRN,        // toward minus infinity
    TRN_ZERO,   // toward zero
    RND,        // nearest, ties to plus infinity
    RND_CONV,   // nearest, ties to even
    RND_INF,    // nearest, ties away from zero
    RND_ZERO,   // nearest, ties toward zero
    RND_MIN_INF // nearest, ties to minus infinity
};

enum class Overflow { WRAP, SAT };

// 1 if the code above the floor is the rounded one, else 0; `rest` is what the floor has dropped, `half` half a code.
template <Rounding ROUNDING, class WIDE>
WIDE increment(WIDE floor, WIDE rest, WIDE half, WIDE x) {
#pragma HLS INLINE
    const WIDE zero = 0, one = 1, odd = floor & one;
    const auto above = rest > half, tie = rest == half, negative = x < zero;
    switch (ROUNDING) {
    case Rounding::TRN: return zero;
    case Rounding::TRN_ZERO: return select(negative & (rest != zero), one, zero);
    case Rounding::RND: return select(above | tie, one, zero);
    case Rounding::RND_CONV: return select(above, one, select(tie, odd, zero));
    case Rounding::RND_INF: return select(above, one, select(tie, select(negative, zero, one), zero));
    case Rounding::RND_ZERO: return select(above | (tie & negative), one, zero);
    case Rounding::RND_MIN_INF: return select(above, one, zero);
    }
    return zero;
}

// round(x * 2**-SHIFT). Shifts beyond the width of x or y are reduced to the smallest with the same result.
template <Rounding ROUNDING, int SHIFT, class WIDE, class X, class Y>
WIDE round_shift(X x) {
#pragma HLS INLINE
    const int GROW = SHIFT >= 0 ? 0 : -SHIFT > Y::width + 1 ? Y::width + 1 : -SHIFT;
    const int DROP = SHIFT <= 0 ? 0 : SHIFT > X::width + 1 ? X::width + 1 : SHIFT;
    const WIDE scaled = WIDE(x) << GROW;
    if (DROP == 0) {
        return scaled;
    }
    const WIDE floor = scaled >> DROP;
    const WIDE rest = scaled - (floor << DROP);
    const WIDE half = WIDE(1) << (DROP > 0 ? DROP - 1 : 0);
    return floor + increment<ROUNDING, WIDE>(floor, rest, half, WIDE(x));
}

template <class C, class Y, class X>
Y requantized(X x) {
#pragma HLS INLINE
    const int GROW = C::SHIFT >= 0 ? 0 : -C::SHIFT > Y::width + 1 ? Y::width + 1 : -C::SHIFT;
    const int BITS = X::width + GROW;
    typedef ap_int<(BITS > Y::width ? BITS : Y::width) + 2> wide_t;
    wide_t code = round_shift<C::ROUNDING, C::SHIFT, wide_t, X, Y>(x);
    if (C::SLOPE_SHIFT != 0) {
        const wide_t sloped = round_shift<C::ROUNDING, C::SHIFT + C::SLOPE_SHIFT, wide_t, X, Y>(x);
        code = select(wide_t(x) < wide_t(0), sloped, code);
    }
    if (C::OVERFLOW_MODE == Overflow::SAT) {
        const wide_t low = C::LOW, high = C::HIGH;
        code = select(code < low, low, select(code > high, high, code));
    }
    return Y(code);
}

template <class C, class X, class Y>
void requantize(const X x[C::SIZE], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=1
elements:
    for (int i = 0; i < C::SIZE; i++) {
        y[i] = requantized<C, Y>(x[i]);
    }
}

// round(x * 2**-shift) for a shift that is a constant only once the loop around it is unrolled.
template <Rounding ROUNDING, class WIDE>
WIDE round_by(WIDE x, int shift) {
#pragma HLS INLINE
    if (shift <= 0) {
        return WIDE(x << -shift);
    }
    const int drop = shift > WIDE::width - 2 ? WIDE::width - 2 : shift; // the result is then the same
    const WIDE floor = x >> drop;
    const WIDE rest = x - WIDE(floor << drop);
    const WIDE half = WIDE(1) << (drop - 1);
    return floor + increment<ROUNDING, WIDE>(floor, rest, half, x);
}

// Each element to its own format: y[i] = overflow(round(x[i] * 2**-shifts[i]), lows[i], highs[i]) * 2**zeros[i].
// A config C has SIZE, MOST_GROWN, RECTIFIED (negative x becomes 0 first), ROUNDING and OVERFLOW_MODE.
template <class C, class X, class S, class Z, class L, class H, class Y>
void requantize_each(const X x[C::SIZE], const S shifts[C::SIZE], const Z zeros[C::SIZE], const L lows[C::SIZE],
                     const H highs[C::SIZE], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=1
    const int BITS = X::width + C::MOST_GROWN;
    typedef ap_int<(BITS > Y::width ? BITS : Y::width) + 3> wide_t;
    const wide_t nothing = 0;
elements:
    for (int i = 0; i < C::SIZE; i++) {
#pragma HLS UNROLL
        wide_t code = x[i];
        if (C::RECTIFIED) {
            code = select(code < nothing, nothing, code);
        }
        code = round_by<C::ROUNDING, wide_t>(code, shifts[i]);
        const wide_t low = lows[i], high = highs[i];
        if (C::OVERFLOW_MODE == Overflow::SAT) {
            code = select(code < low, low, select(code > high, high, code));
        } else {
            const wide_t mask = high - low; // the number of codes is a power of two
            code = wide_t((code - low) & mask) + low;
        }
        y[i] = Y(wide_t(code << zeros[i]));
    }
}

} // namespace bxnn

#endif
