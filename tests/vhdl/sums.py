"""What the tests of dot_output_serial and dot_input_serial have in common: a run, and how its sums are checked."""

from dataclasses import dataclass
from typing import Any, Protocol

from bxnn.compiler.hardware.pipelining import Pipelining
from tests.vhdl.events import pulses
from tests.vhdl.harness import Instance, Recording, expect_failure


class Shape(Protocol):
    """Sizes of an instance, named as the generics."""

    @property
    def in_bits(self) -> int: ...
    @property
    def in_signed(self) -> int: ...
    @property
    def phases(self) -> int: ...
    @property
    def products(self) -> int: ...
    @property
    def lane(self) -> int: ...
    @property
    def word_bits(self) -> int: ...
    @property
    def accum_bits(self) -> int: ...
    @property
    def latency(self) -> int: ...
    @property
    def pipelining(self) -> Pipelining: ...


@dataclass(frozen=True)
class Run:
    """One instance with the cycles of its events and the sums that it must output."""

    instance: Instance
    shape: Shape
    starts: list[int]
    sums: dict[int, int]  # cycle -> flat word

    def arrivals(self, late: int = 0) -> list[int]:
        """Cycles in which an event's first sums are valid, or ``late`` cycles after them."""
        return [start + self.shape.latency + late for start in self.starts]


def generics_of(shape: Shape) -> dict[str, Any]:
    """The generics that both entities have."""
    return {
        "IN_BITS": shape.in_bits,
        "IN_SIGNED": shape.in_signed,
        "PHASES": shape.phases,
        "PRODUCTS": shape.products,
        "LANE_BITS": shape.lane,
        "WEIGHT_BITS": shape.word_bits,
        "ACCUM_BITS": shape.accum_bits,
        "MULTIPLIER_REGISTER": int(shape.pipelining.multiplier_register),
        "LEVELS_PER_STAGE": shape.pipelining.tree_levels_per_stage,
        "OPEN_LEVELS": shape.pipelining.open_levels,
    }


def check_sums(recording: Recording, run: Run, cycles: int) -> None:
    """Every sum and every cycle of ``sum_valid``."""
    recording.check(run.instance, "sums", run.sums)
    recording.check(run.instance, "sum_valid", pulses(run.arrivals(), cycles))


def expect_failures(recording: Recording, run: Run, cycles: int) -> None:
    """Sums that are late, early or wrong in one bit, and a ``sum_valid`` that is late or early, are seen."""
    expect_failure(
        recording, run.instance, "sums", {cycle: word ^ (cycle == max(run.sums)) for cycle, word in run.sums.items()}
    )
    for late in (-1, 1):
        expect_failure(recording, run.instance, "sums", {cycle + late: word for cycle, word in run.sums.items()})
        shifted = dict(enumerate(pulses(run.arrivals(late), cycles)))
        expect_failure(recording, run.instance, "sum_valid", shifted)
