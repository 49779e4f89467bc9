"""The choice between DSPs and LUTs for the whole network: which search is used for which budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.errors import ToolError
from bxnn.compiler.hardware.design_front import front_of
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.budget import Budget, NoDesignError
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Search
from bxnn.compiler.schedule.searched_front import designs


def best_schedule(
    graph: Graph,
    initiation_interval: int,
    settings: Mapping[str, LayerSettings],
    multiplier: Multiplier,
    strategy: Strategy,
    budget: Budget,
    board: Budget,
    pipelining: Pipelining = EVERY_REGISTER,
    clocks: Sequence[ClockTarget] = (),
) -> Schedule:
    """The best schedule within a budget and a board.

    Strategy ``auto`` means DSPs; with a budget of LUTs, or if DSPs alone do not fit, it means DSPs and adder graphs.

    Args:
        graph: After the pipeline.
        initiation_interval: Cycles between events.
        settings: The user's choices by layer name.
        multiplier: The device's DSP slice.
        strategy: For layers whose settings do not name one.
        budget: What the user allows.
        board: What the device has: DSPs and LUTs.
        pipelining: Where the registers are, without a clock.
        clocks: Those of which the design must meet one, the strictest first, by which registers are placed; none if the
            delays of the device are not known.

    Raises:
        ScheduleError: If no design fits; the message names the closest ones and what they miss.
        ToolError: If adder graphs are requested and their solver is not installed.
    """
    assert board.dsp is not None and board.lut is not None
    if budget.lut is not None:
        search = Search(graph, initiation_interval, settings, multiplier, strategy, True, pipelining, clocks)
        return search.best(budget.within(Budget(lut=board.lut)), board.dsp)
    search = Search(graph, initiation_interval, settings, multiplier, strategy, False, pipelining, clocks)
    may_be_lut = any(options.may_be_lut for options in search.options.values())
    try:
        return replace(search.best(budget, board.dsp), adder_graphs_searched=not may_be_lut)
    except NoDesignError as error:
        if not may_be_lut:
            raise
        try:
            both = Search(graph, initiation_interval, settings, multiplier, strategy, True, pipelining, clocks)
        except ToolError:
            raise error from None
    found = both.best(budget.within(Budget(lut=board.lut)), board.dsp)
    return replace(
        found,
        objective=replace(found.objective, dsps_suffice=False),
        front=front_of([*found.front, *designs(search.pareto_front(), budget.within(board), False)]),
    )
