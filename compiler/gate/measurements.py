"""What was measured on a build against what was predicted: one check for each promise of the report."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bxnn.compiler.gate.check import Check, Rule
from bxnn.compiler.plural import counted
from bxnn.compiler.report import ReportModel

PREDICTION = "predicted"


def measurements(report: ReportModel) -> tuple[Check, ...]:
    """The checks of everything that was run on a build; what was not run has none."""
    return (
        *simulated(report),
        *c_simulated(report),
        *verified(report),
        *flipped(report),
        *proven(report),
        *synthesized(report),
        *compared(report),
    )


def simulated(report: ReportModel) -> Iterator[Check]:
    """Every bit, the latency and the initiation interval of the simulation."""
    found = report.simulation
    if found is None:
        return
    source, told = f"simulated by {found.simulator}", found.first_difference
    yield Check("simulation.mismatches", found.mismatches, Rule.EQUAL, 0, PREDICTION, source, told)
    if found.received is not None:
        sent = found.events + (found.directed_events or 0)
        yield Check("simulation.received", found.received, Rule.EQUAL, sent, "events sent", source, told)
    if found.spurious is not None:
        yield Check("simulation.spurious", found.spurious, Rule.EQUAL, 0, PREDICTION, source, told)
    for figure in ("latency_cycles", "initiation_interval"):
        measured, predicted = getattr(found, figure), getattr(report, figure)
        yield Check(f"simulation.{figure}", measured, Rule.EQUAL, predicted, PREDICTION, source, told)
    yield Check("simulation.passed", int(found.passed), Rule.EQUAL, 1, PREDICTION, source, told)


def c_simulated(report: ReportModel) -> Iterator[Check]:
    """Every element of the HLS C++."""
    found = report.csim
    if found is not None:
        source = f"run by {found.compiler or 'g++'}"
        yield Check("csim.mismatches", found.mismatches, Rule.EQUAL, 0, PREDICTION, source, found.first_difference)


def verified(report: ReportModel) -> Iterator[Check]:
    """Every engine of ``bxnn verify``; one that gave no answer has an unknown number of mismatches."""
    if report.verification is None:
        return
    for found in report.verification.engines:
        count = found.mismatches if found.passed or found.mismatches else None
        figure, source = f"verification.{found.engine}.mismatches", f"run on {counted(found.events, 'event')}"
        yield Check(figure, count, Rule.EQUAL, 0, PREDICTION, source, found.problem)


def flipped(report: ReportModel) -> Iterator[Check]:
    """How long outputs are wrong after a bit flip, for each class of registers."""
    found = report.faults
    if found is None:
        return
    bound = f"latency_cycles + initiation_interval = {found.bound_cycles}"
    for each in found.classes:
        figure, source = f"faults.{each.registers}.late", f"of {counted(each.flips, 'flip')}"
        yield Check(figure, each.late, Rule.EQUAL, 0, bound, source, found.problem)


def proven(report: ReportModel) -> Iterator[Check]:
    """The proofs of ``bxnn prove``: of every entity, of the network if it was tried, and of the accumulators."""
    found = report.proofs
    if found is None:
        return
    for name, cases in groupby(found.entities, lambda each: each.entity):
        refuted = [each.case for each in cases if not each.proven]
        told = f"case {refuted[0]}" if refuted else None
        yield Check(f"proofs.{name}.refuted", len(refuted), Rule.EQUAL, 0, PREDICTION, "proven by SAT", told)
    if found.network.proven is not None:
        yield Check("proofs.network.proven", int(found.network.proven), Rule.EQUAL, 1, PREDICTION, "proven by SAT")
    holds, told = int(found.certificate.holds), found.certificate.problem
    yield Check("proofs.certificate.holds", holds, Rule.EQUAL, 1, PREDICTION, "computed from the VHDL", told)


def synthesized(report: ReportModel) -> Iterator[Check]:
    """DSPs, block RAMs, and the slowest path of every class."""
    found = report.resources
    if found is None:
        return
    yield Check("resources.dsp", found.dsp, Rule.EQUAL, report.dsp, PREDICTION, "synthesized")
    yield Check("resources.bram", found.bram, Rule.EQUAL, report.bram, PREDICTION, "synthesized")
    if report.timing is None or report.timing.worst_path_ns is None:
        return
    for path in report.timing.classes:
        limit = path.predicted_ns(report.timing.estimate)
        if path.measured_ns is not None:
            figure = f"timing.{path.kind.value}_ns"
            yield Check(figure, path.measured_ns, Rule.AT_MOST, limit or 0.0, PREDICTION, "synthesized")


def compared(report: ReportModel) -> Iterator[Check]:
    """The firmware against the model in its own framework."""
    found = report.float_comparison
    if found is not None and found.elements_differing is not None:
        figure, source = "float_comparison.elements_differing", f"compared with {found.reference}"
        yield Check(figure, found.elements_differing, Rule.EQUAL, 0, PREDICTION, source, found.first_difference)
