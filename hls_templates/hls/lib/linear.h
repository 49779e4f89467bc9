// linear.h: constant linear maps, y = kernel * x + bias, exact at full accumulator width.
//
// A config C defines
//   II, MULTIPLIERS   initiation interval and number of multipliers of the schedule; PHASES: MACs per multiplier
//   IN_DSP            whether products use DSPs; if not, LUTs, where a constant weight becomes adders (strategy lut)
//   weight_t          the weights as they enter a multiplier
//   accum_t           the sums: range analysis has proven that no partial sum overflows it, in any order
// The kernel is stored in the narrowest plain C++ type, which makes it a ROM without constructors.
//
// Each function is one pipeline of interval II, so its loops are unrolled; ALLOCATION limits it to the multipliers of
// the schedule, which must then be shared over the II cycles: that is the reuse. Zero weights cost nothing.
#ifndef BXNN_LINEAR_H
#define BXNN_LINEAR_H

#include "window.h"

namespace bxnn {

// The product of one MAC, in a DSP or in LUTs.
template <class C, bool IN_DSP>
struct multiplier {
    template <class X>
    static typename C::accum_t product(X x, typename C::weight_t weight) {
#pragma HLS INLINE
        const typename C::accum_t result = typename C::accum_t(x * weight);
#pragma HLS BIND_OP variable=result op=mul impl=dsp
        return result;
    }
};

template <class C>
struct multiplier<C, false> {
    template <class X>
    static typename C::accum_t product(X x, typename C::weight_t weight) {
#pragma HLS INLINE
        const typename C::accum_t result = typename C::accum_t(x * weight);
#pragma HLS BIND_OP variable=result op=mul impl=fabric
        return result;
    }
};

template <class C, class X>
typename C::accum_t multiply(X x, typename C::weight_t weight) {
#pragma HLS INLINE
    return multiplier<C, C::IN_DSP>::product(x, weight);
}

// y[o] = bias[o] + sum over i of kernel[i][o] * x[i]. Weights rotate: one block of outputs per phase.
template <class C, class X, class W, class B, class Y>
void dense_output_serial(const X x[C::INPUTS], const W kernel[C::INPUTS][C::OUTPUTS], const B bias[C::OUTPUTS],
                         Y y[C::OUTPUTS]) {
#pragma HLS PIPELINE II=C::II
#pragma HLS ALLOCATION operation instances=mul limit=C::MULTIPLIERS
#pragma HLS ARRAY_PARTITION variable=kernel complete dim=0
#pragma HLS ARRAY_PARTITION variable=bias complete
    const int LANES = (C::OUTPUTS + C::PHASES - 1) / C::PHASES;
phases:
    for (int phase = 0; phase < C::PHASES; phase++) {
    lanes:
        for (int lane = 0; lane < LANES; lane++) {
            const int o = phase * LANES + lane;
            if (o < C::OUTPUTS) {
                typename C::accum_t sum = bias[o];
            inputs:
                for (int i = 0; i < C::INPUTS; i++) {
                    sum += multiply<C>(x[i], typename C::weight_t(kernel[i][o]));
                }
                y[o] = Y(sum);
            }
        }
    }
}

// The same map. Sums accumulate: one block of inputs per phase.
template <class C, class X, class W, class B, class Y>
void dense_input_serial(const X x[C::INPUTS], const W kernel[C::INPUTS][C::OUTPUTS], const B bias[C::OUTPUTS],
                        Y y[C::OUTPUTS]) {
#pragma HLS PIPELINE II=C::II
#pragma HLS ALLOCATION operation instances=mul limit=C::MULTIPLIERS
#pragma HLS ARRAY_PARTITION variable=kernel complete dim=0
#pragma HLS ARRAY_PARTITION variable=bias complete
    const int LANES = (C::INPUTS + C::PHASES - 1) / C::PHASES;
    typename C::accum_t sums[C::OUTPUTS];
#pragma HLS ARRAY_PARTITION variable=sums complete
start:
    for (int o = 0; o < C::OUTPUTS; o++) {
        sums[o] = bias[o];
    }
phases:
    for (int phase = 0; phase < C::PHASES; phase++) {
    lanes:
        for (int lane = 0; lane < LANES; lane++) {
            const int i = phase * LANES + lane;
            if (i < C::INPUTS) {
            outputs:
                for (int o = 0; o < C::OUTPUTS; o++) {
                    sums[o] += multiply<C>(x[i], typename C::weight_t(kernel[i][o]));
                }
            }
        }
    }
finish:
    for (int o = 0; o < C::OUTPUTS; o++) {
        y[o] = Y(sums[o]);
    }
}

// y[p][f] = bias[f] + sum over taps t and channels k of kernel[t][k][f] * x[pixel(p, t)][group of f][k].
template <class C, class X, class W, class B, class Y>
void convolution(const X x[C::window::PIXELS * C::CHANNELS],
                 const W kernel[C::window::TAPS][C::GROUP_CHANNELS][C::FILTERS], const B bias[C::FILTERS],
                 Y y[C::window::POSITIONS * C::FILTERS]) {
#pragma HLS PIPELINE II=C::II
#pragma HLS ALLOCATION operation instances=mul limit=C::MULTIPLIERS
#pragma HLS ARRAY_PARTITION variable=kernel complete dim=0
#pragma HLS ARRAY_PARTITION variable=bias complete
    const int GROUP_FILTERS = C::FILTERS * C::GROUP_CHANNELS / C::CHANNELS;
positions:
    for (int position = 0; position < C::window::POSITIONS; position++) {
    filters:
        for (int f = 0; f < C::FILTERS; f++) {
            const int first_channel = f / GROUP_FILTERS * C::GROUP_CHANNELS;
            typename C::accum_t sum = bias[f];
        taps:
            for (int tap = 0; tap < C::window::TAPS; tap++) {
                const int pixel = pixel_under<typename C::window>(position, tap);
                if (pixel >= 0) {
                channels:
                    for (int k = 0; k < C::GROUP_CHANNELS; k++) {
                        const typename C::weight_t weight = kernel[tap][k][f];
                        sum += multiply<C>(x[pixel * C::CHANNELS + first_channel + k], weight);
                    }
                }
            }
            y[position * C::FILTERS + f] = Y(sum);
        }
    }
}

// y[p][c] = floor((bias[c] + kernel[p][c] * sum over the taps of x[pixel(p, t)][c]) / 2**DROPPED_BITS). A kernel of one
// column serves all channels. If the kernel holds reciprocals, the dropped bits contain their error.
template <class C, class X, class W, class B, class Y>
void average_pool(const X x[C::window::PIXELS * C::CHANNELS],
                  const W kernel[C::window::POSITIONS][C::KERNEL_CHANNELS], const B bias[C::CHANNELS],
                  Y y[C::window::POSITIONS * C::CHANNELS]) {
#pragma HLS PIPELINE II=C::II
#pragma HLS ALLOCATION operation instances=mul limit=C::MULTIPLIERS
#pragma HLS ARRAY_PARTITION variable=kernel complete dim=0
#pragma HLS ARRAY_PARTITION variable=bias complete
positions:
    for (int position = 0; position < C::window::POSITIONS; position++) {
    channels:
        for (int c = 0; c < C::CHANNELS; c++) {
            typename C::accum_t sum = bias[c];
        taps:
            for (int tap = 0; tap < C::window::TAPS; tap++) {
                const int pixel = pixel_under<typename C::window>(position, tap);
                if (pixel >= 0) {
                    const typename C::weight_t weight = kernel[position][c % C::KERNEL_CHANNELS];
                    sum += multiply<C>(x[pixel * C::CHANNELS + c], weight);
                }
            }
            y[position * C::CHANNELS + c] = Y(sum >> C::DROPPED_BITS);
        }
    }
}

// y[p][c] = bias[c] + kernel[c] * x[p][c].
template <class C, class X, class W, class B, class Y>
void affine(const X x[C::SIZE], const W kernel[C::CHANNELS], const B bias[C::CHANNELS], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=C::II
#pragma HLS ALLOCATION operation instances=mul limit=C::MULTIPLIERS
#pragma HLS ARRAY_PARTITION variable=kernel complete
#pragma HLS ARRAY_PARTITION variable=bias complete
elements:
    for (int i = 0; i < C::SIZE; i++) {
        const int c = i % C::CHANNELS;
        typename C::accum_t sum = bias[c];
        sum += multiply<C>(x[i], typename C::weight_t(kernel[c]));
        y[i] = Y(sum);
    }
}

} // namespace bxnn

#endif
