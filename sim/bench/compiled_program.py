"""VHDL and a driver in C++ made into one program by GHDL and Verilator; kept until a source or a tool changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.templates import template_environment
from bxnn.sim.bench import verilated_cpp
from bxnn.sim.bench.direct_bits import direct_bits
from bxnn.sim.bench.driven_nets import driven_nets
from bxnn.sim.bench.ghdl import run, to_verilog
from bxnn.sim.bench.port_words import words_of
from bxnn.sim.bench.verilator import READ_OPTIONS
from bxnn.sim.toolchain import add_to_path, require

_OPTIONS = (*READ_OPTIONS, "-O3", "--x-initial", "unique", "--x-assign", "fast")
# With -O2 or -O3, compiling takes twice as long and the program runs as fast. The pass left out is an eighth of the
# time of -O1: it looks for what is equal, which Verilator has already found.
_OPTIMISE = ("OPT_FAST=-O1 -fno-tree-fre", "OPT_GLOBAL=-O1")
_TOOLS = ("verilator", "ghdl", "g++", "make", "perl")


@dataclass(frozen=True)
class CompiledProgram:
    """A driver for the VHDL of a build, to be compiled with it.

    Attributes:
        template: Name of the driver's template in this folder.
        interface: Ports and timing of the top entity.
        name: Name of the executable.
        configuration: Text of Verilator's configuration for a Verilog text; ``None`` for none.
    """

    template: str
    interface: Interface
    name: str = "simulation"
    configuration: Callable[[str], str] | None = None

    def build(self, vhdl: Path, folder: Path) -> Path:
        """The executable, compiled unless the one in the folder is of the same sources and tools.

        Args:
            vhdl: Folder of the VHDL.
            folder: Receives the program and what the tools write.

        Raises:
            ToolError: If a tool is not installed.
            VerificationError: With the first message of GHDL, Verilator or g++.
        """
        sources = [(vhdl / name).resolve() for name in self.interface.files]
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        driver, program, stamp = self._driver(), folder / self.name, folder / f"{self.name}.key"
        key = _key(sources, driver)
        if program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == key:
            return program
        stamp.unlink(missing_ok=True)
        add_to_path("verilator")
        verilated_cpp.clear(folder)
        code = folder / "driver.cpp"
        code.write_text(driver, encoding="utf-8")
        verilog, top = to_verilog(folder, sources, self.interface.top), self.interface.top
        verilog.write_text(direct_bits(driven_nets(verilog.read_text(encoding="utf-8"))), encoding="utf-8")
        inputs = [*self._configured(folder, verilog), verilog]
        command = ["verilator", "--cc", "--exe", "-Mdir", str(folder), "--top-module", top]
        command += ["--prefix", verilated_cpp.PREFIX, "-o", self.name, *_OPTIONS, *map(str, inputs)]
        run(command, folder, folder / "verilator.log", top, "verilator could not read the Verilog")
        verilated_cpp.compile_program(folder, self.name, top, _OPTIMISE, code)
        stamp.write_text(key, encoding="utf-8")
        return program

    def _configured(self, folder: Path, verilog: Path) -> list[Path]:
        if self.configuration is None:
            return []
        path = folder / f"{self.name}.vlt"
        path.write_text(self.configuration(verilog.read_text(encoding="utf-8")), encoding="utf-8")
        return [path]

    def _driver(self) -> str:
        interface = self.interface
        return (
            template_environment(Path(__file__).parent)
            .get_template(self.template)
            .render(
                top=interface.top,
                initiation_interval=interface.initiation_interval,
                beats=interface.beats,
                latency_cycles=interface.latency_cycles,
                held_input=interface.held_input,
                tag_bits=interface.tag_bits,
                spacing_error=interface.spacing_error,
                reset=interface.reset,
                input_words=sum(words_of(port) for port in interface.inputs),
                inputs=_facts(interface.inputs),
                outputs=_facts(interface.outputs),
            )
        )


def _facts(ports: Sequence[Port]) -> list[dict[str, Any]]:
    sizes = [words_of(port) for port in ports]
    offsets = np.cumsum([0, *sizes])
    return [
        {"data": port.data, "valid": port.valid, "first": port.first, "words": size, "offset": int(offset)}
        for port, size, offset in zip(ports, sizes, offsets, strict=False)
    ]


def _key(sources: Sequence[Path], driver: str) -> str:
    """Changes whenever a source, the driver, a tool or an option does."""
    digest = hashlib.sha256(driver.encode())
    for source in sources:
        digest.update(f"\n{source.name}\n".encode() + source.read_bytes())
    tools = [f"{name} {require(name).version} {require(name).path}" for name in _TOOLS]
    digest.update("\n".join([*tools, *_OPTIONS, *_OPTIMISE]).encode())
    return digest.hexdigest()
