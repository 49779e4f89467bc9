"""The hardware forms a layer can take, with their exact cost, before any slot table is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.errors import ScheduleError
from compiler.ir.adder_pipeline import AdderPipeline
from compiler.ir.binding import Adapter, Binding
from compiler.ir.layer import HardwareLayer
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Tensor
from compiler.schedule.adapters import cycles_of, to_parallel
from compiler.schedule.device import Multiplier
from compiler.schedule.dsp_forms import DspForms
from compiler.schedule.lut import DEFAULT_ADDERS_PER_STAGE, AdderSolver, bind_lut
from compiler.schedule.option import LayerSettings, Option


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
        self.linear = layer.linear_map(sources)
        self._forms: dict[object, list[Option]] = {}
        self.accum_bits = 0
        self._lut: AdderPipeline | None = None
        self._dsp: DspForms | None = None
        if self.linear is None:
            if settings != LayerSettings():
                raise ScheduleError(layer.describe(), "has no multipliers; remove its settings from design.yaml")
            return
        if (settings.strategy or strategy) == "lut":
            self._lut = self._pipeline(self.linear, reader_depth)
        else:
            self._dsp = DspForms(
                layer.describe(), self.linear, self.sources[0], initiation_interval, settings, multiplier
            )
            self.accum_bits = self._dsp.accum_bits

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
        assert self._dsp is not None
        yield from self._dsp.all_forms(layout)

    def realise(self, option: Option) -> Binding:
        """The binding of a form, its slot table verified."""
        if self.linear is None:
            binding = self.layer.stage(option.source, self.sources)
            assert binding is not None
            return binding
        if option.adders is not None:
            return bind_lut(self.linear, option.source, option.adders)
        assert self._dsp is not None
        return self._dsp.realise(option)

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
