"""The implementations of a linear map on DSPs, with their exact cost, before any slot table is built."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product

import numpy as np

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.input_joined import LENGTHS
from bxnn.compiler.hardware.latency import dsp_registers
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.schedule.bounds import Least
from bxnn.compiler.schedule.converters import cycles_of, to_serial
from bxnn.compiler.schedule.dsp.accumulator_recipe import AccumulatorRecipe
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.cascade_recipe import CascadeRecipe
from bxnn.compiler.schedule.dsp.cascades import Cascades, segment_choices
from bxnn.compiler.schedule.dsp.device import Multiplier, accumulator_bits, operand_bits
from bxnn.compiler.schedule.dsp.joined_check import check_joined
from bxnn.compiler.schedule.dsp.kept_operands import kept_dsp, kept_operands
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups
from bxnn.compiler.schedule.dsp.packing_planner import PackingPlanner
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.dsp.switched_operands import multiplexer_luts, switched_dsp, switched_operands
from bxnn.compiler.schedule.dsp.window_order import window_order
from bxnn.compiler.schedule.implementation import Implementation, LayerSettings

_SWITCHED_CHOICES = 3  # numbers of phases tried with switched operands, largest first
_PACKED_CHOICES = 8  # the same for packed DSPs: every kind of team is tried with each
_LEAST_SAVED = 0.02  # of the DSPs; for less, multiplexers are not worth considering


class DspImplementations:
    """Enumerates the DSP implementations of one linear map.

    Args:
        subject: The layer, for error messages.
        linear: The map.
        source: Tensor of its input.
        initiation_interval: Cycles between events.
        settings: The user's choices.
        multiplier: The device's DSP slice.
        sum_bits: Low bits of a sum that the layer passes on.
        pipelining: Where the registers are.
        windows: Outputs that the reader evaluates together; see ``HardwareLayer.windows_read``.

    Raises:
        ScheduleError: If the operands do not fit the slice or the settings contradict the II or each other.
    """

    def __init__(
        self,
        subject: str,
        linear: LinearMap,
        source: Tensor,
        initiation_interval: int,
        settings: LayerSettings,
        multiplier: Multiplier,
        sum_bits: int,
        pipelining: Pipelining = EVERY_REGISTER,
        windows: Int | None = None,
    ) -> None:
        self.subject, self.linear, self.source, self.settings = subject, linear, source, settings
        self.initiation_interval, self.multiplier, self.windows = initiation_interval, multiplier, windows
        self.accum_bits = accumulator_bits(linear, source)
        self._sums = Sums(subject, source, initiation_interval, self.accum_bits, sum_bits, pipelining)
        multiplier.check(subject, operand_bits(source), linear.weight_bits, self.accum_bits)
        self._check_settings()
        self.planner = PackingPlanner(subject, linear, source, settings.packing, multiplier)
        self._accumulating: dict[object, list[AccumulatorRecipe]] = {}

    def _check_settings(self) -> None:
        settings = self.settings
        if settings.reuse_factor is not None and settings.reuse_factor > self.initiation_interval:
            raise ScheduleError(
                self.subject,
                f"reuse_factor {settings.reuse_factor} is larger than initiation_interval {self.initiation_interval}; "
                f"use at most {self.initiation_interval}",
            )
        if settings.cascade is not None and settings.binding == "input_serial":
            raise ScheduleError(self.subject, "cascade applies to binding output_serial; remove one of the two")
        if settings.binding == "input_joined":
            check_joined(self.subject, self.linear, settings.cascade, self.multiplier)
        longest = self.multiplier.longest_cascade
        if settings.cascade is not None and settings.cascade > longest:
            raise ScheduleError(
                self.subject,
                f"cascade {settings.cascade} is longer than a column of {self.multiplier.name} slices in an SLR of the "
                f"device; use at most {longest}",
            )
        if settings.adders_per_stage is not None:
            raise ScheduleError(self.subject, "adders_per_stage applies to strategy lut; remove one of the two")

    @cached_property
    def cascaded(self) -> list[Implementation]:
        """The implementations with cascades, if their lanes fit; whatever the producer writes, they read it held."""
        found: list[Implementation] = []
        if self.settings.binding in (None, "output_serial"):
            found.extend(self._output_serial())
        if self.settings.binding in (None, "output_switched"):
            found.extend(self._output_switched())
        return found

    def serial(self, layout: Layout) -> list[Implementation]:
        """The others after a producer that writes ``layout``, if their lanes fit.

        Raises:
            ScheduleError: If no implementation allowed by the settings has lanes wide enough for the sums.
        """
        found = list(self._input_serial(layout)) if self._joined else []
        if not any(option.recipe.possible for option in (*self.cascaded, *found)):
            raise self.planner.too_narrow(self.subject)
        return found

    @property
    def least(self) -> Least:
        """The minimum that every implementation needs."""
        phases = self.settings.reuse_factor or self.initiation_interval
        slots = max(self.planner.products) * phases
        terms = np.bincount(self.linear.nonzero[0], minlength=1)
        pipelining = self._sums.pipelining
        stages = pipelining.tree_stages(max(int(terms.max()), 1), pipelining.open_levels)
        cycles = dsp_registers(pipelining).cycles + 1 + stages
        return Least(ceil_div(self.linear.macs_nonzero, slots), 0, cycles)

    def _phase_choices(self, elements: int) -> list[int]:
        """Phase counts that lead to different lane counts, largest first."""
        limit = min(self.settings.reuse_factor or self.initiation_interval, elements)
        if self.settings.reuse_factor is not None:
            return [limit]
        return sorted({ceil_div(elements, ceil_div(elements, phases)) for phases in range(1, limit + 1)}, reverse=True)

    def _output_serial(self) -> Iterator[Implementation]:
        for teams in self.planner.teams():
            choices = self._phase_choices(teams.count)
            if teams.products > 1:
                choices = choices[:_PACKED_CHOICES]
            for phases in choices:
                for order in self._orders(teams, phases):
                    yield from self._cascaded(kept_operands(self.linear, teams, order), 0)

    def _orders(self, teams: PackingGroups, phases: int) -> Iterator[Int]:
        """Ways to share DSPs: neighbouring teams on neighbouring groups of lanes, or in neighbouring phases.

        With the latter, the filters of one position of a convolution share the inputs that they all read.
        """
        yield Layout.serial(teams.count, phases).elements
        if phases > 1 and self.linear.is_local:
            yield Layout.serial_in_order(np.arange(teams.count), phases).elements
        yield from self._by_window(teams, phases)

    def _by_window(self, teams: PackingGroups, phases: int) -> Iterator[Int]:
        """One more where the reader evaluates windows: one window after another."""
        found = None if self.windows is None else window_order(teams, self.windows, phases)
        if found is not None:
            yield found

    def _output_switched(self) -> Iterator[Implementation]:
        """Forms with a multiplexer before each DSP, if they save DSPs at less than the price in LUTs."""
        for teams in self.planner.switched_teams():
            taken = teams.reads.sum(axis=1)
            for phases in self._phase_choices(teams.count)[:_SWITCHED_CHOICES]:
                ranked = np.arange(teams.count), np.argsort(-taken, kind="stable")
                orders = [Layout.serial_in_order(own, phases).elements for own in ranked]
                for order in (*orders, *self._by_window(teams, phases)):
                    used = switched_dsp(teams, order)
                    saved = self._fewest_kept(teams, phases) - used
                    if self.settings.binding is None and saved < _LEAST_SAVED * used:
                        continue
                    cascades = switched_operands(self.linear, teams, order)
                    bits = self.source.bits * teams.operands.shape[1]
                    luts = sum(multiplexer_luts(column, bits) for column in cascades.columns)
                    if self.settings.binding is None and luts > self.multiplier.lut_price * saved:
                        continue
                    yield from self._cascaded(cascades, luts)

    def _fewest_kept(self, teams: PackingGroups, phases: int) -> int:
        """Fewest DSPs of an output-serial binding without multiplexers."""
        plain = (Layout.serial(teams.count, phases), Layout.serial_in_order(np.arange(teams.count), phases))
        return min(kept_dsp(teams, layout.elements) for layout in plain)

    def _cascaded(self, cascades: Cascades, switch_luts: int) -> Iterator[Implementation]:
        """One way to share DSPs, cut into cascades in every way that pays off."""
        source = Layout.parallel(self.linear.inputs)
        for segments in self._segments(cascades.longest):
            yield Implementation(
                CascadeRecipe(cascades, segments, self.planner, self._sums),
                (),
                source,
                cascades.result,
                cascades.latency_cycles(segments, self._sums.pipelining),
                cascades.dsp,
                (segments - 1) * cascades.result.lanes * self.accum_bits + switch_luts,
            )

    def _segments(self, longest: int) -> list[int]:
        if self.settings.cascade is not None:
            return [ceil_div(longest, self.settings.cascade)]
        fewest = ceil_div(longest, self.multiplier.longest_cascade)
        return sorted({max(segments, fewest) for segments in segment_choices(longest)})

    @cached_property
    def _joined(self) -> tuple[int, ...]:
        """Lanes that may be a cascade of accumulating DSPs, 1 for none joined; empty if none may accumulate."""
        binding, cascade = self.settings.binding, self.settings.cascade
        if binding == "input_joined":
            return LENGTHS if cascade is None else (cascade,)
        if binding not in (None, "input_serial") or cascade is not None:
            return ()
        joins = binding is None and self.multiplier.joins and self.linear.is_fixed
        return (1, *LENGTHS) if joins else (1,)

    def _accumulators(self, source: Layout) -> list[AccumulatorRecipe]:
        """The accumulating DSPs of a serial input; the same for all producers that are converted to that layout."""
        key = source.key
        if key not in self._accumulating:
            lengths = [joined for joined in self._joined if joined <= max(source.lanes, min(self._joined))]
            ways = product(self.planner.products, lengths)
            every = [Accumulators(self.linear, source, *way) for way in ways]
            self._accumulating[key] = [AccumulatorRecipe(found, self.planner, self._sums) for found in every]
        return self._accumulating[key]

    def _input_serial(self, layout: Layout) -> Iterator[Implementation]:
        loads = self._sums.pipelining.most_loads
        chains = [to_serial(layout, phases, loads) for phases in self._phase_choices(self.linear.inputs)]
        reuse = self.settings.reuse_factor
        if layout.is_serial and (reuse is None or layout.phases <= reuse):
            chains.insert(0, ())
        for converters in chains:
            source = converters[-1].result if converters else layout
            for recipe in self._accumulators(source):
                yield Implementation(
                    recipe,
                    converters,
                    source,
                    Layout.pulse(self.linear.outputs),
                    cycles_of(converters) + recipe.accumulators.latency_cycles(self._sums.pipelining),
                    recipe.accumulators.dsp,
                    self.linear.outputs * (recipe.accumulators.leaves - 1) * self.accum_bits,
                )
