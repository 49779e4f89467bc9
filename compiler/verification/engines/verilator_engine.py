"""The VHDL in Verilator as an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.verification.engines.engine import Codes, Engine, Found, compared

if TYPE_CHECKING:
    from bxnn.compiler.backend.build_folder import Build
    from bxnn.sim.reference import Reference


class VerilatorEngine(Engine):
    """The VHDL, turned into a program by GHDL and Verilator: every bit, and the cycle of every output.

    Events follow one another as closely as the initiation interval allows.
    """

    name = "verilator"
    shard_events = 25_000
    shard_macs = 120_000_000

    def prepare(self, build: Build, reference: Reference, work: Path) -> None:
        from bxnn.sim.bench.compiled_simulation import CompiledSimulation

        CompiledSimulation.build(build.vhdl, Interface.load(build.interface), work)

    def compare(
        self, build: Build, reference: Reference, work: Path, codes: Codes, expected: Codes, seed: int
    ) -> Found:
        from bxnn.sim.bench.compiled_simulation import CompiledSimulation

        simulation = CompiledSimulation.build(build.vhdl, Interface.load(build.interface), work)
        flat = {name: array.reshape(len(array), -1) for name, array in codes.items()}
        return compared(expected, simulation.output_codes(flat, seed))
