"""What happens to results outside the format of their tensor."""

from __future__ import annotations

from enum import Enum


class OverflowBehaviour(Enum):
    """Whether the results of a layer can be outside their format for inputs in range, and what happens to those."""

    PROVEN = "proven"  # none can
    SATURATES = "saturates"
    WRAPS = "wraps"
