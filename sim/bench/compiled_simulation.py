"""The whole firmware as a compiled program: Verilator with a driver in C++, for many events."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.plural import counted
from bxnn.sim.bench.compiled_program import CompiledProgram
from bxnn.sim.bench.port_words import from_words, to_words, words_of
from bxnn.sim.process import run_tool

Codes = Mapping[str, NDArray[np.int64]]

_DRIVER = "compiled_driver.cpp.j2"
_PROBLEMS = {2: "could not read or write its files", 3: "the valids of its outputs do not coincide"}


@dataclass(frozen=True)
class CompiledSimulation:
    """A program that simulates the VHDL of a build.

    Attributes:
        program: The executable.
        interface: Ports and timing of the top entity.
    """

    program: Path
    interface: Interface

    @classmethod
    def build(cls, vhdl: Path, interface: Interface, folder: Path) -> CompiledSimulation:
        """Convert to Verilog and compile, unless the last program in the folder is of the same sources and tools.

        Args:
            vhdl: Folder of the VHDL.
            interface: Ports and timing of its top entity.
            folder: Receives the program and what the tools write.

        Raises:
            ToolError: If a tool is not installed.
            VerificationError: With the first message of GHDL, Verilator or g++.
        """
        return cls(CompiledProgram(_DRIVER, interface).build(vhdl, folder), interface)

    def output_codes(self, codes: Codes, seed: int) -> dict[str, NDArray[np.int64]]:
        """Outputs of all events, sent one per initiation interval; several calls may run at the same time.

        Args:
            codes: Codes of the inputs, shape (events, elements) each.
            seed: Initial values of the registers, and what is at the ports between events.

        Returns:
            Codes by output name, shape (events, elements).

        Raises:
            VerificationError: If there are fewer or more output events, or one comes in a cycle other than predicted.
        """
        interface = self.interface
        sent = np.concatenate([to_words(port, codes[port.name]) for port in interface.inputs], axis=-1)
        with tempfile.TemporaryDirectory(prefix="events-", dir=self.program.parent) as scratch:
            given, answer = Path(scratch) / "input.bin", Path(scratch) / "output.bin"
            sent.tofile(given)
            done = run_tool([str(self.program), str(given), str(answer), str(len(sent)), str(seed)], Path(scratch))
            if done.returncode:
                problem = _PROBLEMS.get(done.returncode, f"ended with code {done.returncode}")
                raise VerificationError(interface.top, f"the compiled simulation failed: {problem}")
            received = np.fromfile(answer, "<u4")
        return self._outputs(received, len(sent))

    def _outputs(self, received: NDArray[np.uint32], events: int) -> dict[str, NDArray[np.int64]]:
        top, wanted = self.interface.top, self.interface.latency_cycles
        sizes = [words_of(port) for port in self.interface.outputs]
        table = received.reshape(-1, 1 + sum(sizes))
        if len(table) != events:
            raise VerificationError(
                top, f"received {counted(len(table), 'output event')}, sent {counted(events, 'event')}"
            )
        late = np.flatnonzero(table[:, 0] != wanted)
        if late.size:
            took = counted(int(table[late[0], 0]), "cycle")
            raise VerificationError(top, f"event {late[0]} took {took}, predicted are {wanted}")
        starts = np.cumsum([1, *sizes])
        return {
            port.name: from_words(port, table[:, start : start + size])
            for port, start, size in zip(self.interface.outputs, starts, sizes, strict=False)
        }
