// host.h: real values to codes and back, as in the host of the firmware.
#ifndef BXNN_EMULATOR_HOST_H
#define BXNN_EMULATOR_HOST_H

#include "requantize.h"
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bxnn {

template <Rounding ROUNDING> double round_real(double x) {
    const double floor = std::floor(x);
    if (ROUNDING == Rounding::TRN) {
        return floor;
    }
    if (ROUNDING == Rounding::TRN_ZERO) {
        return std::trunc(x);
    }
    const double nearest = std::nearbyint(x); // ties to even
    if (ROUNDING == Rounding::RND_CONV || std::fabs(x - nearest) != 0.5) {
        return nearest;
    }
    const bool up = ROUNDING == Rounding::RND || (ROUNDING == Rounding::RND_INF && x >= 0) ||
                    (ROUNDING == Rounding::RND_ZERO && x < 0);
    return floor + (up ? 1 : 0);
}

// The code of a real value. A config Q defines SCALE, NEGATIVE_SCALE, ROUNDING, OVERFLOW_MODE, LOW, HIGH, BITS, SIGNED.
template <class Q> std::int64_t quantize(double x) {
    double code = round_real<Q::ROUNDING>(x * (x < 0 ? Q::negative_scale() : Q::scale()));
    if (Q::OVERFLOW_MODE == Overflow::SAT) {
        if (Q::BITS <= 53) { // the limits are exact in a double
            code = code < Q::LOW ? Q::LOW : code > Q::HIGH ? Q::HIGH : code;
            return static_cast<std::int64_t>(code);
        }
        code = code < -0x1p62 ? -0x1p62 : code > 0x1p62 ? 0x1p62 : code;
        const std::int64_t whole = static_cast<std::int64_t>(code);
        return whole < Q::LOW ? Q::LOW : whole > Q::HIGH ? Q::HIGH : whole;
    }
    const std::uint64_t low_bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(std::fmod(code, 0x1p62)))
                                   << (64 - Q::BITS);
    return Q::SIGNED ? static_cast<std::int64_t>(low_bits) >> (64 - Q::BITS)
                     : static_cast<std::int64_t>(low_bits >> (64 - Q::BITS));
}

// The same for element i of a tensor whose elements have their own formats. A config Q has ROUNDING, OVERFLOW_MODE,
// RECTIFIED and functions of i: scale, low, high and zeros (low bits of the code that are always zero).
template <class Q> std::int64_t quantize_each(double x, int i) {
    double code = round_real<Q::ROUNDING>((Q::RECTIFIED && x < 0 ? 0.0 : x) * Q::scale(i));
    const std::int64_t low = Q::low(i), high = Q::high(i);
    if (Q::OVERFLOW_MODE == Overflow::SAT) {
        code = code < -0x1p62 ? -0x1p62 : code > 0x1p62 ? 0x1p62 : code;
        const std::int64_t whole = static_cast<std::int64_t>(code);
        return (whole < low ? low : whole > high ? high : whole) * (std::int64_t(1) << Q::zeros(i));
    }
    const std::int64_t whole = static_cast<std::int64_t>(std::fmod(code, 0x1p62));
    return (((whole - low) & (high - low)) + low) * (std::int64_t(1) << Q::zeros(i));
}

// The same for an input whose scale is not a power of two. A config Q binds ROUNDING, LOW, HIGH, ZERO_POINT and a function
// of a value and its element: scaled, which computes in float as the model does.
template <class Q> std::int64_t quantize_scaled(double x, int i) {
    double code = round_real<Q::ROUNDING>(static_cast<double>(Q::scaled(x, i))) - Q::ZERO_POINT;
    code = code < Q::LOW ? Q::LOW : code > Q::HIGH ? Q::HIGH : code;
    return static_cast<std::int64_t>(code);
}

// One tensor of `count` events, row-major, into lanes; unused lanes repeat the first event, so that all are legal.
template <int SIZE, class T, class X, class F>
void gather(const T *from, std::size_t count, X x[SIZE], F code_of) {
    for (std::size_t event = 0; event < static_cast<std::size_t>(EVENTS); event++) {
        const T *row = from + (event < count ? event : 0) * SIZE;
        for (int i = 0; i < SIZE; i++) {
            x[i].value[event] = static_cast<typename X::scalar>(code_of(row[i], i));
        }
    }
}

template <int SIZE, class T, class Y, class F>
void scatter(const Y y[SIZE], std::size_t count, T *to, F value_of) {
    for (std::size_t event = 0; event < count; event++) {
        for (int i = 0; i < SIZE; i++) {
            to[event * SIZE + i] = value_of(static_cast<std::int64_t>(y[i].value[event]), i);
        }
    }
}

} // namespace bxnn

#endif
