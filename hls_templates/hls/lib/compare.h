// compare.h: layers built from comparators.
#ifndef BXNN_COMPARE_H
#define BXNN_COMPARE_H

#include "select.h"
#include "window.h"

namespace bxnn {

// y = the index of the largest element; ties go to the lowest. A config C defines SIZE.
template <class C, class X, class Y>
void argmax(const X x[C::SIZE], Y y[1]) {
#pragma HLS PIPELINE II=1
    X largest = x[0];
    Y index = 0;
elements:
    for (int i = 1; i < C::SIZE; i++) {
        const auto larger = x[i] > largest;
        largest = select(larger, x[i], largest);
        index = select(larger, Y(i), index);
    }
    y[0] = index;
}

// y[p][c] = the largest x[pixel(p, t)][c]; taps outside the image do not take part. Config C: window, CHANNELS.
template <class C, class X, class Y>
void max_pool(const X x[C::window::PIXELS * C::CHANNELS], Y y[C::window::POSITIONS * C::CHANNELS]) {
#pragma HLS PIPELINE II=1
positions:
    for (int position = 0; position < C::window::POSITIONS; position++) {
    channels:
        for (int c = 0; c < C::CHANNELS; c++) {
            X largest = 0;
            bool any = false;
        taps:
            for (int tap = 0; tap < C::window::TAPS; tap++) {
                const int pixel = pixel_under<typename C::window>(position, tap);
                if (pixel >= 0) {
                    const X next = x[pixel * C::CHANNELS + c];
                    largest = any ? select(next > largest, next, largest) : next;
                    any = true;
                }
            }
            y[position * C::CHANNELS + c] = largest;
        }
    }
}

} // namespace bxnn

#endif
