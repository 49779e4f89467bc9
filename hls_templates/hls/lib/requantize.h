// requantize.h: a code on another binary point, rounded and brought into range; nothing is left to a default.
//
//   y = clip(round(x * 2**-SHIFT), LOW, HIGH), or the low bits of the rounded code for Overflow::WRAP
//
// A config C binds SIZE, SHIFT (bits dropped; negative: bits appended), SLOPE_SHIFT (negative x is first multiplied by
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

// 1 if the code above the floor is the rounded one, else 0; `rest` is what the floor has lost, `half` half a code.
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

// round(x * 2**-SHIFT). Shifts beyond the width of x or y are shortened to where the result is the same already.
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

} // namespace bxnn

#endif
