"""Memories that hold two sets of weights, of which one is loaded while events use the other: `bxnn_weight_bank`.

A loaded word of every phase is in distributed RAM, whose output has a register like that of a constant; some words
share a phase counter and the register of the bank, of which no bit has more loads than its `max_fanout` allows.
"""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.valid_loads import ValidShare
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

LOAD_BITS = 32  # most bits of a word that is loaded at once
# Bits that four LUTs hold, by rows of both banks. Source: AMD UG474, RAM32M and RAM64M.
_RAM_BITS = {32: 6, 64: 3}
_PAGE = 64
_READ_PORTS = 3  # of such four LUTs, besides the one that is written
_COUNTER_LUTS = (0, 2, 2, 4, 6, 8, 13)  # of a counter of 0 to 6 bits with the bank
_SHORT_COUNT = 3  # bits of a phase that share a LUT with what else the bank depends on


def pieces_of(bits: int, load_bits: int) -> int:
    """Pieces in which a word of ``bits`` bits is loaded, ``load_bits`` at a time."""
    return ceil_div(bits, load_bits)


def load_bits_of(*words: int) -> int:
    """Bits of a piece that suffice for words of these widths, each in as few pieces as possible."""
    return max(ceil_div(bits, pieces_of(bits, LOAD_BITS)) for bits in words)


