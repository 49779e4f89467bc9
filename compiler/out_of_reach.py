"""What a user is told about a limit that no design can meet: the key of design.yaml, what is needed, and the advice."""

from __future__ import annotations

import math

from bxnn.boards.board import Board
from bxnn.compiler.config.design_config import SUBJECT, DesignConfig
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.hardware.lhc_clock import cycles_to_ns
from bxnn.compiler.schedule.amount import Amount
from bxnn.compiler.schedule.budget import OutOfReachError


def explained(error: OutOfReachError, config: DesignConfig, board: Board, other_form: str | None) -> LimitMissedError:
    """The error in terms of design.yaml.

    Args:
        error: Error of the search, in cycles.
        config: The user's configuration.
        board: The board that sets the limit, if the user does not.
        other_form: A key of design.yaml that would reduce the need, besides the initiation interval.
    """
    needed, ways = error.amount.counted(error.least), [] if other_form is None else [other_form]
    if error.amount is Amount.DSP:
        ways.insert(0, "a larger initiation_interval")
    if error.of_board:
        return LimitMissedError(
            error.design,
            f"every design needs at least {needed}, but board {board.name} has {error.limit}; "
            f"use {', '.join([*ways, 'a larger board'])} or a smaller network",
        )
    limit, key = str(error.limit), error.amount.value
    if error.amount is Amount.LATENCY_CYCLES:
        limit, key = f"{config.budget.latency_ns:.12g}", "latency_ns"
        nanoseconds = math.ceil(cycles_to_ns(error.least, config.clock_mhz) * 100) / 100
        needed += f", {nanoseconds:.2f} ns at {config.clock_mhz:g} MHz"
    return LimitMissedError(
        f"{SUBJECT}: budget: {key}",
        f"{limit} is out of reach: every design of {error.design} needs at least {needed}; "
        f"{', or use '.join(['raise or remove the limit', *ways])}",
    )
