"""How the report describes what happens to results outside their format."""

from __future__ import annotations

from bxnn.compiler.numeric.overflow import OverflowBehaviour

OVERFLOW_TEXT = {
    OverflowBehaviour.PROVEN: "proven",
    OverflowBehaviour.SATURATES: "saturates by design",
    OverflowBehaviour.WRAPS: "wraps by design",
}
