"""The synthesized build against the prediction."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from bxnn.boards.board import load_board
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report import Report, Resources, load_report
from bxnn.compiler.verification.results import blamed, logs, updated


def synthesize(folder: Path, trust: bool = False) -> Report:
    """Count DSP, LUT and FF of a build with GHDL and yosys, and check the predicted numbers of DSPs and block RAMs.

    Raises:
        InputError: If the build or a tool is missing.
        VerificationError: If the numbers of DSPs or block RAMs differ; the report is written anyway.
    """
    from bxnn.sim.synthesis import synthesize as run_synthesis

    needs = ("report.json", "ir", "sim/interface.json")
    with opened(folder, *needs, code=("vhdl",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        interface = Interface.load(build.interface)
        files = [build.vhdl / name for name in interface.files]
        wide_bits = load_board(load_report(build.report).board.name).operand_a_bits
        work = place.work("synthesis")
        result = run_synthesis(files, interface.top, work, wide_bits=wide_bits)
        report = updated(place, logs(work, "synthesis"), resources=Resources(**asdict(result)))
        if report.resource_difference is not None:
            raise VerificationError(report.name, report.resource_difference + blamed(place.changed("vhdl")))
        if not trust:
            place.check_unchanged("vhdl")
    return report
