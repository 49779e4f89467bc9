"""Random event streams and flat words, shared by the benches."""

import random
from collections.abc import Sequence


def pack(codes: Sequence[int], bits: int) -> int:
    """Flat word of codes, element 0 in the least significant bits."""
    word = 0
    for i, code in enumerate(codes):
        word |= (code & ((1 << bits) - 1)) << (i * bits)
    return word


def random_code(rng: random.Random, bits: int, signed: int) -> int:
    """A code of the format; corners (lowest, highest, 0, -1) occur often."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    if rng.random() < 0.25:
        return rng.choice((low, high, 0, max(low, -1)))
    return rng.randint(low, high)


def event_starts(rng: random.Random, count: int, interval: int) -> list[int]:
    """Cycle of each event's valid pulse: first back to back, then with random gaps of `interval` or more."""
    starts = [3]
    while len(starts) < count:
        gap = 0 if len(starts) < count // 2 else rng.choice((0, 1, 2, interval - 1, interval, 3 * interval + 1))
        starts.append(starts[-1] + interval + gap)
    return starts


def pulses(starts: Sequence[int], cycles: int) -> list[int]:
    """A valid signal that is 1 in the starting cycles."""
    present = set(starts)
    return [int(c in present) for c in range(cycles)]


def parallel_words(
    rng: random.Random, events: Sequence[tuple[int, int]], cycles: int, held: int, width: int
) -> list[int]:
    """An input that shows (start, word) for `held` cycles and random bits otherwise."""
    words = [rng.getrandbits(width) for _ in range(cycles)]
    for start, word in events:
        for c in range(start, min(start + held, cycles)):
            words[c] = word
    return words


def serial_words(rng: random.Random, events: Sequence[tuple[int, Sequence[int]]], cycles: int, width: int) -> list[int]:
    """An input that shows the word of phase p in cycle start + p and random bits otherwise."""
    words = [rng.getrandbits(width) for _ in range(cycles)]
    for start, phases in events:
        for p, word in enumerate(phases):
            if start + p < cycles:
                words[start + p] = word
    return words
