"""The HLS C++ of a build, compiled with g++, against the reference."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.layer_difference import in_words
from bxnn.compiler.report import CSim, ReportModel, Results
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.verification.results import blamed, logs, updated
from bxnn.compiler.verification.stimulus import stimulus


def csim(folder: Path, data: Path | None, events: int | None, seed: int = 1, trust: bool = False) -> ReportModel:
    """Run the HLS C++ of a build, compiled with g++, and compare every element with the reference.

    Args:
        folder: The build folder.
        data: Real-valued events; random codes without it.
        events: Number of events; by default all of the file, or 1,000 random ones.
        seed: Determines corner vectors and random codes.
        trust: Whether to run code that another user wrote or that was changed after bxnn wrote it.

    Raises:
        InputError: If the build, the data, the compiler or its headers are missing, or the compiler refuses the code.
        VerificationError: If an element differs; the report is written anyway.
    """
    from bxnn.sim.csim import simulate as simulate_c
    from bxnn.sim.reference import Reference
    from bxnn.sim.vectors import corner_vectors

    with opened(folder, "report.json", "ir", code=("hls",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        reference = Reference(build.graph)
        begin_stage("events and reference")
        _, _, codes = stimulus(reference, data, events, seed)
        directed = corner_vectors(reference, seed)
        work = place.work("csim")
        begin_stage("compile and run with g++")
        result = simulate_c(build.hls, work, reference, codes, directed)
        begin_stage("report")
        # The vectors are where a vendor's C simulation looks for them.
        vectors = Results(work, "hls", ("vectors.txt",))
        changed = place.changed("hls")
        report = updated(place, logs(work, "csim"), vectors, csim=CSim(**vars(result), changed_files=changed))
        if result.first_difference is not None:
            seen = in_words(result.first_difference, result.first_wrong_layer)
            raise VerificationError(report.name, f"the HLS C++ differs: {seen}{blamed(changed)}")
        if not trust:
            place.check_unchanged("hls")
    return report
