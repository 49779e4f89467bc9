// wires.h: elements in new places and with new binary points; no logic.
#ifndef BXNN_WIRES_H
#define BXNN_WIRES_H

namespace bxnn {

// y = x, element by element.
template <int SIZE, class X, class Y>
void copy(const X x[SIZE], Y y[SIZE]) {
#pragma HLS INLINE
elements:
    for (int i = 0; i < SIZE; i++) {
#pragma HLS UNROLL
        y[i] = Y(x[i]);
    }
}

// The code of the same value with SHIFT more fraction bits.
template <class Y, int SHIFT, class X>
Y aligned(X x) {
#pragma HLS INLINE
    return Y(Y(x) << SHIFT);
}

// x, aligned, starting at element FIRST of y.
template <int SIZE, int FIRST, int SHIFT, class X, class Y>
void place(const X x[SIZE], Y y[]) {
#pragma HLS INLINE
elements:
    for (int i = 0; i < SIZE; i++) {
#pragma HLS UNROLL
        y[FIRST + i] = aligned<Y, SHIFT>(x[i]);
    }
}

// y[i] = x[elements[i]]; element -1 is a zero.
template <int SIZE, class X, class E, class Y>
void rewire(const X x[], const E elements[SIZE], Y y[SIZE]) {
#pragma HLS INLINE
wires:
    for (int i = 0; i < SIZE; i++) {
#pragma HLS UNROLL
        y[i] = elements[i] < 0 ? Y(0) : Y(x[elements[i] < 0 ? 0 : elements[i]]);
    }
}

} // namespace bxnn

#endif
