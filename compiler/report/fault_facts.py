"""Bit flips in running hardware, as they are reported."""

from __future__ import annotations

from bxnn.compiler.report.part import Part


class RegisterClass(Part):
    """Flips of the registers of one entity and signal.

    Attributes:
        registers: ``entity.signal`` of the VHDL.
        bits: Register bits of the design.
        flips: How many were flipped, one at a time.
        seen: Flips that made an output wrong.
        most_wrong: The most wrong outputs after one flip.
        longest_cycles: Clock cycles from a flip to the last wrong output, in the worst case; 0 if none was wrong.
        late: Flips after which outputs were still wrong when ``bound_cycles`` had passed.
        left: Flips after which a bit still differed at the end, in a register that nothing reads until it is written.
    """

    registers: str
    bits: int
    flips: int
    seen: int
    most_wrong: int
    longest_cycles: int
    late: int
    left: int


class Faults(Part):
    """Bit flips in the VHDL under events as close as the initiation interval allows, with Verilator.

    Outputs must be right again ``bound_cycles`` after a flip: the latency and an initiation interval, which of a
    streaming network is a frame. The network is watched twice as long. ``problem`` names the first register that did
    not heal in time. ``changed_files`` are VHDL files that differ from what bxnn wrote.
    """

    flips: int
    seed: int
    bound_cycles: int
    classes: tuple[RegisterClass, ...]
    passed: bool
    seconds: float
    problem: str | None = None
    changed_files: tuple[str, ...] = ()

    @property
    def bits(self) -> int:
        """Register bits of the design."""
        return sum(each.bits for each in self.classes)

    @property
    def late(self) -> int:
        """Flips that did not heal in time."""
        return sum(each.late for each in self.classes)

    @property
    def longest_cycles(self) -> int:
        """Clock cycles from a flip to the last wrong output, in the worst case."""
        return max((each.longest_cycles for each in self.classes), default=0)
