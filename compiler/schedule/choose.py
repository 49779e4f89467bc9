"""The choice between DSPs and LUTs for the whole network: which search answers which budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from compiler.errors import ToolError
from compiler.ir.binding import Schedule
from compiler.ir.graph import Graph
from compiler.schedule.budget import Budget, NoDesignError
from compiler.schedule.device import Multiplier
from compiler.schedule.option import LayerSettings
from compiler.schedule.search import Search


def best_schedule(
    graph: Graph,
    initiation_interval: int,
    settings: Mapping[str, LayerSettings],
    multiplier: Multiplier,
    strategy: str,
    budget: Budget,
    board: Budget,
) -> Schedule:
    """The best schedule within a budget and a board.

    Strategy ``auto`` stands for DSPs; with a budget of LUTs, or if DSPs alone do not fit, for DSPs and adder graphs.

    Args:
        graph: After the pipeline.
        initiation_interval: Cycles between events.
        settings: The user's choices by layer name.
        multiplier: The device's DSP slice.
        strategy: For layers whose settings name none.
        budget: What the user allows.
        board: What the device has: DSPs and LUTs.

    Raises:
        ScheduleError: If no design fits; it names the closest ones and what they miss.
        ToolError: If adder graphs are wanted and their solver is not installed.
    """
    assert board.dsp is not None and board.lut is not None
    if budget.lut is not None:
        search = Search(graph, initiation_interval, settings, multiplier, strategy, priced=True)
        return search.best(budget.within(Budget(lut=board.lut)), board.dsp)
    search = Search(graph, initiation_interval, settings, multiplier, strategy)
    try:
        return search.best(budget, board.dsp)
    except NoDesignError as error:
        if not any(options.may_be_lut for options in search.options.values()):
            raise
        try:
            both = Search(graph, initiation_interval, settings, multiplier, strategy, priced=True)
        except ToolError:
            raise error from None
    found = both.best(budget.within(Budget(lut=board.lut)), board.dsp)
    return replace(found, objective=f"{found.objective}; with DSPs alone no design fits")
