"""The registers of firmware that loads weights, as bxnn_weight_load.vhd answers."""

from __future__ import annotations


class Registers:
    """Takes a set of words in order.

    Args:
        step: Addresses from one register to the next.
        words: Words of a set.
        layout: Number of the layout of a set.
        lost: Index of a word that does not arrive.
    """

    def __init__(self, step: int, words: int, layout: int, lost: int | None = None) -> None:
        self.step, self.words, self.layout, self.lost = step, words, layout, lost
        self.taken, self.bank, self.full, self.error = list[int](), 0, True, False

    def write(self, address: int, data: int) -> None:
        """A word of the bus."""
        register = address // self.step
        if register == 0 and data & 1:
            self.taken, self.full, self.error = [], False, False
        elif register == 0 and data & 2:
            self.error |= not self.full
            self.bank ^= self.full
        elif register == 1 and len(self.taken) != self.lost:
            self.error |= self.full
            self.taken += [] if self.full else [data]
            self.full = len(self.taken) == self.words

    def read(self, address: int) -> int:
        """What the register holds."""
        status = 1 | self.full << 1 | self.error << 2 | self.bank << 8
        return [0, 0, status, len(self.taken), self.words, self.layout][address // self.step]
