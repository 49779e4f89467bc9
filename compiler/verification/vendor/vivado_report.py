"""Reads the text of Vivado's utilization reports and timing summaries.

PyPI's vivado-report-parser has no timing summaries and is under the GPL.

Source: UG906, Vivado Design Analysis and Closure Techniques; reports of Vivado 2020.1 to 2023.2 in public repositories.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bxnn.compiler.errors import InputError

# Names of the rows by what they count; families differ.
_ROWS: Mapping[str, tuple[str, ...]] = {
    "lut": ("Slice LUTs", "CLB LUTs"),
    "ff": ("Slice Registers", "CLB Registers", "Registers"),
    "dsp": ("DSPs", "DSP Slices"),
    "bram": ("Block RAM Tile",),
    "uram": ("URAM",),
}
_HALVES = {"bram": 2}  # a tile is two RAMB18
_NEEDED = ("lut", "ff", "dsp", "bram")
_HEADER = re.compile(r"^\|\s*([A-Z][A-Za-z ]*?)\s*:\s*(.*?)\s*$", re.MULTILINE)
_CLOCK = re.compile(r"^(\S+)\s+\{[0-9. ]+\}\s+([0-9.]+)\s+[0-9.]+\s*$", re.MULTILINE)
_SUMMARY = {"setup_slack_ns": "WNS(ns)", "hold_slack_ns": "WHS(ns)", "failing_endpoints": "TNS Failing Endpoints"}

UTILIZATION, TIMING = "utilization report", "timing summary"


def header(text: str) -> dict[str, str]:
    """The table at the top: tool version, design, device, state."""
    return dict(reversed(_HEADER.findall(text)))  # the first of a name wins


def kind_of(subject: str, text: str) -> str:
    """Which of the two reports it is.

    Raises:
        InputError: If it is neither.
    """
    if "Design Timing Summary" in text and "WNS(ns)" in text:
        return TIMING
    if re.search(r"^\|\s*Site Type\s*\|", text, re.MULTILINE):
        return UTILIZATION
    raise InputError(
        subject,
        "is neither a utilization report nor a timing summary of Vivado; write them with report_utilization -file "
        "and report_timing_summary -file",
    )


def utilization(subject: str, text: str) -> dict[str, Any]:
    """Numbers of a utilization report, by name in the report of the build.

    Raises:
        InputError: If a number is missing or is none.
    """
    used: dict[str, str] = {}
    for name, amount in _used(text):
        used.setdefault(name, amount)  # the first table with a name counts
    found: dict[str, Any] = {}
    for key, names in _ROWS.items():
        present = [name for name in names if name in used]
        if present:
            found[key] = round(_number(subject, present[0], used[present[0]]) * _HALVES.get(key, 1))
        elif key in _NEEDED:
            raise InputError(subject, f"has no row {' or '.join(names)}; write it again with report_utilization -file")
    return found


def _used(text: str) -> Iterator[tuple[str, str]]:
    """Name and used number of each row of the tables of sites."""
    columns: Sequence[str] = ()
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = columns if line.startswith("+") else ()
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "Site Type" in cells and "Used" in cells:
            columns = cells
        elif len(cells) == len(columns):
            row = dict(zip(columns, cells, strict=True))
            yield row["Site Type"].rstrip("*"), row["Used"]


def timing(subject: str, text: str, period_ns: float) -> dict[str, Any]:
    """Slacks and clock of a timing summary, by name in the report of the build.

    Raises:
        InputError: If nothing is constrained, or by no clock of this period.
    """
    lines = text[text.index("Design Timing Summary") :].splitlines()
    at = next((n for n, line in enumerate(lines) if "WNS(ns)" in line), None)
    if at is None or at + 2 >= len(lines):
        raise InputError(subject, "ends before its numbers; write it again with report_timing_summary -file")
    names, values = re.split(r"\s{2,}", lines[at].strip()), lines[at + 2].split()
    row = dict(zip(names, values, strict=False))
    if row.get("WNS(ns)", "NA") == "NA":
        raise InputError(subject, "has no constrained path; read the XDC of the package before report_timing_summary")
    found: dict[str, Any] = {
        key: _number(subject, name, row[name]) for key, name in _SUMMARY.items() if row.get(name, "NA") != "NA"
    }
    if "failing_endpoints" in found:
        found["failing_endpoints"] = round(found["failing_endpoints"])
    return found | {"period_ns": _period(subject, text, period_ns)}


def _period(subject: str, text: str, wanted: float) -> float:
    """The clock of the network among those of the design."""
    periods = [_number(subject, name, period) for name, period in _CLOCK.findall(text)]
    if not periods:
        raise InputError(subject, "has no clock in its clock summary; constrain clk with the XDC of the package")
    nearest = min(periods, key=lambda period: abs(period - wanted))
    if abs(nearest - wanted) > 0.001 * wanted:
        shown = ", ".join(f"{period:.3f}" for period in periods)
        raise InputError(
            subject, f"has clocks of {shown} ns, but the build is for {wanted:.3f} ns; compile it with that clock_mhz"
        )
    return nearest


def _number(subject: str, name: str, text: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(subject, f"has {text[:30]!r} for {name}, which is not a number; write it again")
    return value
