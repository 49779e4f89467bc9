// threshold.h: step functions, y = BASE + INCREMENT * #{k : x >= thresholds[k]} (ternary and binary activations).
#ifndef BXNN_THRESHOLD_H
#define BXNN_THRESHOLD_H

#include <ap_int.h>

namespace bxnn {

// A config C binds SIZE, STEPS, BASE and INCREMENT. A threshold beyond the range of x stands just outside it.
template <class C, class X, class T, class Y>
void threshold(const X x[C::SIZE], const T thresholds[C::STEPS], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=1
#pragma HLS ARRAY_PARTITION variable=thresholds complete
elements:
    for (int i = 0; i < C::SIZE; i++) {
        ap_int<Y::width + 2> code = C::BASE;
    steps:
        for (int k = 0; k < C::STEPS; k++) {
            if (x[i] >= ap_int<X::width + 2>(thresholds[k])) {
                code += C::INCREMENT;
            }
        }
        y[i] = code;
    }
}

} // namespace bxnn

#endif
