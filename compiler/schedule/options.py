"""The hardware forms a layer can take, with their exact cost, before any slot table is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from compiler.errors import ScheduleError
from compiler.ir.adder_pipeline import AdderPipeline
from compiler.ir.binding import Adapter, Binding
from compiler.ir.layer import HardwareLayer
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Tensor
from compiler.schedule.adapters import cycles_of, to_parallel, to_serial
from compiler.schedule.device import Multiplier, accumulator_bits, operand_bits
from compiler.schedule.input_serial import bind_input_serial
from compiler.schedule.lut import DEFAULT_ADDERS_PER_STAGE, AdderSolver, bind_lut
from compiler.schedule.option import LayerSettings, Option
from compiler.schedule.output_serial import PRODUCT_CYCLES, bind_output_serial, inputs_read, segment_choices
from compiler.schedule.output_switched import bind_output_switched, multiplexer_luts, place_lane

_SWITCHED_CHOICES = 3  # numbers of phases tried with switched operands, the longest first
_LEAST_SAVED = 0.02  # of the DSPs; below that the multiplexers are not worth looking at


class LayerOptions:
    """Enumerates and realises the forms of one layer.

    Args:
        layer: The layer.
        sources: Tensors of its inputs.
        initiation_interval: Cycles between events.
        settings: The user's choices.
        multiplier: The device's DSP slice.
        reader_depth: Logic, in adders, before the first registers of the layer's readers; ``None`` if a result must
            leave from a register of its own.
        strategy: What holds if the settings name no strategy.

    Raises:
        ScheduleError: If the operands do not fit the slice or the settings contradict the II or each other.
        ToolError: If an adder graph is wanted and its solver is not installed.
    """

    def __init__(
        self,
        layer: HardwareLayer,
        sources: Sequence[Tensor],
        initiation_interval: int,
        settings: LayerSettings,
        multiplier: Multiplier,
        reader_depth: int | None = None,
        strategy: str = "auto",
    ) -> None:
        self.layer, self.sources, self.settings = layer, tuple(sources), settings
        self.lut_price = multiplier.lut_price
        self.initiation_interval = initiation_interval
        self.linear = layer.linear_map(sources)
        self._forms: dict[object, list[Option]] = {}
        self.accum_bits = 0
        self._lut: AdderPipeline | None = None
        if self.linear is None:
            if settings != LayerSettings():
                raise ScheduleError(layer.describe(), "has no multipliers; remove its settings from design.yaml")
            return
        if (settings.strategy or strategy) == "lut":
            self._lut = self._pipeline(self.linear, reader_depth)
        else:
            self._check_dsp(self.linear, multiplier)

    def _check_dsp(self, linear: LinearMap, multiplier: Multiplier) -> None:
        settings, subject = self.settings, self.layer.describe()
        self.accum_bits = accumulator_bits(linear, self.sources[0])
        multiplier.check(subject, operand_bits(self.sources[0]), linear.weight_bits, self.accum_bits)
        if settings.reuse_factor is not None and settings.reuse_factor > self.initiation_interval:
            raise ScheduleError(
                subject,
                f"reuse_factor {settings.reuse_factor} is larger than initiation_interval {self.initiation_interval}; "
                f"use at most {self.initiation_interval}",
            )
        if settings.cascade is not None and settings.binding == "input_serial":
            raise ScheduleError(subject, "cascade applies to binding output_serial; remove one of the two")
        if settings.adders_per_stage is not None:
            raise ScheduleError(subject, "adders_per_stage applies to strategy lut; remove one of the two")

    def _pipeline(self, linear: LinearMap, reader_depth: int | None) -> AdderPipeline:
        """The layer as an adder graph; results may end in logic that the readers' registers close."""
        subject, source = self.layer.describe(), self.sources[0]
        if self.settings.of_dsp is not None:
            raise ScheduleError(subject, f"{self.settings.of_dsp} applies to strategy dsp; remove one of the two")
        adders_per_stage = self.settings.adders_per_stage or DEFAULT_ADDERS_PER_STAGE
        open_adders = 0 if reader_depth is None else max(adders_per_stage - reader_depth, 0)
        solver = AdderSolver(subject, linear, source.low.ravel(), source.high.ravel())
        return solver.pipeline(adders_per_stage, open_adders)

    def forms(self, layout: Layout) -> list[Option]:
        """The forms behind a producer that writes ``layout``, without those that another of them beats."""
        key = layout.key
        if key not in self._forms:
            best: dict[object, list[Option]] = {}
            order = sorted(self._all_forms(layout), key=lambda form: (form.dsp, form.latency_cycles, form.adder_bits))
            for option in order:
                kept = best.setdefault(option.result.key, [])
                if not kept or option.latency_cycles < kept[-1].latency_cycles:
                    kept.append(option)
            self._forms[key] = [option for kept in best.values() for option in kept]
        return self._forms[key]

    def _all_forms(self, layout: Layout) -> Iterator[Option]:
        if self.linear is None:
            yield self._stage(layout)
            return
        if self._lut is not None:
            yield self._adders(self.linear, layout, self._lut)
            return
        wanted = self.settings.binding
        if wanted in (None, "output_serial"):
            yield from self._output_serial(self.linear, layout)
        if wanted in (None, "output_switched"):
            yield from self._output_switched(self.linear, layout)
        if wanted in (None, "input_serial") and self.settings.cascade is None:
            yield from self._input_serial(self.linear, layout)

    def realise(self, option: Option) -> Binding:
        """The binding of a form, its slot table verified."""
        if self.linear is None:
            binding = self.layer.stage(option.source, self.sources)
            assert binding is not None
            return binding
        if option.adders is not None:
            return bind_lut(self.linear, option.source, option.adders)
        if option.segments:
            bind = bind_output_switched if option.switched else bind_output_serial
            binding = bind(
                self.linear, option.source, option.result, option.segments, self.initiation_interval, self.accum_bits
            )
        else:
            binding = bind_input_serial(self.linear, option.source, self.initiation_interval, self.accum_bits)
        assert binding.slots is not None
        captures = option.segments > 0 and not option.switched
        binding.slots.verify(
            self.layer.describe(), self.linear, binding.source, binding.result, captures, option.switched
        )
        return binding

    def _stage(self, layout: Layout) -> Option:
        adapters: tuple[Adapter, ...] = ()
        binding = self.layer.stage(layout, self.sources)
        if binding is None:
            adapters = to_parallel(layout)
            layout = adapters[-1].result
            binding = self.layer.stage(layout, self.sources)
            assert binding is not None
        return Option(adapters, layout, binding.result, cycles_of(adapters) + binding.latency_cycles)

    def _adders(self, linear: LinearMap, layout: Layout, pipeline: AdderPipeline) -> Option:
        adapters = to_parallel(layout) if layout.kind == "serial" else ()
        source = adapters[-1].result if adapters else layout
        cycles = cycles_of(adapters) + pipeline.latency_cycles
        result = Layout.pulse(linear.outputs)
        return Option(adapters, source, result, cycles, adder_bits=pipeline.lut_estimate, adders=pipeline)

    def _phase_choices(self, elements: int) -> list[int]:
        """Phase counts that lead to different lane counts, longest first."""
        limit = min(self.settings.reuse_factor or self.initiation_interval, elements)
        if self.settings.reuse_factor is not None:
            return [limit]
        return sorted({-(-elements // -(-elements // phases)) for phases in range(1, limit + 1)}, reverse=True)

    def _output_serial(self, linear: LinearMap, layout: Layout) -> Iterator[Option]:
        for result in self._result_layouts(linear):
            yield from self._cascaded(linear, layout, result, inputs_read(linear, result))

    def _result_layouts(self, linear: LinearMap) -> Iterator[Layout]:
        """Ways to share lanes: neighbouring outputs on neighbouring lanes, or in neighbouring phases.

        The second lets the filters of one position of a convolution share the inputs that they all read.
        """
        for phases in self._phase_choices(linear.outputs):
            yield Layout.serial(linear.outputs, phases)
            if phases > 1 and linear.is_local:
                yield Layout.serial_in_order(np.arange(linear.outputs), phases)

    def _output_switched(self, linear: LinearMap, layout: Layout) -> Iterator[Option]:
        """Forms with a multiplexer before each DSP, where they save DSPs at less than the price of LUTs."""
        reads = (linear.weights != 0).sum(axis=1)
        for phases in self._phase_choices(linear.outputs)[:_SWITCHED_CHOICES]:
            for order in (np.arange(linear.outputs), np.argsort(-reads, kind="stable")):
                result = Layout.serial_in_order(order, phases)
                busiest = [int(reads[outputs[outputs >= 0]].max()) for outputs in result.elements.T]
                saved = self._kept_dsp(linear, phases) - sum(busiest)
                if self.settings.binding is None and saved < _LEAST_SAVED * sum(busiest):
                    continue
                tables = [place_lane(linear, outputs) for outputs in result.elements.T]
                luts = sum(multiplexer_luts(table, self.sources[0].bits) for table in tables)
                if self.settings.binding is None and luts > self.lut_price * saved:
                    continue
                yield from self._cascaded(linear, layout, result, busiest, luts)

    def _kept_dsp(self, linear: LinearMap, phases: int) -> int:
        """Fewest DSPs of an output-serial form without multiplexers."""
        layouts = [Layout.serial(linear.outputs, phases), Layout.serial_in_order(np.arange(linear.outputs), phases)]
        return min(sum(inputs_read(linear, result)) for result in layouts)

    def _cascaded(
        self, linear: LinearMap, layout: Layout, result: Layout, needed: list[int], switch_luts: int | None = None
    ) -> Iterator[Option]:
        """The output-serial forms of one result layout; with multiplexers if their LUTs are given."""
        adapters = to_parallel(layout)
        source = adapters[-1].result if adapters else layout
        longest = max(1, *needed)
        for segments in self._segments(linear, longest):
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

    def _segments(self, linear: LinearMap, longest: int) -> list[int]:
        if self.settings.cascade is not None:
            return [-(-longest // self.settings.cascade)]
        return sorted({min(segments, longest) for segments in segment_choices(linear)})

    def _input_serial(self, linear: LinearMap, layout: Layout) -> Iterator[Option]:
        chains = [to_serial(layout, phases) for phases in self._phase_choices(linear.inputs)]
        reuse = self.settings.reuse_factor
        if layout.kind == "serial" and (reuse is None or layout.phases <= reuse):
            chains.insert(0, ())
        nonzero = linear.weights != 0
        for adapters in chains:
            source = adapters[-1].result if adapters else layout
            present = np.where(source.elements >= 0, nonzero[:, source.elements], False).any(axis=1)
            yield Option(
                adapters,
                source,
                Layout.pulse(linear.outputs),
                cycles_of(adapters) + source.phases + PRODUCT_CYCLES + (source.lanes - 1).bit_length(),
                int(present.sum()),
                linear.outputs * (source.lanes - 1) * self.accum_bits,
            )
