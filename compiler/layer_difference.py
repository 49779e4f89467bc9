"""The first layer whose output is wrong: a record for report.json and JUnit, and its text."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.plural import counted


@dataclass(frozen=True)
class LayerDifference:
    """The first layer, in the order of the data flow, whose output differs from the expected one.

    Attributes:
        layer: Its name.
        element: Number of the element, row-major; ``None`` if the layer's valid was high too rarely or too often.
        cycle: Cycles after the one whose edge samples `in_valid`, for a streaming network with the first beat; ``None``
            in C++, which has no cycles.
        phase: Phase of the layer's output, or the number of earlier valids of a strobed probe.
        expected: Expected code, or number of phases.
        got: The actual code, or its bits if some are undefined, or the number of phases.
        strobed: Whether the layer's output is strobed.
    """

    layer: str
    element: int | None
    cycle: int | None
    phase: int | None
    expected: int | None
    got: int | str | None
    strobed: bool = False

    def __str__(self) -> str:
        if self.element is None:
            times = (
                f"was high in {counted(int(self.got), 'cycle')}, expected {self.expected}"
                if self.got
                else "was never high"
            )
            return f"{self.layer}: its valid {times}"
        where = f"{self.layer}, element {self.element}"
        if self.cycle is not None:
            phase = f"{'strobe' if self.strobed else 'phase'} {self.phase}"
            where += f", {counted(self.cycle, 'cycle')} after in_valid ({phase})"
        return f"{where}: expected {self.expected}, got {self.got}"


def in_words(difference: str, layer: LayerDifference | None) -> str:
    """A difference at the outputs, and the first layer that is wrong if its event is run alone."""
    where = "no layer is wrong if the event is run alone" if layer is None else f"first wrong layer: {layer}"
    return f"{difference}; {where}"
