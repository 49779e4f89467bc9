"""What happens to results that leave the format of their tensor."""

from __future__ import annotations

from enum import Enum


class OverflowBehaviour(Enum):
    """Whether the results of a layer can leave their format for inputs in range, and what happens to those that do."""

    PROVEN = "proven"  # none can
    SATURATES = "saturates"
    WRAPS = "wraps"
