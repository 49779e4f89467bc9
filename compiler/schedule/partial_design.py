"""Partial designs of the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.schedule.implementation import Implementation


@dataclass(frozen=True, eq=False)
class Choice:
    """The implementation of one layer in a partial design, its start cycle, and the converters before its inputs.

    Of these, ``added`` are the ones that the implementation does not include.
    """

    option: Implementation
    start_cycle: int
    converters: tuple[tuple[LayoutConverter, ...], ...]
    added: tuple[tuple[LayoutConverter, ...], ...]


@dataclass(frozen=True, eq=False)
class PartialDesign:
    """A partial design.

    ``ready`` holds cycle and layout of each tensor that a later layer reads; ``latency_cycles`` is when the last of
    the network outputs so far is at its port; ``lut`` and ``ff`` are 0 if LUTs do not count.
    """

    ready: Mapping[str, tuple[int, Layout]]
    dsp: int
    adder_bits: int
    latency_cycles: int
    chosen: tuple[Choice, ...]
    lut: int = 0
    ff: int = 0
