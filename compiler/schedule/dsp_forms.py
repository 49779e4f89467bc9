"""The hardware forms of a linear map on DSPs, with their exact cost, before any slot table is built."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compiler.errors import ScheduleError
from compiler.ir.binding import Binding
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Tensor
from compiler.schedule.adapters import cycles_of, to_parallel, to_serial
from compiler.schedule.device import Multiplier, accumulator_bits, operand_bits
from compiler.schedule.input_serial import bind_input_serial
from compiler.schedule.option import LayerSettings, Option
from compiler.schedule.output_serial import PRODUCT_CYCLES, bind_output_serial, inputs_read, segment_choices
from compiler.schedule.output_switched import bind_output_switched, multiplexer_luts, place_lane

_SWITCHED_CHOICES = 3  # numbers of phases tried with switched operands, the longest first
_LEAST_SAVED = 0.02  # of the DSPs; below that the multiplexers are not worth looking at


class DspForms:
    """Enumerates and realises the DSP forms of one linear map.

    Args:
        subject: The layer, for errors.
        linear: The map.
        source: Tensor of its input.
        initiation_interval: Cycles between events.
        settings: The user's choices.
        multiplier: The device's DSP slice.

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
    ) -> None:
        self.subject, self.linear, self.source, self.settings = subject, linear, source, settings
        self.initiation_interval, self.lut_price = initiation_interval, multiplier.lut_price
        self.accum_bits = accumulator_bits(linear, source)
        multiplier.check(subject, operand_bits(source), linear.weight_bits, self.accum_bits)
        self._check_settings()

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
        if settings.adders_per_stage is not None:
            raise ScheduleError(self.subject, "adders_per_stage applies to strategy lut; remove one of the two")

    def all_forms(self, layout: Layout) -> Iterator[Option]:
        """Every form behind a producer that writes ``layout``."""
        wanted = self.settings.binding
        if wanted in (None, "output_serial"):
            yield from self._output_serial(layout)
        if wanted in (None, "output_switched"):
            yield from self._output_switched(layout)
        if wanted in (None, "input_serial") and self.settings.cascade is None:
            yield from self._input_serial(layout)

    def realise(self, option: Option) -> Binding:
        """The binding of a form, its slot table verified."""
        linear, interval = self.linear, self.initiation_interval
        if option.segments:
            bind = bind_output_switched if option.switched else bind_output_serial
            binding = bind(linear, option.source, option.result, option.segments, interval, self.accum_bits)
        else:
            binding = bind_input_serial(linear, option.source, interval, self.accum_bits)
        assert binding.slots is not None
        captures = option.segments > 0 and not option.switched
        binding.slots.verify(self.subject, linear, binding.source, binding.result, captures, option.switched)
        return binding

    def _phase_choices(self, elements: int) -> list[int]:
        """Phase counts that lead to different lane counts, longest first."""
        limit = min(self.settings.reuse_factor or self.initiation_interval, elements)
        if self.settings.reuse_factor is not None:
            return [limit]
        return sorted({-(-elements // -(-elements // phases)) for phases in range(1, limit + 1)}, reverse=True)

    def _output_serial(self, layout: Layout) -> Iterator[Option]:
        for result in self._result_layouts():
            yield from self._cascaded(layout, result, inputs_read(self.linear, result))

    def _result_layouts(self) -> Iterator[Layout]:
        """Ways to share lanes: neighbouring outputs on neighbouring lanes, or in neighbouring phases.

        The second lets the filters of one position of a convolution share the inputs that they all read.
        """
        for phases in self._phase_choices(self.linear.outputs):
            yield Layout.serial(self.linear.outputs, phases)
            if phases > 1 and self.linear.is_local:
                yield Layout.serial_in_order(np.arange(self.linear.outputs), phases)

    def _output_switched(self, layout: Layout) -> Iterator[Option]:
        """Forms with a multiplexer before each DSP, where they save DSPs at less than the price of LUTs."""
        reads = (self.linear.weights != 0).sum(axis=1)
        for phases in self._phase_choices(self.linear.outputs)[:_SWITCHED_CHOICES]:
            for order in (np.arange(self.linear.outputs), np.argsort(-reads, kind="stable")):
                result = Layout.serial_in_order(order, phases)
                busiest = [int(reads[outputs[outputs >= 0]].max()) for outputs in result.elements.T]
                saved = self._kept_dsp(phases) - sum(busiest)
                if self.settings.binding is None and saved < _LEAST_SAVED * sum(busiest):
                    continue
                tables = [place_lane(self.linear, outputs) for outputs in result.elements.T]
                luts = sum(multiplexer_luts(table, self.source.bits) for table in tables)
                if self.settings.binding is None and luts > self.lut_price * saved:
                    continue
                yield from self._cascaded(layout, result, busiest, luts)

    def _kept_dsp(self, phases: int) -> int:
        """Fewest DSPs of an output-serial form without multiplexers."""
        layouts = [
            Layout.serial(self.linear.outputs, phases),
            Layout.serial_in_order(np.arange(self.linear.outputs), phases),
        ]
        return min(sum(inputs_read(self.linear, result)) for result in layouts)

    def _cascaded(
        self, layout: Layout, result: Layout, needed: list[int], switch_luts: int | None = None
    ) -> Iterator[Option]:
        """The output-serial forms of one result layout; with multiplexers if their LUTs are given."""
        adapters = to_parallel(layout)
        source = adapters[-1].result if adapters else layout
        longest = max(1, *needed)
        for segments in self._segments(longest):
            latency = -(-longest // segments) + PRODUCT_CYCLES + (segments - 1).bit_length()
            yield Option(
                adapters,
                source,
                result,
                cycles_of(adapters) + latency,
                sum(needed),
                (segments - 1) * result.lanes * self.accum_bits + (switch_luts or 0),
                segments,
                switch_luts is not None,
            )

    def _segments(self, longest: int) -> list[int]:
        if self.settings.cascade is not None:
            return [-(-longest // self.settings.cascade)]
        return sorted({min(segments, longest) for segments in segment_choices(self.linear)})

    def _input_serial(self, layout: Layout) -> Iterator[Option]:
        chains = [to_serial(layout, phases) for phases in self._phase_choices(self.linear.inputs)]
        reuse = self.settings.reuse_factor
        if layout.kind == "serial" and (reuse is None or layout.phases <= reuse):
            chains.insert(0, ())
        nonzero = self.linear.weights != 0
        for adapters in chains:
            source = adapters[-1].result if adapters else layout
            present = np.where(source.elements >= 0, nonzero[:, source.elements], False).any(axis=1)
            yield Option(
                adapters,
                source,
                Layout.pulse(self.linear.outputs),
                cycles_of(adapters) + source.phases + PRODUCT_CYCLES + (source.lanes - 1).bit_length(),
                int(present.sum()),
                self.linear.outputs * (source.lanes - 1) * self.accum_bits,
            )
