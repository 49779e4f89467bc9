"""The proofs of a build as a table."""

from __future__ import annotations

from itertools import groupby

from bxnn.compiler.plural import counted
from bxnn.compiler.report.proof_facts import EntityProof, NetworkProof, OverflowCertificate, Proofs, WhyNotProven
from bxnn.compiler.report.table import Table

_WHY_NOT = {
    WhyNotProven.WIDE_INPUT: "has too many different events",
    WhyNotProven.STREAMING: "is streaming",
    WhyNotProven.HISTORY: "remembers earlier events",
    WhyNotProven.PRIMITIVES: "instantiates primitives",
    WhyNotProven.LOADED_WEIGHTS: "loads its weights",
}


def proof_table(proofs: Proofs) -> Table:
    """A row for every entity, for the network, and for the certificate."""
    rows = [_entity_row(name, list(cases)) for name, cases in groupby(proofs.entities, lambda each: each.entity)]
    rows += [(name, "not proven", "-") for name in proofs.unproven]
    rows += [_network_row(proofs.network), _certificate_row(proofs.certificate), ("total", "", _time(proofs.seconds))]
    return Table("Proofs", ("what", "proven", "time"), tuple(rows))


def proof_summary(proofs: Proofs) -> str:
    """One line about all of them."""
    units = counted(len({each.entity for each in proofs.entities}), "library unit")
    text = f"{units}, bounds of {counted(proofs.certificate.accumulators, 'accumulator')}"
    whole = text if proofs.network.why_not is not None else f"{text}, the network for all events"
    return whole if proofs.passed else f"REFUTED, of {whole}"


def _entity_row(name: str, cases: list[EntityProof]) -> tuple[str, str, str]:
    refuted = [each.case for each in cases if not each.proven]
    cycles = [each.cycles for each in cases if each.cycles is not None]
    span = counted(min(cycles), "cycle") if cycles else "all time"
    state = ", from any state" if any(each.any_state for each in cases) else ""
    verdict = f"REFUTED: {', '.join(refuted)}" if refuted else f"{counted(len(cases), 'case')}, {span}{state}"
    return name, verdict, _time(sum(each.seconds for each in cases))


def _network_row(network: NetworkProof) -> tuple[str, str, str]:
    if network.why_not is not None:
        return "network", f"not tried: {_WHY_NOT[network.why_not]}", "-"
    verdict = f"{counted(network.events or 0, 'event')}, which are all, for all time" if network.proven else "REFUTED"
    return "network", verdict, _time(network.seconds or 0.0)


def _certificate_row(found: OverflowCertificate) -> tuple[str, str, str]:
    held = f"{counted(found.accumulators, 'accumulator')} of {counted(found.layers, 'layer')} cannot overflow"
    return "overflow certificate", held if found.holds else f"DOES NOT HOLD: {found.problem}", _time(found.seconds)


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s"
