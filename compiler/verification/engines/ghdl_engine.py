"""The VHDL in GHDL as an engine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.verification.engines.engine import Codes, Engine, Found, compared

if TYPE_CHECKING:
    from bxnn.compiler.backend.build_folder import Build
    from bxnn.sim.reference import Reference


class GhdlEngine(Engine):
    """The VHDL itself: every bit, undefined ones too, and the cycle of every output.

    Events follow one another as closely as the initiation interval allows.
    """

    name = "ghdl"
    shard_events = 1_000
    shard_macs = 4_000_000

    def prepare(self, build: Build, reference: Reference, work: Path) -> None:
        from bxnn.sim.bench.replay import Replay

        Replay.build(build.vhdl, Interface.load(build.interface), work)

    def compare(
        self, build: Build, reference: Reference, work: Path, codes: Codes, expected: Codes, seed: int
    ) -> Found:
        from bxnn.sim.bench.replay import Replay

        replay = Replay.build(build.vhdl, Interface.load(build.interface), work)
        flat = {name: array.reshape(len(array), -1) for name, array in codes.items()}
        with tempfile.TemporaryDirectory(prefix="events-", dir=work) as scratch:
            return compared(expected, replay.output_codes(flat, Path(scratch).resolve()))
