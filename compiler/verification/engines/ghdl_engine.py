"""The VHDL in GHDL as an engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.verification.engines.engine import Codes, Engine, Found

if TYPE_CHECKING:
    from bxnn.compiler.backend.build_folder import Build
    from bxnn.sim.reference import Reference


class GhdlEngine(Engine):
    """The VHDL itself, under the cocotb bench: every bit and cycle."""

    name = "ghdl"
    shard_events = 500

    def prepare(self, build: Build, reference: Reference, work: Path) -> None:
        from bxnn.sim.toolchain import require

        for name in ("cocotb", "ghdl"):  # each process analyses for itself
            require(name)

    def compare(
        self, build: Build, reference: Reference, work: Path, codes: Codes, expected: Codes, seed: int
    ) -> Found:
        from bxnn.sim.bench.plan import Effort
        from bxnn.sim.rtl import simulate

        interface = Interface.load(build.interface)
        own = work / f"process-{os.getpid()}"  # a simulation leaves its files where it was analysed
        result = simulate(build.folder, interface, codes, expected, "ghdl", seed, None, own, Effort.QUICK)
        if not result.passed and not result.mismatches:
            raise VerificationError(interface.top, result.first_difference or "the simulation did not pass")
        return Found(result.mismatches, result.first_event, result.first_difference)
