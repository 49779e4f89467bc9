// trace.h: what each layer computes for one event, to find the layer that is wrong. No hardware.
#ifndef BXNN_TRACE_H
#define BXNN_TRACE_H

#if defined(BXNN_TRACE) && !defined(__SYNTHESIS__)
#include <cstdio>

namespace bxnn {

// Where tensors are written, one per line: name and codes. Null: nowhere.
inline std::FILE *&trace_file() {
    static std::FILE *file = nullptr;
    return file;
}

template <int SIZE, class X>
void trace(const char *name, const X x[SIZE]) {
    if (std::FILE *file = trace_file()) {
        std::fprintf(file, "%s", name);
        for (int i = 0; i < SIZE; i++) {
            std::fprintf(file, " %lld", static_cast<long long>(x[i]));
        }
        std::fprintf(file, "\n");
    }
}

} // namespace bxnn

#define BXNN_TRACE_TENSOR(name, size, data) bxnn::trace<size>(name, data)
#else
#define BXNN_TRACE_TENSOR(name, size, data)
#endif

#endif
