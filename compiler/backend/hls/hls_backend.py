"""The HLS back end: C++ for Vitis HLS on the same integers as the VHDL, one header per layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bxnn.compiler.backend.hls import c_literals
from bxnn.compiler.backend.license_line import licensed
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.registry import TEMPLATES
from bxnn.compiler.templates import template_environment

HLS_TEMPLATES = TEMPLATES / "hls"
EMULATOR_TEMPLATES = TEMPLATES / "emulator"
LIBRARY = (
    *("compare", "linear", "lookup", "pairwise", "requantize", "select", "test_bench", "threshold", "trace"),
    *("window", "wires"),
)


class HlsBackend:
    """Renders a scheduled graph.

    Args:
        graph: After the pipeline.
        schedule: Its schedule; it determines the II, the number of multipliers and the reuse of each layer.
        facts: Values for headers and scripts: board, part, clock, bxnn version.
    """

    def __init__(self, graph: Graph, schedule: Schedule | StreamSchedule, facts: Mapping[str, Any]) -> None:
        self.graph, self.schedule, self.facts = graph, schedule, {"tag_bits": 0, **facts}
        self.tensors = graph.tensors()
        functions = {
            "code_type": c_literals.code_type,
            "literal": c_literals.literal,
            "pair": c_literals.pair,
            "rom_type": c_literals.rom_type,
        }
        self.environment = template_environment(HLS_TEMPLATES, EMULATOR_TEMPLATES, functions=functions)

    def write(self, folder: Path) -> None:
        """Write all files below ``folder``."""
        for name, text in self.render().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(licensed(name, text), encoding="utf-8")

    def render(self) -> dict[str, str]:
        """Text of every file by name."""
        return self._shipped(LIBRARY) | self.headers() | self._project("top", "test")

    def _shipped(self, names: Sequence[str]) -> dict[str, str]:
        return {f"lib/{name}.h": (HLS_TEMPLATES / "lib" / f"{name}.h").read_text(encoding="utf-8") for name in names}

    def headers(self) -> dict[str, str]:
        """One header per layer."""
        return {f"layers/{layer.name}.h": self.layer(layer) for layer in self.hardware}

    def _project(self, top: str, test: str) -> dict[str, str]:
        """The network with its types, its bench and the scripts of the vendor's tool, from the named templates."""
        name = self.graph.name
        return {
            f"{name}_types.h": self._template("types.h.j2"),
            f"{name}.h": self._template(f"{top}.h.j2"),
            f"{name}.cpp": self._template(f"{top}.cpp.j2"),
            f"{name}_test.cpp": self._template(f"{test}.cpp.j2"),
            "build.tcl": self._template("build.tcl.j2"),
            "hls_config.cfg": self._template("hls_config.cfg.j2"),
        }

    @property
    def hardware(self) -> list[HardwareLayer]:
        """Layers that are emitted, in order."""
        return [layer for layer in self.graph.layers if isinstance(layer, HardwareLayer)]

    def _template(self, name: str) -> str:
        inputs, outputs = argument_names(self.graph.data_inputs, "x"), argument_names(self.graph.outputs, "y")
        return self.environment.get_template(name).render(
            graph=self.graph,
            schedule=self.schedule,
            tensors=self.tensors,
            hardware=self.hardware,
            inputs=inputs,
            outputs=outputs,
            arguments=", ".join(
                [f"const {self._argument(name, text)}" for name, text in inputs.items()]
                + [self._argument(name, text) for name, text in outputs.items()]
                + self.tag_arguments
            ),
            places=self._places(),
            period_ns=f"{1000 / self.facts['clock_mhz']:.3f}",
            **self._values(),
            **self.facts,
        )

    @property
    def tag_arguments(self) -> list[str]:
        """The tag of an event before and after the network, if it has one."""
        bits = self.facts["tag_bits"]
        return [f"ap_uint<{bits}> {name}" for name in ("in_tag", "*out_tag")] if bits else []

    def _values(self) -> Mapping[str, Any]:
        """What the templates of a derived back end need in addition."""
        return {}

    def _argument(self, name: str, argument: str) -> str:
        return f"{self.graph.name}_net::layer_{name}::code_t {argument}[{self.tensors[name].size}]"

    def _places(self) -> dict[str, tuple[int, int]]:
        """First code and number of codes of each input and output within one event of the vectors."""
        places, first = {}, 0
        for name in (*self.graph.inputs, *self.graph.outputs):
            places[name] = first, self.tensors[name].size
            first += self.tensors[name].size
        return places

    def layer(self, layer: HardwareLayer) -> str:
        """Text of a layer's header."""
        binding = self.schedule.step(layer.name).binding
        sources = self.graph.sources(layer, self.tensors)
        values = layer.hls(binding, sources)
        return self.environment.get_template(f"layers/{layer.kind}.h.j2").render(
            graph=self.graph,
            layer=layer,
            binding=binding,
            source=sources[0],
            sources=sources,
            result=self.tensors[layer.name],
            initiation_interval=self.schedule.initiation_interval,
            of_set="[weight_set]" if layer.sets > 1 else "",
            of_sets="sets, " if layer.sets > 1 else "",
            **self._accumulator(layer, binding, values.get("dropped_bits", 0)),
            **self.facts,
            **values,
        )

    def _accumulator(self, layer: HardwareLayer, binding: Binding, dropped_bits: int) -> Mapping[str, Any]:
        """Width of the sums of a layer with MACs.

        The schedule does not have the accumulator of an adder graph; one whose bias includes a half may be too narrow.
        """
        result = self.tensors[layer.name]
        bits = result.bits + int(not result.format.signed) + dropped_bits
        if binding.accumulator is not None and binding.accumulator >= bits:
            return {"accum_bits": binding.accumulator, "accum_note": "no partial sum can overflow it"}
        return {"accum_bits": bits, "accum_note": "partial sums may wrap, the result fits"}


def argument_names(names: tuple[str, ...], alone: str) -> dict[str, str]:
    """Argument of the top function for each network input or output: ``x`` and ``y``, or by name if several."""
    if len(names) == 1:
        return {names[0]: alone}
    side = "in" if alone == "x" else "out"
    return {name: f"{side}_{name}" for name in names}
