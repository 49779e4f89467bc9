"""What a user reads of a limit that no design can keep: the key of design.yaml, what is needed, and the way out."""

from __future__ import annotations

import math

from boards.board import Board
from compiler.bunch_crossing import cycles_to_ns
from compiler.config import SUBJECT, DesignConfig
from compiler.errors import LimitMissedError
from compiler.schedule.budget import OutOfReachError, amount


def explained(error: OutOfReachError, config: DesignConfig, board: Board, may_stream: bool) -> LimitMissedError:
    """The error in the words of design.yaml.

    Args:
        error: Of the search, in cycles.
        config: What the user has decided.
        board: Whose limit it is if it is not the user's.
        may_stream: Whether the network could stream instead.
    """
    needed = amount(error.name, error.least)
    if error.of_board:
        ways = ["a larger initiation_interval"] * (error.name == "dsp") + ["form: streaming"] * may_stream
        return LimitMissedError(
            error.design,
            f"every design needs at least {needed}, board {board.name} has {error.limit}; "
            f"use {', '.join([*ways, 'a larger board'])} or a smaller network",
        )
    if error.name != "latency_cycles":
        return LimitMissedError(
            f"{SUBJECT}: budget: {error.name}",
            f"{error.limit} is out of reach: every design of {error.design} needs at least {needed}; "
            "raise or remove the limit" + (", or use a larger initiation_interval" if error.name == "dsp" else ""),
        )
    allowed, least = config.budget.latency_ns, cycles_to_ns(error.least, config.clock_mhz)
    return LimitMissedError(
        f"{SUBJECT}: budget: latency_ns",
        f"{allowed:.12g} is out of reach: every design of {error.design} needs at least {needed}, "
        f"{math.ceil(least * 100) / 100:.2f} ns at {config.clock_mhz:g} MHz; raise or remove the limit",
    )
