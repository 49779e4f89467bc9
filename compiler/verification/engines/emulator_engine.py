"""The C++ emulator as an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.verification.engines.engine import Codes, Engine, Found, compared

if TYPE_CHECKING:
    from bxnn.compiler.backend.build_folder import Build
    from bxnn.sim.reference import Reference


class EmulatorEngine(Engine):
    """The emulator, compiled with g++ and called in the worker's process."""

    name = "cpp"
    shard_events = 20_000
    shard_macs = 1_000_000_000

    def prepare(self, build: Build, reference: Reference, work: Path) -> None:
        from bxnn.sim.emulator import Emulator

        Emulator(build.emulator, work, reference)

    def compare(
        self, build: Build, reference: Reference, work: Path, codes: Codes, expected: Codes, seed: int
    ) -> Found:
        from bxnn.sim.emulator import Emulator

        return compared(expected, Emulator(build.emulator, work, reference).output_codes(codes))
