"""Bit flips, class by class of registers."""

from __future__ import annotations

from bxnn.compiler.plural import counted
from bxnn.compiler.report.fault_facts import Faults
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table

_HEADER = ("registers", "bits", "flips", "seen", "most wrong", "longest", "late", "left")


def fault_row(found: Faults) -> tuple[str, str, str]:
    """The line of the summary: how long outputs may be wrong, and were."""
    limit = f"at most {counted(found.bound_cycles, 'cycle')}"
    late = f", {found.late} later" if found.late else ""
    flips, bits = counted(found.flips, "flip"), counted(found.bits, "register bit")
    return "wrong after a flip", limit, f"{counted(found.longest_cycles, 'cycle')}{late}; {flips} of {bits}"


def fault_tables(report: ReportModel) -> tuple[Table, ...]:
    """A row per class, ``longest`` in cycles; nothing if no bit was flipped."""
    found = report.faults
    if found is None:
        return ()
    rows = tuple(
        (
            each.registers,
            str(each.bits),
            str(each.flips),
            str(each.seen),
            str(each.most_wrong),
            str(each.longest_cycles),
            str(each.late),
            str(each.left),
        )
        for each in found.classes
    )
    return (Table("Bit flips", _HEADER, rows),)
