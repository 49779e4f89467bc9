"""What the generated C++ costs: build of the C simulation, build and rate of the emulator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.jet_tagger import Session

ROOT = Path(__file__).resolve().parent.parent

Facts = dict[str, Any]


def emulator(session: Session, build: Path, events: int, seed: int) -> Facts:
    """Seconds to build, events/s on one core, events that differ from the reference."""
    command = [session.python, "-m", "bench.time_emulator", build, str(events), str(seed)]
    finished = session.command(f"emulator of {build.name}", command)
    return {} if finished is None else dict(json.loads(finished.stdout.splitlines()[-1]))


def csim(session: Session, build: Path, data: Path | None = None, events: int | None = None) -> Facts:
    """Build and run the HLS C++, from scratch."""
    shutil.rmtree(build / "sim" / "csim", ignore_errors=True)
    command: list[object] = [session.bxnn, "csim", build]
    command += [] if data is None else ["--input", data]
    command += [] if events is None else ["--events", str(events)]
    finished = session.command(f"csim {build.name}", command)
    found = session.report(build).get("csim") if finished else None
    keys = ("events", "mismatches", "build_seconds", "run_seconds")
    return {key: found.get(key) for key in keys} if found else {}
