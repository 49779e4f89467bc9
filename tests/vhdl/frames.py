"""Streams of frames for the benches of the streaming form: gaps, lost frames, resets."""

import random
from dataclasses import dataclass, field


@dataclass
class FrameStream:
    """What a source sends, cycle by cycle.

    Attributes:
        valid: 1 in the cycle of a beat.
        first: With a beat: 1 if it is the first of a frame; random otherwise.
        rst: 1 in a cycle of reset.
        frames: The cycles of the beats of every frame, complete or lost.
    """

    valid: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    rst: list[int] = field(default_factory=list)
    frames: list[list[int]] = field(default_factory=list)

    @property
    def cycles(self) -> int:
        """How many cycles have been sent."""
        return len(self.valid)

    def cycle(self, rng: random.Random, beat: int = 0, first: int = 0, rst: int = 0) -> None:
        """One cycle; ``first`` is random if it has no meaning."""
        self.valid.append(beat)
        self.first.append(first if beat else rng.getrandbits(1))
        self.rst.append(rst)

    def frame(self, rng: random.Random, beats: int, gap: float, reset_behind: bool = False) -> None:
        """Beats of one frame, with random gaps before them; a reset after the last one."""
        self.frames.append([])
        for beat in range(beats):
            while rng.random() < gap:
                self.cycle(rng)
            self.frames[-1].append(self.cycles)
            self.cycle(rng, 1, int(beat == 0))
        if reset_behind:
            self.cycle(rng, rst=1)


def frame_stream(rng: random.Random, beats: int, interval: int, count: int = 14, stray: bool = False) -> FrameStream:
    """Frames back to back at the interval, then with gaps; some are lost half-way, some through a reset.

    Args:
        rng: Determines everything.
        beats: Beats in a frame.
        interval: From first beat to first beat.
        count: Number of frames.
        stray: Whether beats that belong to no frame follow frames that are complete or reset.
    """
    stream = FrameStream()
    for _ in range(3):
        stream.cycle(rng)
    for number in range(count):
        gap = 0.0 if number < 3 else rng.choice((0.0, 0.3, 0.6))
        lost = number % 4 == 3 and beats > 1
        sent = rng.randint(1, beats - 1) if lost else beats
        reset = number % 5 == 4
        stream.frame(rng, sent, gap, reset)
        if stray and number > 2 and (reset or not lost):
            stream.cycle(rng, 1)
        if not lost or rng.random() < 0.5:
            for _ in range(interval - beats + (0 if number < 3 else rng.randint(0, 3))):
                stream.cycle(rng)
    for _ in range(interval + 4):
        stream.cycle(rng)
    return stream


@dataclass(frozen=True)
class Accepted:
    """What `frame_sequencer` derives from a stream; each list has one entry per cycle."""

    accepted: list[int]
    restart: list[int]
    last: list[int]
    start: list[list[int]]  # one list per stage


def accept(stream: FrameStream, beats: int, starts: tuple[int, ...]) -> Accepted:
    """The model of `frame_sequencer`: which beats count, and when each stage begins."""
    cycles = stream.cycles
    accepted, restart, last = [0] * cycles, [0] * cycles, [0] * cycles
    start = [[0] * cycles for _ in starts]
    number = 0  # of the next beat; 0 between frames
    for c in range(cycles):
        if stream.valid[c] and (stream.first[c] or number):
            accepted[c] = 1
            restart[c] = int(stream.first[c] and number > 0)
            number = 0 if stream.first[c] else number
            for s, begin in enumerate(starts):
                start[s][c] |= begin == number
            number += 1
            if number == beats:
                last[c], number = 1, 0
                _behind(start, stream.rst, c, beats, starts)
        if stream.rst[c]:
            number = 0
    return Accepted(accepted, restart, last, start)


def _behind(start: list[list[int]], rst: list[int], last: int, beats: int, starts: tuple[int, ...]) -> None:
    """Starts after the last beat of a frame, if no reset comes before them."""
    for s, begin in enumerate(starts):
        cycle = last + begin - (beats - 1)
        if begin >= beats and cycle < len(rst) and not any(rst[last:cycle]):
            start[s][cycle] = 1
