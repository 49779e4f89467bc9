"""The HLS C++ as an engine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.verification.engines.engine import Codes, Engine, Found

if TYPE_CHECKING:
    from bxnn.compiler.backend.build_folder import Build
    from bxnn.sim.reference import Reference


class HlsEngine(Engine):
    """The HLS C++ and its own test bench, compiled with g++."""

    name = "hls"
    shard_events = 10_000
    shard_macs = 50_000_000

    def prepare(self, build: Build, reference: Reference, work: Path) -> None:
        from bxnn.sim.csim import csim_program

        csim_program(build.hls, work, reference.graph.name)

    def compare(
        self, build: Build, reference: Reference, work: Path, codes: Codes, expected: Codes, seed: int
    ) -> Found:
        from bxnn.sim.csim import csim_program, first_in_words, run_bench, write_events

        program = csim_program(build.hls, work, reference.graph.name)
        with tempfile.TemporaryDirectory(prefix="events-", dir=work) as scratch:
            vectors = Path(scratch) / "vectors.txt"
            events = len(next(iter(codes.values())))
            write_events(vectors, reference, {**codes, **expected})
            counts = run_bench(program, vectors, Path(scratch), events)
        if not counts.mismatches:
            return Found(0)
        event, told = first_in_words(counts.text)
        return Found(counts.mismatches, event, told)
