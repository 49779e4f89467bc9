// test_bench.h: vectors from a file, and the comparison with the expected outputs. No hardware.
#ifndef BXNN_TEST_BENCH_H
#define BXNN_TEST_BENCH_H

#include "trace.h"
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace bxnn {

enum ExitCode { SAME = 0, DIFFERENT = 1, BAD_VECTORS = 2 };

// Events as numbers side by side: codes of all inputs, then of all outputs, each tensor in row-major order.
class Vectors {
  public:
    // Reads a text file of `codes_per_event` numbers per line; stops the program if it cannot.
    Vectors(const char *path, std::size_t codes_per_event) : path_(path), codes_per_event_(codes_per_event) {
        const std::string text = read(path);
        const char *at = text.c_str();
        for (char *end = nullptr;; at = end) {
            const long long code = std::strtoll(at, &end, 10);
            if (end == at) {
                break;
            }
            codes_.push_back(code);
        }
        while (*at == ' ' || *at == '\n' || *at == '\r') {
            at++;
        }
        if (*at != '\0') {
            fail("contains something that is not a number");
        }
        if (codes_.empty() || codes_.size() % codes_per_event != 0) {
            fail("does not consist of whole events of " + std::to_string(codes_per_event) + " codes");
        }
    }

    std::size_t events() const { return codes_.size() / codes_per_event_; }

    // Copies the codes of one tensor of one event.
    template <int SIZE, class X>
    void read(std::size_t event, std::size_t first, X x[SIZE]) const {
        for (int i = 0; i < SIZE; i++) {
            x[i] = codes_[event * codes_per_event_ + first + i];
        }
    }

    long long code(std::size_t event, std::size_t place) const { return codes_[event * codes_per_event_ + place]; }

    // Stops the program if codes of a tensor do not fit its type, reporting how many and the first one.
    template <class X>
    void check(const char *name, std::size_t first, std::size_t size) const {
        std::size_t wrong = 0;
        std::string example;
        for (std::size_t event = 0; event < events(); event++) {
            for (std::size_t i = 0; i < size; i++) {
                const long long value = code(event, first + i);
                if (static_cast<long long>(X(value)) != value && wrong++ == 0) {
                    example = std::to_string(value) + " (event " + std::to_string(event) + ", element " +
                              std::to_string(i) + ")";
                }
            }
        }
        if (wrong != 0) {
            fail("has " + std::to_string(wrong) + " codes outside the type of " + name + "; the first is " + example);
        }
    }

  private:
    std::string read(const char *path) const {
        std::FILE *file = std::fopen(path, "rb");
        if (file == nullptr) {
            fail("cannot be read; write it with: bxnn csim BUILD");
        }
        std::string text;
        char block[1 << 16];
        for (std::size_t size; (size = std::fread(block, 1, sizeof block, file)) > 0;) {
            text.append(block, size);
        }
        std::fclose(file);
        return text;
    }

    [[noreturn]] void fail(const std::string &problem) const {
        std::fprintf(stderr, "%s: %s\n", path_, problem.c_str());
        std::exit(BAD_VECTORS);
    }

    const char *path_;
    std::size_t codes_per_event_;
    std::vector<long long> codes_;
};

// Counts events with a wrong element and prints the first one.
class Scoreboard {
  public:
    // Events from number user_events on are directed ones.
    explicit Scoreboard(std::size_t user_events) : user_events_(user_events) {}

    // Compares one output of one event; returns whether it is the first difference of all.
    template <int SIZE, class Y>
    bool compare(const Vectors &vectors, std::size_t event, std::size_t first, const char *name, const Y y[SIZE]) {
        for (int i = 0; i < SIZE; i++) {
            const long long expected = vectors.code(event, first + i), got = static_cast<long long>(y[i]);
            if (got != expected) {
                return same(event, name, i, expected, got);
            }
        }
        return false;
    }

    // Compares one number; returns whether it is the first difference of all.
    bool same(std::size_t event, const char *name, int element, long long expected, long long got) {
        if (got == expected) {
            return false;
        }
        wrong_ = true;
        if (printed_) {
            return false;
        }
        std::printf("first difference: output %s, element %d, event %zu: expected %lld, got %lld\n",
                    name, element, event, expected, got);
        return printed_ = true;
    }

    void end_event(std::size_t event) {
        mismatches_ += wrong_ ? 1 : 0;
        directed_mismatches_ += wrong_ && event >= user_events_ ? 1 : 0;
        wrong_ = false;
    }

    int finish(std::size_t events) const {
        std::printf("%zu events, %zu mismatches, %zu of them directed\n", events, mismatches_, directed_mismatches_);
        return mismatches_ == 0 ? SAME : DIFFERENT;
    }

  private:
    std::size_t user_events_, mismatches_ = 0, directed_mismatches_ = 0;
    bool wrong_ = false, printed_ = false;
};

} // namespace bxnn

#endif
