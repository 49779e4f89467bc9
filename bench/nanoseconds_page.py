"""docs/nanoseconds.md from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.target import Target

_INTRODUCTION = """# Nanoseconds: what closes, how fast, and at what cost

Written by `{command}`; figures are from one run, except that DSPs, cycles and predictions are kept those of
today's bxnn (`python -m bench.figures --write`). A design without rows of a netlist is too large to be synthesized
here.

A design closes if its slowest path, with pessimistic delays of nets, fits the period less 5 % ([timing.md](timing.md)).
Rows without "netlist" are predicted by `bxnn compile`, the others measured by `bxnn synthesize`. `compile_s` are
processor seconds of `bxnn compile` in a new process, which is what the command takes on an idle machine; Python's byte
code of bxnn is there, as it is after the first command.

| design | figure | result | target | met |
|---|---|---:|---:|---|
"""


@dataclass(frozen=True)
class Row:
    """A figure of a design.

    Attributes:
        design: In words.
        quantity: What it is.
        value: Its value; ``None`` if there is none.
        target: Its bound, if it has one.
    """

    design: str
    quantity: str
    value: float | None
    target: Target | None

    @property
    def met(self) -> bool:
        """Whether it is within its bound, or has none."""
        return self.target is None or (self.value is not None and self.target.met(self.value))

    def __str__(self) -> str:
        bound, verdict, _ = Target.judged(self.target, self.value)
        shown = "" if self.value is None else f"{self.value:,}" if isinstance(self.value, int) else f"{self.value:,.2f}"
        return f"| {self.design} | {self.quantity} | {shown} | {bound} | {verdict} |"


def page(rows: Sequence[Row], arguments: Sequence[str], facts: Mapping[str, str]) -> str:
    """The page as Markdown."""
    command = " ".join(["python -m bench.nanoseconds", *arguments])
    machine = "\n".join(f"* {name}: {value}" for name, value in facts.items())
    return f"{_INTRODUCTION.format(command=command)}{chr(10).join(map(str, rows))}\n\n## Machine\n\n{machine}\n"
