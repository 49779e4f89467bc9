"""``bxnn timing``: what a vendor's tool found, beside the prediction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import InputError, VerificationError
from bxnn.compiler.files import read_regular
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.report.vendor_facts import VendorFile, VendorReport
from bxnn.compiler.verification.results import updated
from bxnn.compiler.verification.vendor import quartus_report, vivado_report

_MOST = 1 << 26  # bytes of a report

Tool = Literal["Vivado", "Quartus"]
_READERS: dict[Tool, ModuleType] = {"Vivado": vivado_report, "Quartus": quartus_report}


def read_vendor_reports(folder: Path, tool: Tool, files: Sequence[Path]) -> ReportModel:
    """Put the numbers of a tool's reports into report.json.

    Args:
        folder: The build folder.
        tool: Which tool wrote the files.
        files: At most one of each kind: resources, timing.

    Raises:
        InputError: If a file is no such report, or is of another design, device or clock; nothing is written then.
        VerificationError: If the clock is missed; the report is written anyway.
    """
    with opened(folder, "report.json", "ir", writes=True) as place:
        before = load_report(Build(place.folder).report)
        report = updated(place, vendor=_read(before, tool, files))
        assert report.vendor is not None
        if report.vendor.missed:
            raise VerificationError(report.name, f"{report.vendor.missed}, at {report.clock_mhz:g} MHz")
    return report


def _read(report: ReportModel, tool: Tool, files: Sequence[Path]) -> VendorReport:
    facts: dict[str, Any] = {}
    kinds: dict[str, Path] = {}
    told: list[VendorFile] = []
    for path in files:
        text, digest = _text(path)
        kind = str(_READERS[tool].kind_of(str(path), text))
        if kind in kinds:
            raise InputError(str(path), f"is a second {kind}, after {kinds[kind]}; give one")
        kinds[kind] = path
        told.append(VendorFile(name=path.name, sha256=digest))
        facts |= _vivado(report, path, kind, text) if tool == "Vivado" else _quartus(report, path, kind, text)
    if "setup_slack_ns" in facts:
        period = facts.get("period_ns", 1000.0 / report.clock_mhz)
        facts["max_clock_mhz"] = 1000.0 / (period - facts["setup_slack_ns"])
    return VendorReport(tool=tool, files=tuple(told), **facts)


def _text(path: Path) -> tuple[str, str]:
    """A report and its SHA-256; Quartus writes ISO-8859-1, which any bytes are."""
    try:
        content = read_regular(path, _MOST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(str(path), f"cannot be read: {reason}") from error
    if len(content) > _MOST:
        raise InputError(str(path), f"has more than {_MOST >> 20} MB; it is not a report")
    return content.decode("latin-1").replace("\r\n", "\n"), hashlib.sha256(content).hexdigest()


def _vivado(report: ReportModel, path: Path, kind: str, text: str) -> dict[str, Any]:
    header = vivado_report.header(text)
    _check(report, path, header.get("Design"), header.get("Device"))
    common = {
        "version": header.get("Tool Version"),
        "device": header.get("Device"),
        "state": header.get("Design State"),
    }
    numbers = (
        vivado_report.utilization(str(path), text)
        if kind == vivado_report.UTILIZATION
        else vivado_report.timing(str(path), text, 1000.0 / report.clock_mhz)
    )
    return {key: value for key, value in common.items() if value} | numbers


def _quartus(report: ReportModel, path: Path, kind: str, text: str) -> dict[str, Any]:
    if kind == quartus_report.STA:
        return quartus_report.sta(str(path), text)
    header = quartus_report.header(text)
    _check(report, path, header.get("Top-level Entity Name"), None)
    common = {
        "version": next((value for name, value in header.items() if name.endswith("Version")), None),
        "device": header.get("Device"),
        "state": header["Fitter Status"].split(" - ")[0],
    }
    return common | quartus_report.fitter(str(path), text)


def _check(report: ReportModel, path: Path, design: str | None, device: str | None) -> None:
    """Refuse the report of another design, or one for another device.

    Raises:
        InputError: Naming both.
    """
    top = report.prefix + report.name
    if design is not None and design.lower() not in {top.lower(), report.name.lower(), f"{top}_ip".lower()}:
        raise InputError(str(path), f"is of the design {design[:60]}, not of {top}; give the report of {top} alone")
    wanted, told = _plain(report.board.part), _plain(device or "")
    if not wanted.startswith(told) and not told.startswith(wanted):
        raise InputError(
            str(path),
            f"is for {str(device)[:60]}, but the build is for {report.board.part}; compile it for that part",
        )


def _plain(part: str) -> str:
    """A part number as utilization reports and timing summaries both begin: without ``xc`` and hyphens."""
    return part.lower().replace("-", "").removeprefix("xc")
