"""The implementations that a layer can take, with their exact cost, before any slot table is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.cost_model import converters_cost, cost_of
from bxnn.compiler.errors import ScheduleError, ToolError
from bxnn.compiler.hardware.delays.path_delay import Entry
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.read_elements import Mask
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.bounds import NO_LIMITS, Least, Most
from bxnn.compiler.schedule.closing import Closing
from bxnn.compiler.schedule.converters import cycles_of, to_parallel
from bxnn.compiler.schedule.dsp.device import Multiplier, TooWideError
from bxnn.compiler.schedule.dsp.dsp_implementations import DspImplementations
from bxnn.compiler.schedule.implementation import Implementation, LayerSettings, possible_strategy
from bxnn.compiler.schedule.lut.lut_implementations import LutImplementations
from bxnn.compiler.schedule.lut.no_adders import NoAdderGraphError
from bxnn.compiler.schedule.read_lanes import read_lanes
from bxnn.compiler.schedule.stage_implementations import StageImplementations


class LayerImplementations:
    """Enumerates and builds the implementations of one layer.

    Args:
        layer: The layer.
        sources: Tensors of its inputs.
        linear: Its map, without the products of elements that are not read; ``None`` if it has none.
        initiation_interval: Cycles between events.
        settings: The user's choices.
        multiplier: The device's DSP slice.
        read: Which elements of the result anything reads, then which of each input; bool, shape (elements,).
        reader_depth: Logic, in adders, before the first registers of the readers; ``None`` if it must be registered.
        strategy: Strategy to use if the settings name none.
        priced: Whether LUTs count. If so, they carry their cost, and strategy ``auto`` includes adder graphs.
        pipelining: Where the registers are. Only sums whose readers start with a register may leave without one.
        clock: The clock that judges the paths, if the delays of the device are known.
        reader: What a result drives in the readers; ``None`` if it must be registered.
        windows: Results that the reader evaluates together; see ``HardwareLayer.windows_read``.

    Raises:
        ScheduleError: If the operands do not fit the slice or the settings contradict the II or each other.
        ToolError: If an adder graph is requested and its solver is not installed.
    """

    def __init__(
        self,
        layer: HardwareLayer,
        sources: Sequence[Tensor],
        linear: LinearMap | None,
        initiation_interval: int,
        settings: LayerSettings,
        multiplier: Multiplier,
        read: tuple[Mask, ...],
        reader_depth: int | None = None,
        strategy: Strategy = "auto",
        priced: bool = False,
        pipelining: Pipelining = EVERY_REGISTER,
        clock: ClockTarget | None = None,
        reader: Entry | None = None,
        windows: Int | None = None,
    ) -> None:
        self.clock, self.reader, self.windows, self.read = clock, reader, windows, read
        self.pipelining = replace(pipelining, fused_requantize=pipelining.fused_requantize and reader_depth is not None)
        self.layer, self.sources, self.settings, self.linear = layer, tuple(sources), settings, linear
        self.unread, self.closing = 0 if linear is None else linear.unread, Closing()
        self.priced, self.initiation_interval = priced, initiation_interval
        wanted = possible_strategy(layer.describe(), self.linear, settings.strategy or strategy)
        self.may_be_lut = wanted == "auto" and settings.of_dsp is None
        self._implementations, self._every = dict[object, list[Implementation]](), dict[object, list[Implementation]]()
        self._costs, self._before = dict[object, ResourceUsage](), dict[object, ResourceUsage]()
        self.lut: LutImplementations | None = None
        self.dsp: DspImplementations | None = None
        self._stage = StageImplementations(layer, self.sources, initiation_interval, self.pipelining, read[0])
        if self.linear is None:
            self.may_be_lut = False
            if settings != LayerSettings():
                raise ScheduleError(layer.describe(), "has no multipliers; remove its settings from design.yaml")
            return
        if wanted == "lut":
            self.lut = self._lut_implementations(self.linear, settings, reader_depth)
        elif wanted == "dsp":
            self.dsp = self._dsp_implementations(self.linear, settings, initiation_interval, multiplier)
        else:
            self._find_both(self.linear, initiation_interval, multiplier, reader_depth)

    def _lut_implementations(
        self, linear: LinearMap, settings: LayerSettings, reader_depth: int | None
    ) -> LutImplementations:
        around = self.priced, self.pipelining, self.clock, self.reader
        return LutImplementations(self.layer.describe(), linear, self.sources[0], settings, reader_depth, *around)

    def _dsp_implementations(
        self, linear: LinearMap, settings: LayerSettings, initiation_interval: int, multiplier: Multiplier
    ) -> DspImplementations:
        subject, sum_bits = self.layer.describe(), self.layer.sum_bits(self.sources)
        around = sum_bits, self.pipelining, self.windows
        try:
            return DspImplementations(
                subject, linear, self.sources[0], initiation_interval, settings, multiplier, *around
            )
        except TooWideError as error:
            raise TooWideError(error.subject, error.needs, self.layer.width_advice() or error.advice) from None

    def _find_both(
        self, linear: LinearMap, initiation_interval: int, multiplier: Multiplier, reader_depth: int | None
    ) -> None:
        """Strategy auto: DSPs; also adder graphs if LUTs count, and only those if the operands are too wide."""
        settings, wide = self.settings, None
        free = settings.of_dsp is None
        for_dsp = replace(settings, adders_per_stage=None) if free and self.priced else settings
        try:
            self.dsp = self._dsp_implementations(linear, for_dsp, initiation_interval, multiplier)
        except TooWideError as error:
            if not free:
                raise
            wide = error
        if wide is None and not (free and self.priced):
            return
        try:
            self.lut = self._lut_implementations(linear, settings, reader_depth)
        except ToolError:
            if wide is None:
                raise
            raise wide from None
        except NoAdderGraphError as error:
            if wide is not None:
                raise wide.and_no_adders(error.finding) from None

    @property
    def accum_bits(self) -> int:
        """Width of the sums of DSPs; 0 if there are none."""
        return 0 if self.dsp is None else self.dsp.accum_bits

    @property
    def multipliers(self) -> int:
        """DSP cycles that the layer's MACs take, zero weights included, if every DSP is packed as much as possible."""
        return 0 if self.dsp is None else ceil_div(self.dsp.linear.macs, max(self.dsp.planner.products))

    @property
    def least(self) -> Least:
        """The minimum that every implementation needs, before any is built."""
        if self.linear is None:
            return self._stage.least(self.priced)
        found = [found.least for found in (self.dsp, self.lut) if found is not None]
        return Least(*(min(amounts) for amounts in zip(*(astuple(least) for least in found), strict=True)))

    def implementations(self, layout: Layout, most: Most = NO_LIMITS) -> list[Implementation]:
        """The implementations after a producer that writes ``layout``, without dominated ones.

        Args:
            layout: The producer's layout.
            most: Forms that need more are omitted.
        """
        key = layout.key, most, self.closing.clock, self.closing.most_dsp
        if key not in self._implementations:
            others = self._costed(self._others(layout), most)
            self._implementations[key] = self._best([*self._held(layout, most), *others])
        return self._implementations[key]

    def _held(self, layout: Layout, most: Most) -> Iterator[Implementation]:
        """The best of the forms that read a held input, which differ between layouts by their converters only."""
        if self.dsp is None:
            return
        key = None, most, self.closing.clock, self.closing.most_dsp
        if key not in self._implementations:
            self._implementations[key] = self._best(self._costed(self.dsp.cascaded, most))
        yield from self._after(layout, self._implementations[key], most)

    def _after(self, layout: Layout, forms: Iterable[Implementation], most: Most) -> Iterator[Implementation]:
        """Forms that read a held input after the converters that hold it."""
        converters = to_parallel(layout, self.pipelining.most_loads)
        source = converters[-1].result if converters else layout
        priced, cycles = self.priced and not most.unpriced, cycles_of(converters)
        cost = self._converters_cost(converters) if priced else ResourceUsage()
        for form in forms:
            yield replace(
                form,
                converters=converters,
                source=source,
                latency_cycles=cycles + form.latency_cycles,
                lut=form.lut + cost.lut,
                ff=form.ff + cost.ff,
            )

    def _best(self, options: Iterable[Implementation]) -> list[Implementation]:
        """Those that no other one with the same result beats."""
        alike: dict[object, list[Implementation]] = {}
        for option in sorted(options, key=lambda option: option.order):
            alike.setdefault(option.result.key, []).append(option)
        return [option for group in alike.values() for option in self._undominated(group)]

    def _undominated(self, group: Sequence[Implementation]) -> list[Implementation]:
        """Those of a group that are possible and meet the clock, without dominated ones, which are not examined."""
        while True:
            best = undominated(group, lambda option: option.order[:3])
            out = {id(option) for option in best if not (option.recipe.possible and self.closing.keeps(option))}
            if not out:
                return best
            group = [option for option in group if id(option) not in out]

    def _costed(self, options: Iterable[Implementation], most: Most) -> Iterator[Implementation]:
        """Those that need no more than ``most``; if LUTs count, the possible ones with LUTs and flip-flops."""
        for option in options:
            if not most.allows(option):
                continue
            if not self.priced or most.unpriced:
                yield option
            elif option.recipe.possible:
                cost = self._cost(option)
                yield replace(option, lut=cost.lut, ff=cost.ff)

    def _cost(self, option: Implementation) -> ResourceUsage:
        """Cost of an implementation and the converters before it, from its source, its result and what lies between."""
        if option.identity not in self._costs:
            self._costs[option.identity] = cost_of(read_lanes(self, option.recipe.draft(option.source, option.result)))
        before = tuple(map(id, option.converters))  # which live as long as the options of ``_every``
        if before not in self._before:
            self._before[before] = self._converters_cost(option.converters)
        return self._costs[option.identity] + self._before[before]

    def _converters_cost(self, converters: tuple[LayoutConverter, ...]) -> ResourceUsage:
        return converters_cost(converters, self.sources[0].bits, self.unread, self.read[1])

    def _others(self, layout: Layout) -> list[Implementation]:
        """Those that do not read a held input."""
        if layout.key not in self._every:
            self._every[layout.key] = list(self._found(layout))
        return self._every[layout.key]

    def _found(self, layout: Layout) -> Iterator[Implementation]:
        if self.linear is None:
            yield from self._stage.all_implementations(layout)
        if self.dsp is not None:
            yield from self.dsp.serial(layout)
        if self.lut is not None and (self.dsp is None or self.lut.closes):
            yield from self.lut.all_implementations(layout)
