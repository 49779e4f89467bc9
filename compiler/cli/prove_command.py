"""The command ``bxnn prove``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxnn.compiler.cli.cli_options import Build, Junit, Trust
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.presentation import present

if TYPE_CHECKING:
    from bxnn.compiler.report import ReportModel


def prove(build: Build, trust: Trust = False, junit: Junit = None) -> None:
    """Prove by SAT that the library entities of a build are what their specifications say.

    A network of few inputs is proven as a whole, for all events. A certificate bounds all accumulators.
    """
    from bxnn.compiler import verification
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.gate.measurements import proven

    with (
        junit_file(junit, "prove", build, lambda report: tuple(proven(report))),
        elapsed("prove") as reached,
    ):
        report = verification.prove(build, trust, lambda done, total: reached(f"{done} of {total} proofs"))
    _show(report)


def _show(report: ReportModel) -> None:
    from bxnn.compiler.report.proof_table import proof_table

    assert report.proofs is not None
    present(report.model_dump(mode="json"), proof_table(report.proofs))
