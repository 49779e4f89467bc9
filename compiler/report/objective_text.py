"""The objective of a search as a sentence."""

from __future__ import annotations

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.objective import Aim, BestTried, Bounded, Evidence, Goal, Objective, Optimal
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.plural import counted

_MINIMISED = {Goal.LOWEST_LATENCY: "cycle", Goal.FEWEST_DSPS: "DSP"}


def objective_text(objective: Objective) -> str:
    """What was minimised within which limits, and whether the result is proven optimal."""
    parts = [_aim(objective.aim), _evidence(objective.evidence, objective.aim.goal)]
    if not objective.dsps_suffice:
        parts.append("with DSPs alone no design fits")
    if objective.left_out:
        parts.append(f"without implementations of {counted(len(objective.left_out), 'layer')} that miss the clock")
    return "; ".join(parts)


def not_searched_text(schedule: Schedule | StreamSchedule) -> str | None:
    """What makes the search include adder graphs, or ``None`` if it included all that the user allows."""
    left_out = isinstance(schedule, Schedule) and not schedule.adder_graphs_searched
    return "strategy: lut or a budget of LUTs" if left_out else None


def _aim(aim: Aim) -> str:
    amounts = ((aim.dsp, "DSP"), (aim.latency_cycles, "cycle"), (aim.lut, "LUT"))
    limits = " and ".join(counted(limit, unit) for limit, unit in amounts if limit is not None)
    last = ", then fewest LUTs" if aim.priced else ""
    match aim.goal:
        case Goal.LOWEST_LATENCY:
            return f"lowest latency with at most {limits}, then fewest DSPs{last}"
        case Goal.FEWEST_DSPS:
            return f"fewest DSPs within {limits}, then lowest latency{last}"
        case Goal.SMALLEST_PRODUCT:
            within = f" within {limits}" if limits else ""
            return f"smallest product of DSPs and cycles from the first beat to the output{within}"


def _evidence(evidence: Evidence, goal: Goal) -> str:
    combinations = f"{counted(evidence.combinations, 'combination')} of the implementations"
    known = f"over {combinations} known to the scheduler"
    match evidence:
        case Optimal(dropped_luts=0):
            return f"proven optimal {known}"
        case Optimal(dropped_luts=luts):
            left_out = f"leaving out some that save at most {counted(luts, 'LUT')}"
            return f"proven optimal in {_MINIMISED[goal]}s {known}, {left_out}"
        case Bounded(least=least):
            verb = "is" if least == 1 else "are"
            return f"at least {counted(least, _MINIMISED[goal])} {verb} proven necessary {known}"
        case BestTried(priced=priced):
            tried = f"best of {combinations} and tile intervals tried by the scheduler"
            among = f"; among the {priced} that are best in latency and DSPs, priced one by one"
            return tried if priced is None else tried + among
    raise InternalError("objective", f"has evidence without words, {type(evidence).__name__}")
