"""Bit flips in the registers of a build: outputs must soon be right again, whichever bit was hit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.plural import counted
from bxnn.compiler.report import Faults, RegisterClass, ReportModel
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.verification.results import blamed, updated

if TYPE_CHECKING:
    from bxnn.sim.bench.flip_simulation import Flip, FlipResult

DEFAULT_FLIPS = 10_000
_EVENTS = 200  # different ones, sent again and again


def flip(folder: Path, flips: int | None = None, seed: int = 1, trust: bool = False) -> ReportModel:
    """Flip bits of every class of registers in the running VHDL and report how long outputs are wrong.

    Args:
        folder: The build folder.
        flips: How many, 10,000 by default; the classes take turns, so that each has as many.
        seed: Determines events, bits and cycles.
        trust: Whether to run code that another user wrote or that was changed after bxnn wrote it.

    Raises:
        InputError: If the build or a tool is wrong or missing.
        VerificationError: If outputs are wrong for longer than a latency and an initiation interval; the report is
            written anyway.
    """
    from bxnn.sim.bench.flip_simulation import flip_registers
    from bxnn.sim.events import random_codes
    from bxnn.sim.reference import Reference

    start = time.monotonic()
    with opened(folder, "report.json", "ir", "sim/interface.json", code=("vhdl",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        interface = Interface.load(build.interface)
        codes = random_codes(Reference(build.graph), _EVENTS, seed)
        flat = {name: array.reshape(len(array), -1) for name, array in codes.items()}
        begin_stage("flip registers in verilator")
        wanted = DEFAULT_FLIPS if flips is None else flips
        found = flip_registers(build.vhdl, interface, place.work("flip"), flat, wanted, seed)
        begin_stage("report")
        changed = place.changed("vhdl")
        faults = _judged(found, seed, round(time.monotonic() - start, 3), changed)
        report = updated(place, faults=faults)
        if faults.problem is not None:
            raise VerificationError(report.name, faults.problem + blamed(changed))
        if not trust:
            place.check_unchanged("vhdl")
    return report


def _judged(found: FlipResult, seed: int, seconds: float, changed: tuple[str, ...]) -> Faults:
    bound = found.bound_cycles
    late = [each for each in found.flips if each.last_wrong_cycle > bound]
    problem = None
    if late:
        problem = f"{counted(len(late), 'flip')} of {len(found.flips)} did not heal within {counted(bound, 'cycle')}"
        problem += f"; the first: {_told(late[0], 2 * bound)}"
    classes = tuple(
        _class(kind, bits, [each for each in found.flips if each.kind == kind], bound)
        for kind, bits in found.bits.items()
    )
    return Faults(
        flips=len(found.flips),
        seed=seed,
        bound_cycles=bound,
        classes=classes,
        passed=not late,
        seconds=seconds,
        problem=problem,
        changed_files=changed,
    )


def _told(flip: Flip, watched: int) -> str:
    never = (
        "is never right again"
        if flip.healed_cycles is None
        else f"is right after {counted(flip.healed_cycles, 'cycle')}"
    )
    return f"{flip.kind} ({flip.place}) {never}, outputs are wrong until cycle {flip.last_wrong_cycle} of {watched}"


def _class(kind: str, bits: int, flips: Sequence[Flip], bound: int) -> RegisterClass:
    late = [each for each in flips if each.last_wrong_cycle > bound]
    return RegisterClass(
        registers=kind,
        bits=bits,
        flips=len(flips),
        seen=sum(each.wrong_outputs > 0 for each in flips),
        most_wrong=max((each.wrong_outputs for each in flips), default=0),
        longest_cycles=max((each.last_wrong_cycle for each in flips), default=0),
        late=len(late),
        left=sum(each.healed_cycles is None and each not in late for each in flips),
    )
