// threshold.h: step functions, y = BASE + INCREMENT * #{k : x >= thresholds[k]} (ternary and binary activations).
#ifndef BXNN_THRESHOLD_H
#define BXNN_THRESHOLD_H

#include "select.h"

namespace bxnn {

// A config C defines SIZE, STEPS, BASE and INCREMENT. A threshold outside the range of x is just outside it.
template <class C, class X, class T, class Y>
void threshold(const X x[C::SIZE], const T thresholds[C::STEPS], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=1
#pragma HLS ARRAY_PARTITION variable=thresholds complete
    typedef ap_int<X::width + 2> wide_t;
    typedef ap_int<Y::width + 2> sum_t;
elements:
    for (int i = 0; i < C::SIZE; i++) {
        sum_t code = C::BASE;
    steps:
        for (int k = 0; k < C::STEPS; k++) {
            code += select(wide_t(x[i]) >= wide_t(thresholds[k]), sum_t(C::INCREMENT), sum_t(0));
        }
        y[i] = Y(code);
    }
}

// The same with a staircase for every channel of the last axis; with one row, for all of them. A config C binds SIZE,
// ROWS and STEPS.
template <class C, class X, class T, class B, class S, class Y>
void channel_threshold(const X x[C::SIZE], const T thresholds[C::ROWS][C::STEPS], const B base[C::ROWS],
                       const S step[C::ROWS], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=1
#pragma HLS ARRAY_PARTITION variable=thresholds complete dim=0
#pragma HLS ARRAY_PARTITION variable=base complete
#pragma HLS ARRAY_PARTITION variable=step complete
    typedef ap_int<X::width + 2> wide_t;
    typedef ap_int<Y::width + 2> sum_t;
elements:
    for (int i = 0; i < C::SIZE; i++) {
        const int row = i % C::ROWS;
        sum_t code = sum_t(base[row]);
    steps:
        for (int k = 0; k < C::STEPS; k++) {
            code += select(wide_t(x[i]) >= wide_t(thresholds[row][k]), sum_t(step[row]), sum_t(0));
        }
        y[i] = Y(code);
    }
}

} // namespace bxnn

#endif
