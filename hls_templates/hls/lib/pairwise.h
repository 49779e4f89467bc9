// pairwise.h: combines two tensors of the same shape, element by element; each is first aligned to the grid of y.
#ifndef BXNN_PAIRWISE_H
#define BXNN_PAIRWISE_H

#include "select.h"
#include "wires.h"

namespace bxnn {

struct subtract {
    template <class T> static T of(T a, T b) { return a - b; }
};

struct maximum {
    template <class T> static T of(T a, T b) { return select(b > a, b, a); }
};

struct minimum {
    template <class T> static T of(T a, T b) { return select(b < a, b, a); }
};

// y[i] = F(x0[i] * 2**SHIFT0, x1[i] * 2**SHIFT1); y has the bits of both, aligned.
template <class F, int SIZE, int SHIFT0, int SHIFT1, class X0, class X1, class Y>
void pairwise(const X0 x0[SIZE], const X1 x1[SIZE], Y y[SIZE]) {
#pragma HLS PIPELINE II=1
    typedef ap_int<Y::width + 1> wide_t;
elements:
    for (int i = 0; i < SIZE; i++) {
        y[i] = Y(F::of(aligned<wide_t, SHIFT0>(x0[i]), aligned<wide_t, SHIFT1>(x1[i])));
    }
}

// y[i] = x0[i] * x1[i], in DSPs.
template <int SIZE, class X0, class X1, class Y>
void multiply(const X0 x0[SIZE], const X1 x1[SIZE], Y y[SIZE]) {
#pragma HLS PIPELINE II=1
elements:
    for (int i = 0; i < SIZE; i++) {
        const Y product = Y(x0[i] * x1[i]);
#pragma HLS BIND_OP variable=product op=mul impl=dsp
        y[i] = product;
    }
}

} // namespace bxnn

#endif
