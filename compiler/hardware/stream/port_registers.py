"""Registers of a streaming network at its ports, in the top entity itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.stream.frame_sequencer import SEQUENCER_CYCLES
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.plural import counted

_MARKS = 2  # ports beside the data of a beat: valid and first


@dataclass(frozen=True)
class PortRegisters(StreamPart):
    """The data of a beat beside the frame sequencer; if wanted, the input ports before it and the outputs.

    Attributes:
        beat_bits: Bits of a beat.
        at_input: Whether the input ports end in registers.
        output_bits: Bits of the output ports that are driven by dedicated registers; 0 if none is.
        shifted: Whether a register of the data follows, so that with those here there are three in a row, which
            synthesis makes a shift register of.
    """

    beat_bits: int
    at_input: bool
    output_bits: int
    shifted: bool

    def latency(self) -> tuple[LatencyTerm, ...]:
        """Of the input ports."""
        return (LatencyTerm(LatencyPart.INPUT_REGISTER, 1),) if self.at_input else ()

    def resources(self) -> Fabric:
        marks = _MARKS if self.at_input else 0
        leaving = self.output_bits + 1 if self.output_bits else 0
        registers = 1 + self.at_input + self.shifted
        return Fabric.delay(self.beat_bits, registers) + Fabric.registers(marks + leaving)

    def alone(self) -> Self:
        return replace(self, shifted=False)

    def control(self, technology: Technology) -> HardwarePaths:
        """Valid and first."""
        if not self.at_input:
            return HardwarePaths()
        return HardwarePaths((Entry(PathClass.DATA, 1, technology.around_into_register),), (), technology.start)

    def paths(self, technology: Technology) -> HardwarePaths:
        setup = technology.around_into_register
        if self.at_input and self.shifted:
            setup = slowest((setup, Delay(technology.fabric.srl.setup_d)))
        return HardwarePaths((Entry(PathClass.DATA, 1, setup),), (), technology.start)

    def constants(self) -> Mapping[str, Any]:
        return {"at_input": self.at_input, "at_output": self.output_bits > 0}

    def verify(self, subject: str) -> None:
        if self.beat_bits < 1:
            raise InternalError(subject, f"takes beats of {counted(self.beat_bits, 'bit')}")


def registers_input(pipelining: Pipelining) -> bool:
    """Whether the input ports of a streaming network end in registers.

    Its frame sequencer compares and counts what they carry: they do unless the user says that the source is registers.
    """
    return pipelining.input_register is not False


def entry_cycles(pipelining: Pipelining) -> int:
    """From the edge that samples the first beat of a frame to cycle 0 of its segments."""
    return int(registers_input(pipelining)) + SEQUENCER_CYCLES
