// select.h: choices by value, which are multiplexers; the emulator overloads them for many events at once.
#ifndef BXNN_SELECT_H
#define BXNN_SELECT_H

#include <ap_int.h>

namespace bxnn {

// a where the condition holds, b elsewhere.
template <class T>
T select(bool condition, T a, T b) {
#pragma HLS INLINE
    return condition ? a : b;
}

} // namespace bxnn

#endif
