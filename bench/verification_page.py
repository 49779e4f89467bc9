"""The page of ``python -m bench.verification``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.verification_parts import Part

_HEAD = """# Verification

Written by `python -m bench.verification`, part by part; every part is a command of bxnn on a fresh build. Events are
random codes over the whole range of each input (`--seed 1`), and corner vectors with every engine. *CPU s* is the time
of all processes of a part, compilation of the engine and the reference included: other work was running on the
machine, which makes CPU seconds longer too, but not as much as the time of day. *events/s* is per CPU second. A part
that is not finished was not run to its end yet; the next run resumes it. *commit* is the bxnn that made the build.
"""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a part.

    Attributes:
        finished: Whether it was run to its end.
        count: Events or flips.
        directed: Corner vectors besides.
        wrong: Wrong events, or flips that did not heal in time.
        cpu_seconds: Of all processes, so far.
        load: Load of the machine over five minutes, when it ended.
        detail: Of flips: register bits, classes, longest time and bound in cycles.
        problem: Why it could not run.
        commit: Of bxnn.
    """

    finished: bool = False
    count: int = 0
    directed: int = 0
    wrong: int = 0
    cpu_seconds: float = 0.0
    load: str = ""
    detail: str = ""
    problem: str | None = None
    commit: str = ""

    @property
    def passed(self) -> bool:
        """Whether all was run and nothing is wrong."""
        return self.finished and self.wrong == 0

    @classmethod
    def of(cls, part: Part, report: Mapping[str, Any], cpu_seconds: float, facts: Mapping[str, str]) -> Outcome:
        """From the report that a command has printed."""
        load = _load(facts)
        if part.engine == "flip":
            found = report["faults"]
            late = sum(each["late"] for each in found["classes"])
            bits = sum(each["bits"] for each in found["classes"])
            longest = max(each["longest_cycles"] for each in found["classes"])
            least = min(each["flips"] for each in found["classes"])
            detail = (
                f"{bits:,} register bits in {len(found['classes'])} classes, at least {least} flips in each; "
                f"outputs wrong for at most {longest} cycles of {found['bound_cycles']} allowed"
            )
            return cls(True, found["flips"], 0, late, cpu_seconds, load, detail)
        (found,) = report["verification"]["engines"]
        wrong = found["mismatches"] if found["passed"] else max(found["mismatches"], 1)
        return cls(True, found["events"], found["directed_events"], wrong, cpu_seconds, load, "", found["problem"])

    @classmethod
    def ended(cls, count: int, wrong: int, cpu_seconds: float, facts: Mapping[str, str]) -> Outcome:
        """Of what was run to its end, and has no more to tell."""
        return cls(True, count, 0, wrong, cpu_seconds, _load(facts))


def _load(facts: Mapping[str, str]) -> str:
    return facts["Load before the run (1, 5, 15 minutes)"].split(", ")[1]


def page(outcomes: Mapping[Part, Outcome], oracle: Outcome) -> str:
    """The page of all parts, those that are not finished among them.

    Args:
        outcomes: Of engines and flips.
        oracle: Of drawn networks against the second oracle.
    """
    verified = [_row(part, found) for part, found in outcomes.items() if part.engine != "flip"]
    flipped = [_flips(part, found) for part, found in outcomes.items() if part.engine == "flip"]
    lines = [
        _HEAD,
        "## Every bit",
        "",
        "| network | engine | events | corner vectors | wrong | CPU s | events/s | load | commit |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
        *verified,
        "",
        "## Every register",
        "",
        "Bits of running hardware were flipped with `bxnn flip` ([ci.md](ci.md)).",
        "",
        *flipped,
        "",
        "## A second oracle",
        "",
        "Networks of Dense layers, convolutions, and HGQ2 with a format for every element are drawn and written to",
        "files. What bxnn computes for 500 events is compared with answers from these files alone, by other code.",
        "",
        f"* {oracle.count:,} networks, {oracle.wrong} with a wrong output; {oracle.cpu_seconds:.0f} CPU s; "
        f"commit {oracle.commit}"
        if oracle.finished
        else "* not finished",
    ]
    return "\n".join(lines) + "\n"


def _row(part: Part, found: Outcome) -> str:
    if not found.finished:
        cells = [f"{part.count:,} not finished", "", "", f"{found.cpu_seconds:,.0f}", "", "", found.commit]
    else:
        speed = found.count / found.cpu_seconds
        cells = [f"{found.count:,}", str(found.directed), str(found.wrong)]
        cells += [f"{found.cpu_seconds:,.0f}", f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}", found.load]
        cells.append(found.commit)
    return "| " + " | ".join((part.network.name, part.engine, *cells)) + " |"


def _flips(part: Part, found: Outcome) -> str:
    if not found.finished:
        return f"* {part.network.name}: {part.count:,} flips, not finished"
    told = f"{found.count:,} flips, {found.wrong} did not heal in time; {found.detail}; commit {found.commit}"
    return f"* {part.network.name}: {told}"
