// lookup.h: functions of one code as tables, y = table[raw code of x].
#ifndef BXNN_LOOKUP_H
#define BXNN_LOOKUP_H

#include <ap_int.h>

namespace bxnn {

// The entry at the raw code of x; the emulator overloads it for many events at a time.
template <class Y, class T, class X>
Y entry(const T *table, X x) {
#pragma HLS INLINE
    return Y(table[ap_uint<X::width>(x).to_uint()]);
}

// A config C defines SIZE, CHANNELS and DEPTH.
template <class C, class X, class T, class I, class Y>
void lookup(const X x[C::SIZE], const T tables[][C::DEPTH], const I table_of[C::CHANNELS], Y y[C::SIZE]) {
#pragma HLS PIPELINE II=1
#pragma HLS ARRAY_PARTITION variable=table_of complete
elements:
    for (int i = 0; i < C::SIZE; i++) {
        y[i] = entry<Y>(tables[table_of[i % C::CHANNELS]], x[i]);
    }
}

} // namespace bxnn

#endif