@dataclass(frozen=True)
class WeightBank:
    """The loaded words of one row of DSP slices, or the biases that are due in one cycle.

    Attributes:
        rows: Rows of a bank.
        columns: Words of a row that are loaded.
        bits: Bits of a word.
        load_bits: Bits that are loaded at a time.
        early: Whether its counters have a register for valid.
    """

    rows: int
    columns: int
    bits: int
    load_bits: int
    early: bool = False

    most_readers = 1  # bits of words that a register drives

    @property
    def pieces(self) -> int:
        """Pieces of a word."""
        return pieces_of(self.bits, self.load_bits)

    @property
    def tokens(self) -> int:
        """Pieces of all words."""
        return self.columns * self.pieces

    @property
    def _piece_bits(self) -> list[int]:
        piece = ceil_div(self.bits, self.pieces)
        return [min(piece, self.bits - index * piece) for index in range(self.pieces)]

    @property
    def _depth(self) -> int:
        """Rows of both banks as an address counts them."""
        return 2 << ceil_log2(self.rows)

    @property
    def pages(self) -> int:
        """Memories that hold a bit, 64 rows each."""
        return ceil_div(self._depth, _PAGE)

    @property
    def rams(self) -> int:
        """Groups of four LUTs for a word."""
        held = _RAM_BITS[32 if self._depth <= 32 else 64]
        return self.pages * sum(ceil_div(bits, held) for bits in self._piece_bits)

    @property
    def least_loads(self) -> int:
        """Loads of a bit of a counter of a single word; 0 if there is none."""
        return _READ_PORTS * self.rams + _own_loads(self.rows) if self.columns else 0

    def per_counter(self, max_fanout: int) -> int:
        """Words that share a counter, of whose bits none has more than ``max_fanout`` loads."""
        return max((max_fanout - _own_loads(self.rows)) // (_READ_PORTS * self.rams), 1)

    def most_loads(self, max_fanout: int) -> int:
        """Most loads of a bit of a counter."""
        return min(self.columns, self.per_counter(max_fanout)) * _READ_PORTS * self.rams + _own_loads(self.rows)

    def counters(self, max_fanout: int) -> int:
        """Counters."""
        return ceil_div(self.columns, self.per_counter(max_fanout))

    def valid_share(self, max_fanout: int) -> ValidShare:
        """The counters that valid starts: in each it decides on the bank, and the address, of the next row."""
        used = self.columns and self.rows > 1
        pins = 1 if self.early else 2 * ceil_log2(self.rows) + 2
        return ValidShare(self.counters(max_fanout) if used else 0, pins)

    def fabric(self, max_fanout: int) -> Fabric:
        """Its LUTs and flip-flops."""
        if not self.columns:
            return Fabric()
        phase = ceil_log2(self.rows)
        counters = self.counters(max_fanout) if phase else 0
        chosen = Fabric.multiplexer(self.pages, self.bits).multiplexers
        memory = 4 * self.rams + chosen
        return Fabric(
            counted_luts=self.columns * memory + self.tokens + 2 + counters * _COUNTER_LUTS[min(phase, 6)],
            register_bits=self.columns * self.bits + self.tokens + counters * (phase + 1 + self.early),
        )


@dataclass(frozen=True)
class LayerLoad:
    """All memories of a layer, and what loads them: `bxnn_load_steps`.

    Attributes:
        rows: Rows of a bank.
        load_bits: Bits that are loaded at a time.
        banks: The memories in the order in which they are loaded.
        delays: Cycles by which the bank is delayed for the last of them.
        max_fanout: Most loads of a bit of a counter.
    """

    rows: int
    load_bits: int
    banks: tuple[WeightBank, ...]
    delays: int
    max_fanout: int

    @property
    def words(self) -> int:
        """Words of a set."""
        return self.rows * sum(bank.tokens for bank in self.banks)

    @property
    def counted(self) -> int:
        """Most loads of a bit of a counter."""
        return max((bank.most_loads(self.max_fanout) for bank in self.banks if bank.columns), default=0)

    @property
    def words_per_counter(self) -> int:
        """Words of weights that share a counter."""
        return self.banks[0].per_counter(self.max_fanout)

    @property
    def biases_per_counter(self) -> int:
        """Words of biases that share a counter; 0 for any number."""
        return self.banks[-1].per_counter(self.max_fanout) if self.banks[-1].rows > 1 else 0

    @property
    def least_loads(self) -> int:
        """Least ``max_fanout`` that can be built."""
        return max((bank.least_loads for bank in self.banks), default=0)

    @property
    def _memories(self) -> int:
        """Groups of four LUTs."""
        return sum(bank.columns * bank.rams for bank in self.banks)

    @property
    def _bank_loads(self) -> int:
        """Loads of the bank of an event: memories of a single row, and counters."""
        single = sum(_READ_PORTS * bank.columns * bank.rams for bank in self.banks if bank.rows == 1)
        return single + sum(bank.counters(self.max_fanout) for bank in self.banks if bank.rows > 1)

    def fabric(self) -> Fabric:
        """Its LUTs and flip-flops."""
        phase = ceil_log2(self.rows)
        counted = phase + int(phase > 0)  # a flag for the last phase
        steps = Fabric(counted_luts=2 + counted, register_bits=self.load_bits + 3 + counted)
        banks = (bank.fabric(self.max_fanout) for bank in self.banks)
        return sum(banks, start=steps) + Fabric.registers(self.delays)

    def paths(self, technology: Technology) -> tuple[PathDelay, ...]:
        """From counters, valid and what is loaded to the memories and their registers."""
        used = [bank for bank in self.banks if bank.columns]
        phase, start, ram = ceil_log2(self.rows), technology.start, technology.fabric.lutram
        pages = max(bank.pages for bank in used)
        counters = max(bank.counters(self.max_fanout) for bank in used)
        found = technology.luts(1)
        if pages > 1:
            found += technology.net(2) + multiplexer(pages, technology, 2)
        # The next phase, whether it is the first one, and the bank; wider counts take a level more.
        address = technology.luts(2 if phase <= _SHORT_COUNT else 3, 4) if phase else Delay()
        enters = start + technology.net(max(counters * (phase + 2), _own_loads(self.rows), self._bank_loads))
        rams, tokens = max(bank.rams for bank in used), sum(bank.tokens for bank in used)
        written = start + technology.net(tokens + 2 * phase + 6)
        stepped = start + technology.net(4) + technology.luts(1) + technology.net(tokens + 2 * len(used) + 1)
        return (
            PathDelay(PathClass.CONTROL, stepped + technology.luts(1) + technology.net(phase + 4) + technology.reset),
            PathDelay(
                PathClass.DATA,
                enters
                + address
                + technology.net(self.counted)
                + found
                + technology.net(1)
                + technology.around_into_register,
            ),
            PathDelay(
                PathClass.MEMORY, start + technology.net(self._memories) + Delay(max(ram.setup_d, ram.setup_address))
            ),
            PathDelay(
                PathClass.MEMORY,
                written + technology.luts(1) + technology.net(rams) + Delay(ram.setup_we),
            ),
        )


def _own_loads(rows: int) -> int:
    """Loads of a bit of a counter besides the words: the next count, and the bank."""
    return ceil_log2(rows) + 2
