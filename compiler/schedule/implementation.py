"""One implementation of one layer, with its exact cost, and what the user may fix about the choice."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.config.design_config import BindingChoice, Strategy
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.schedule.recipe import Recipe


@dataclass(frozen=True)
class LayerSettings:
    """What the user has fixed for one layer; ``None`` leaves the choice to the search.

    The attributes are those of design.yaml; ``packing`` is the number of products per DSP, 1 for none.
    """

    binding: BindingChoice | None = None
    reuse_factor: int | None = None
    cascade: int | None = None
    strategy: Strategy | None = None
    adders_per_stage: int | None = None
    packing: int | None = None

    @property
    def of_dsp(self) -> str | None:
        """The first setting that only makes sense with DSPs, or ``None``."""
        if self.packing not in (None, 1):
            return "packing"
        return next((name for name in ("binding", "reuse_factor", "cascade") if getattr(self, name) is not None), None)


@dataclass(frozen=True, eq=False)
class Implementation:
    """One implementation of one layer, for one layout of the producer.

    Attributes:
        recipe: How to build its hardware.
        converters: Converters between the producer and the layer.
        source: Layout after the converters.
        result: Layout of the output.
        latency_cycles: Latency of converters and layer together.
        dsp: DSP slices.
        adder_bits: Bits of fabric adders in trees and adder graphs; breaks ties.
        lut: Predicted LUTs of converters and layer together; 0 if LUTs do not count.
        ff: Predicted flip-flops, likewise.
    """

    recipe: Recipe
    converters: tuple[LayoutConverter, ...]
    source: Layout
    result: Layout
    latency_cycles: int
    dsp: int = 0
    adder_bits: int = 0
    lut: int = 0
    ff: int = 0

    @property
    def order(self) -> tuple[int, int, int, int, int]:
        """Sorts better implementations first: fewer DSPs, then cycles, then LUTs, then flip-flops."""
        return self.dsp, self.latency_cycles, self.lut, self.ff, self.adder_bits

    @property
    def identity(self) -> tuple[object, ...]:
        """What distinguishes the implementations of a layer, apart from the converters before it."""
        return self.source.key, self.result.key, self.recipe

    def realise(self) -> Binding:
        """The binding, verified."""
        return self.recipe.bind(self.source, self.result)


def possible_strategy(subject: str, linear: LinearMap | None, wanted: Strategy) -> Strategy:
    """The strategy that is wanted, or DSPs for a layer whose weights are loaded at run time or chosen by the tag.

    Raises:
        ScheduleError: If an adder graph is requested for such a layer.
    """
    if linear is None or linear.is_fixed:
        return wanted
    if wanted == "lut" and linear.sets is not None:
        problem = "every channel has its own weights, but an adder graph depends on their values"
        raise ScheduleError(subject, f"{problem}; use strategy dsp, or a core for each channel")
    if wanted == "lut":
        problem = "its weights are loaded at run time, but an adder graph depends on their values"
        raise ScheduleError(subject, f"{problem}; use strategy dsp, or take the layer out of weights")
    return "dsp"
