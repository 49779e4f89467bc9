"""Verilator: simulates the Verilog that GHDL generates from the VHDL."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench import verilated_cpp
from bxnn.sim.bench.direct_bits import direct_bits
from bxnn.sim.bench.driven_nets import driven_nets
from bxnn.sim.bench.ghdl import run, to_verilog
from bxnn.sim.toolchain import add_to_path, require

if TYPE_CHECKING:
    from cocotb_tools.runner import Runner

# GHDL writes a table in one line, which may have more tokens than Verilator takes by default.
READ_OPTIONS = ("-Wno-fatal", "-Wno-lint", "-Wno-style", "--preproc-token-limit", "1000000000")
_START_RANDOM = ("--x-initial", "unique", "--x-assign", "unique")
_WAVES = {".vcd": "--trace-vcd"}
_OPTIMISE = ("OPT_FAST=-O1", "OPT_GLOBAL=-O1")
# What Verilator, g++ and GHDL leave in a folder.
_MADE = (".a", ".cpp", ".d", ".dat", ".gch", ".h", ".mk", ".o", ".v")


@dataclass(frozen=True)
class Verilator:
    """Simulates compiled C++; registers without initial value start with random bits.

    The build is not left to cocotb's runner, which makes every signal of the design public: building and
    running would take several times as long. Here only the ports are public.

    Attributes:
        waves: File in the folder of the simulation to which all signals are written; none by default.
    """

    waves: str | None = None

    name = "verilator"
    language = "verilog"
    plus_arguments = ("+verilator+rand+reset+2", "+verilator+seed+1", "+verilator+quiet")

    @property
    def run_arguments(self) -> tuple[str, ...]:
        """Options of the compiled program."""
        return () if self.waves is None else ("--trace", "--trace-file", self.waves)

    @property
    def _tracing(self) -> tuple[str, ...]:
        return () if self.waves is None else (_WAVES[Path(self.waves).suffix],)

    def version(self) -> str:
        """Version for the report."""
        return f"Verilator {require('verilator').version}"

    def key(self) -> str:
        """What a build depends on apart from sources and ports: every tool involved, and its options."""
        used = [require(name) for name in ("verilator", "ghdl", "g++", "cocotb")]
        tools = [f"{tool.name} {tool.version} {tool.path}" for tool in used]
        return " ".join([platform.node(), *tools, *self._tracing, *READ_OPTIONS, *_START_RANDOM, *_OPTIMISE])

    def require_tools(self) -> None:
        """Refuse to continue without a tool.

        Raises:
            ToolError: Naming it.
        """
        for name in ("cocotb", "ghdl", "g++", "make", "perl", "verilator"):
            require(name)

    def runner(self) -> Runner:
        """Cocotb's runner."""
        from cocotb_tools.runner import get_runner

        add_to_path("verilator")
        return get_runner("verilator")

    def build(self, folder: Path, sources: Sequence[Path], interface: Interface) -> None:
        """Convert to Verilog and compile.

        Raises:
            VerificationError: With the first message of GHDL, Verilator or g++.
        """
        import cocotb_tools.config

        top = interface.top
        for stale in folder.iterdir():  # make goes by times, so nothing of another design may remain
            if stale.suffix in _MADE or stale.name == top:
                stale.unlink()
        verilog = to_verilog(folder, sources, top)
        verilog.write_text(direct_bits(driven_nets(verilog.read_text(encoding="utf-8"))), encoding="utf-8")
        public = folder / "public.vlt"
        public.write_text(_public(interface), encoding="utf-8")
        libraries = cocotb_tools.config.libs_dir
        bridge = cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp"
        command = ["verilator", "--cc", "--exe", "--vpi", "-Mdir", str(folder), "--top-module", top]
        command += ["--prefix", verilated_cpp.PREFIX, "-o", top, "--timescale", "1ns/1ns"]
        command += [*self._tracing, *READ_OPTIONS, *_START_RANDOM]
        command += ["-LDFLAGS", f"-Wl,-rpath,{libraries} -L{libraries} -lcocotbvpi_verilator"]
        command += [str(public), str(verilog)]
        run(command, folder, folder / "verilator.log", top, "verilator could not read the Verilog")
        verilated_cpp.compile_program(folder, top, top, (*_OPTIMISE, *self._tracing), bridge)


def _public(interface: Interface) -> str:
    """Verilator's configuration that lets cocotb see only the ports."""
    names = ["clk", interface.reset.name, *(["in_tag", "out_tag"] if interface.tag_bits else [])]
    for port in (*interface.inputs, *interface.outputs):
        names += [port.valid, port.data, *([port.first] if port.first is not None else [])]
    lines = [f'public_flat_rw -module "{interface.top}" -var "{name}"' for name in names]
    return "\n".join(["`verilator_config", *lines, ""])
