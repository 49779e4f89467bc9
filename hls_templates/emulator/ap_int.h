// ap_int.h: what the library needs of ap_int and ap_uint, for EVENTS events at a time; no vendor header.
//
// A code of W bits is a vector of EVENTS integers of 16, 32, 64 or 128 bits, the narrowest that holds W bits and a sign.
// Sums and products are those of the integers modulo the lane's width, which is exact if the result fits W bits; a
// conversion to fewer bits keeps the low ones, as in ap_int. Needs the vector extension of GCC or Clang.
#ifndef BXNN_EMULATOR_AP_INT_H
#define BXNN_EMULATOR_AP_INT_H

#include <cstdint>
#include <type_traits>

namespace bxnn {

// As many 32-bit lanes, which most sums need, as fit a register of AVX-512 or AVX2. With more, the compiler keeps
// every sum in memory, which is several times slower; without either, 8 is still the fastest.
#ifdef __AVX512BW__
constexpr int EVENTS = 16;
#else
constexpr int EVENTS = 8;
#endif

template <int BITS> struct lane;
template <> struct lane<16> {
    typedef std::int16_t type;
    typedef std::uint16_t bits;
};
template <> struct lane<32> {
    typedef std::int32_t type;
    typedef std::uint32_t bits;
};
template <> struct lane<64> {
    typedef std::int64_t type;
    typedef std::uint64_t bits;
};
template <> struct lane<128> {
    __extension__ typedef __int128 type;
    __extension__ typedef unsigned __int128 bits;
};

template <int BITS> struct vectors {
    typedef typename lane<BITS>::type value __attribute__((vector_size(EVENTS * BITS / 8)));
    typedef typename lane<BITS>::bits bits __attribute__((vector_size(EVENTS * BITS / 8)));
};

// For which events a condition holds: all ones or zero in each lane.
template <int BITS> struct mask {
    typename vectors<BITS>::value value;
    friend mask operator&(mask a, mask b) { return {a.value & b.value}; }
    friend mask operator|(mask a, mask b) { return {a.value | b.value}; }
};

constexpr int lane_bits(int bits) { return bits <= 16 ? 16 : bits <= 32 ? 32 : bits <= 64 ? 64 : 128; }

template <int W, bool SIGNED> struct code {
    static constexpr int width = W;
    static constexpr bool sign = SIGNED;
    static constexpr int LANE = lane_bits(W + (SIGNED ? 0 : 1));
    typedef typename lane<LANE>::type scalar;
    typedef typename vectors<LANE>::value value_t;
    typedef typename vectors<LANE>::bits bits_t;

    value_t value;

    code() = default;
    explicit code(value_t of) : value(of) {}

    // The same number for all events.
    template <class N, class = typename std::enable_if<std::is_integral<N>::value>::type>
    code(N number) : value(value_t{} + static_cast<scalar>(number)) {}

    // The low W bits of another code.
    template <int W2, bool S2> code(const code<W2, S2> &other) {
        value = __builtin_convertvector(other.value, value_t);
        constexpr bool fits = SIGNED ? W >= W2 + (S2 ? 0 : 1) : !S2 && W >= W2;
        if (!fits) {
            constexpr int spare = LANE - W;
            const bits_t high = (bits_t)value << spare;
            value = SIGNED ? (value_t)high >> spare : (value_t)(high >> spare);
        }
    }

    friend code operator+(const code &a, const code &b) { return code((value_t)((bits_t)a.value + (bits_t)b.value)); }
    friend code operator-(const code &a, const code &b) { return code((value_t)((bits_t)a.value - (bits_t)b.value)); }
    friend code operator&(const code &a, const code &b) { return code(a.value & b.value); }
    friend code operator<<(const code &a, int shift) {
        return shift >= LANE ? code(value_t{}) : code((value_t)((bits_t)a.value << shift));
    }
    friend code operator>>(const code &a, int shift) { return code(a.value >> (shift >= LANE ? LANE - 1 : shift)); }
    code &operator+=(const code &b) { return *this = *this + b; }

    friend mask<LANE> operator<(const code &a, const code &b) { return {a.value < b.value}; }
    friend mask<LANE> operator>(const code &a, const code &b) { return {a.value > b.value}; }
    friend mask<LANE> operator>=(const code &a, const code &b) { return {a.value >= b.value}; }
    friend mask<LANE> operator==(const code &a, const code &b) { return {a.value == b.value}; }
    friend mask<LANE> operator!=(const code &a, const code &b) { return {a.value != b.value}; }
};

template <int W1, bool S1, int W2, bool S2>
code<W1 + W2, S1 || S2> operator*(const code<W1, S1> &a, const code<W2, S2> &b) {
    typedef code<W1 + W2, S1 || S2> product_t;
    typedef typename product_t::value_t value_t;
    typedef typename product_t::bits_t bits_t;
    const bits_t x = (bits_t)__builtin_convertvector(a.value, value_t);
    const bits_t y = (bits_t)__builtin_convertvector(b.value, value_t);
    return product_t((value_t)(x * y));
}

template <int BITS, int W, bool SIGNED>
code<W, SIGNED> select(mask<BITS> condition, const code<W, SIGNED> &a, const code<W, SIGNED> &b) {
    typedef typename code<W, SIGNED>::value_t value_t;
    const value_t chosen = __builtin_convertvector(condition.value, value_t);
    return code<W, SIGNED>((a.value & chosen) | (b.value & ~chosen));
}

// The entries of a table at the raw codes of all events.
template <class Y, class T, int W, bool SIGNED> Y entry(const T *table, const code<W, SIGNED> &x) {
    Y found;
    for (int event = 0; event < EVENTS; event++) {
        found.value[event] = table[x.value[event] & ((1 << W) - 1)];
    }
    return found;
}

} // namespace bxnn

template <int W> using ap_int = bxnn::code<W, true>;
template <int W> using ap_uint = bxnn::code<W, false>;

#endif
