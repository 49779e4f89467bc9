"""Every objective of a search as the report words it."""

from __future__ import annotations

import pytest

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.objective import Aim, BestTried, Bounded, Evidence, Goal, Objective, Optimal
from bxnn.compiler.report.objective_text import objective_text

FASTEST = Aim(Goal.LOWEST_LATENCY, dsp=40)


@pytest.mark.parametrize(
    ("objective", "text"),
    [
        (
            Objective(FASTEST, Optimal(81)),
            "lowest latency with at most 40 DSPs, then fewest DSPs; proven optimal over 81 combinations of the "
            "implementations known to the scheduler",
        ),
        (
            Objective(Aim(Goal.LOWEST_LATENCY, dsp=1, lut=1200, priced=True), Optimal(9, 12), dsps_suffice=False),
            "lowest latency with at most 1 DSP and 1200 LUTs, then fewest DSPs, then fewest LUTs; proven optimal in "
            "cycles over 9 combinations of the implementations known to the scheduler, leaving out some that save at "
            "most 12 LUTs; with DSPs alone no design fits",
        ),
        (
            Objective(Aim(Goal.FEWEST_DSPS, latency_cycles=12, lut=1000, priced=True), Bounded(1, 1)),
            "fewest DSPs within 12 cycles and 1000 LUTs, then lowest latency, then fewest LUTs; at least 1 DSP is "
            "proven necessary over 1 combination of the implementations known to the scheduler",
        ),
        (
            Objective(FASTEST, Bounded(7, 20)),
            "lowest latency with at most 40 DSPs, then fewest DSPs; at least 20 cycles are proven necessary over 7 "
            "combinations of the implementations known to the scheduler",
        ),
        (
            Objective(Aim(Goal.SMALLEST_PRODUCT), BestTried(6)),
            "smallest product of DSPs and cycles from the first beat to the output; best of 6 combinations of the "
            "implementations and tile intervals tried by the scheduler",
        ),
        (
            Objective(Aim(Goal.SMALLEST_PRODUCT, lut=900), BestTried(6, 3)),
            "smallest product of DSPs and cycles from the first beat to the output within 900 LUTs; best of 6 "
            "combinations of the implementations and tile intervals tried by the scheduler; among the 3 that are best "
            "in latency and DSPs, priced one by one",
        ),
    ],
)
def test_an_objective_is_put_into_words(objective: Objective, text: str) -> None:
    assert objective_text(objective) == text


def test_evidence_without_words_is_an_error_of_bxnn() -> None:
    with pytest.raises(InternalError) as caught:
        objective_text(Objective(FASTEST, Evidence(1)))
    assert str(caught.value) == "objective: has evidence without words, Evidence"
