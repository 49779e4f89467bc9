"""The synthesized build against the prediction."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from bxnn.boards.board import BOARD_FILE, load_board, read_board
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report import ReportModel, Resources, load_report
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.verification.measured_timing import with_measured_paths
from bxnn.compiler.verification.results import blamed, logs, updated


def synthesize(folder: Path, trust: bool = False) -> ReportModel:
    """Count DSP, LUT and FF of a build with GHDL and yosys, and find its slowest paths; check what was predicted.

    The numbers of DSPs and block RAMs must be as predicted; no path may be slower than predicted for its class.

    Raises:
        InputError: If the build or a tool is missing.
        VerificationError: If anything differs; the report is written anyway.
    """
    from bxnn.sim.synthesis import synthesize as run_synthesis

    needs = ("report.json", "ir", "sim/interface.json")
    with opened(folder, *needs, code=("vhdl",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        interface = Interface.load(build.interface)
        files = [build.vhdl / name for name in interface.files]
        before = load_report(build.report)
        own = place.folder / BOARD_FILE
        board = read_board(own, str(own)) if own.is_file() else load_board(before.board.name)
        board = board.with_part(before.board.part)
        work = place.work("synthesis")
        begin_stage("synthesize with GHDL and yosys")
        result = run_synthesis(files, interface.top, work, wide_bits=board.operand_a_bits)
        begin_stage("paths of the netlist")
        timing = with_measured_paths(before.timing, work, interface, board.delays)
        begin_stage("report")
        report = updated(place, logs(work, "synthesis"), resources=Resources(**asdict(result)), timing=timing)
        differences = (report.resource_difference, None if timing is None else timing.difference)
        if any(differences):
            told = "; ".join(filter(None, differences))
            raise VerificationError(report.name, told + blamed(place.changed("vhdl")))
        if not trust:
            place.check_unchanged("vhdl")
    return report
