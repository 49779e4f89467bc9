"""Reads the summaries of Quartus: ``REVISION.fit.summary`` and ``REVISION.sta.summary``.

Source: summaries of Quartus Standard and Pro in public repositories; edalize 0.6.8, quartus_reporting.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bxnn.compiler.errors import InputError

_FIT: Mapping[str, str] = {
    "alm": "Logic utilization (in ALMs)",
    "ff": "Total registers",
    "dsp": "Total DSP Blocks",
    "memory_blocks": "Total RAM Blocks",
}
_NEEDED = ("alm", "ff", "dsp")
_LINE = re.compile(r"^(.*?)\s*:\s*(.*?)\s*$", re.MULTILINE)

FITTER, STA = "fitter summary", "timing summary"


def header(text: str) -> dict[str, str]:
    """All lines ``name : value``; the first of a name wins."""
    return dict(reversed(_LINE.findall(text)))


def kind_of(subject: str, text: str) -> str:
    """Which of the two summaries it is.

    Raises:
        InputError: If it is neither.
    """
    if "Fitter Status" in header(text):
        return FITTER
    if _slacks(text):
        return STA
    raise InputError(
        subject,
        "is neither a fitter summary nor a timing summary of Quartus; give the files .fit.summary, .sta.summary",
    )


def fitter(subject: str, text: str) -> dict[str, Any]:
    """Numbers of a fitter summary, by name in the report of the build.

    Raises:
        InputError: If the fitter failed, or a number is missing.
    """
    lines = header(text)
    if not lines["Fitter Status"].startswith("Successful"):
        raise InputError(subject, f"says {lines['Fitter Status'][:60]!r}; fit the design first")
    found = {}
    for key, name in _FIT.items():
        number = re.match(r"[0-9][0-9,]*", lines.get(name, ""))
        if number is None and key in _NEEDED:
            raise InputError(subject, f"has no number of {name}; give the .fit.summary of a whole compilation")
        if number is not None:
            found[key] = int(number[0].replace(",", ""))
    return found


def sta(subject: str, text: str) -> dict[str, Any]:
    """The worst slacks of all corners.

    Raises:
        InputError: If no setup was analysed.
    """
    found = {}
    for key, check in (("setup_slack_ns", "Setup"), ("hold_slack_ns", "Hold")):
        slacks = [slack for name, slack in _slacks(text) if name == check]
        if slacks:
            found[key] = min(slacks)
    if "setup_slack_ns" not in found:
        raise InputError(subject, "has no setup slack; read the SDC of the package before the timing analysis")
    return found


def _slacks(text: str) -> list[tuple[str, float]]:
    """Kind of check and slack of every corner and clock: of ``Slow 1100mV 85C Model Setup 'clk'``, ``Setup``."""
    pattern = r"^Type\s*:\s*.*?\b(Setup|Hold|Recovery|Removal|Minimum Pulse Width)\b.*\n\s*Slack\s*:\s*(-?[0-9.]+)\s*$"
    return [(check, float(slack)) for check, slack in re.findall(pattern, text, re.MULTILINE)]
