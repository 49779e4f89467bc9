"""The VHDL back end: one entity per layer, one top entity, one constants package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from compiler.backend.link import Link
from compiler.backend.vhdl_project import VhdlProject, library, port_names
from compiler.errors import ModelError
from compiler.ir.binding import Adapter, Schedule
from compiler.ir.graph import Graph
from compiler.ir.layer import HardwareLayer

LIBRARY = (
    "bxnn_pkg",
    "delay_line",
    "valid_delay",
    "phase_sequencer",
    "weight_rom",
    "mac_cascade",
    "mac_accumulator",
    "unpack_lanes",
    "adder_tree",
    "requantize",
    "threshold",
    "serial_to_parallel",
    "parallel_to_serial",
    "argmax",
    "max_tree",
    "rewire",
    "align",
    "dot_output_serial",
    "dot_input_serial",
    "adder_graph",
)


class VhdlBackend(VhdlProject):
    """Renders a scheduled graph.

    Args:
        graph: After the pipeline.
        schedule: Its schedule.
        facts: Values for headers: board, clock, bxnn version.
    """

    def __init__(self, graph: Graph, schedule: Schedule, facts: Mapping[str, Any]) -> None:
        super().__init__(graph, facts)
        self.schedule = schedule

    def render(self) -> dict[str, str]:
        """Text of every file by name, in compile order."""
        top = self.graph.name
        files = library(LIBRARY)
        files[f"{top}_pkg.vhd"] = self._template("package.vhd.j2")
        files |= self.network()
        files[f"{top}_instance.vho"] = self._template("instance.vho.j2")
        return files

    def network(self) -> dict[str, str]:
        """The entities of the layers and the top entity, without the library."""
        links, ends = self._links(), self._ends()
        self._check_names([link for adapters in (*chain.from_iterable(links.values()), *ends) for link in adapters])
        top = self.graph.name
        files = {}
        for layer in self.graph.layers:
            if isinstance(layer, HardwareLayer):
                files[f"{top}_{layer.name}.vhd"] = self._layer(layer)
        files[f"{top}.vhd"] = self._template("top.vhd.j2", links=links, ends=ends)
        return files

    def _check_names(self, links: Sequence[Link]) -> None:
        """Refuse layer names that make one VHDL name mean two things.

        Raises:
            ModelError: Naming the layer.
        """
        top, hardware = self.graph.name, [step.layer for step in self.schedule.steps]
        units = [(name, top) for name in (*LIBRARY, f"{top}_pkg", top)]
        units += [(f"{top}_{name}{suffix}", name) for name in hardware for suffix in ("", "_constants")]
        ports = {**port_names(self.graph.inputs, "in"), **port_names(self.graph.outputs, "out")}
        inside = [("clk", top), ("rst", top), *((port, name) for name, pair in ports.items() for port in pair)]
        wires = [(name, name) for name in self.graph.inputs] + [(name, name) for name in hardware]
        wires += [(link.name, link.source) for link in links]
        inside += [(f"{kind}_{name}", owner) for name, owner in wires for kind in ("valid", "data")]
        inside += [(name, name) for name in hardware]
        inside += [(f"{link.name}{suffix}", link.source) for link in links for suffix in ("", "_valid", "_data")]
        for names in (units, inside):
            owners: dict[str, str] = {}
            for name, owner in names:
                if name.lower() in owners:
                    raise ModelError(owner, f"its name makes {name!r} stand for two things in the VHDL; rename it")
                owners[name.lower()] = owner

    def _template(self, name: str, **values: Any) -> str:
        inputs = {name: self.tensors[name] for name in self.graph.inputs}
        outputs = {name: self.tensors[name] for name in self.graph.outputs}
        return self.from_template(
            name,
            graph=self.graph,
            schedule=self.schedule,
            tensors=self.tensors,
            inputs=inputs,
            outputs=outputs,
            input_ports=port_names(self.graph.inputs, "in"),
            output_ports=port_names(self.graph.outputs, "out"),
            hardware=[layer for layer in self.graph.layers if isinstance(layer, HardwareLayer)],
            **values,
        )

    def _layer(self, layer: HardwareLayer) -> str:
        binding = self.schedule.step(layer.name).binding
        sources = self.graph.sources(layer, self.tensors)
        return self.from_template(
            f"layers/{layer.kind}.vhd.j2",
            entity=f"{self.graph.name}_{layer.name}",
            layer=layer,
            step=self.schedule.step(layer.name),
            binding=binding,
            source=sources[0],
            sources=sources,
            result=self.tensors[layer.name],
            initiation_interval=self.schedule.initiation_interval,
            **layer.vhdl(binding, sources),
        )

    def _links(self) -> dict[str, list[list[Link]]]:
        """For every layer, the adapters of each of its inputs."""
        return {
            step.layer: [
                self._chain(source, step.layer, adapters)
                for source, adapters in zip(self.graph.layer(step.layer).inputs, step.adapters, strict=True)
            ]
            for step in self.schedule.steps
        }

    def _ends(self) -> list[list[Link]]:
        """For every network output, its adapters."""
        pairs = zip(self.graph.outputs, self.schedule.output_adapters, strict=True)
        return [self._chain(name, "port", adapters) for name, adapters in pairs]

    def _chain(self, source: str, target: str, adapters: tuple[Adapter, ...]) -> list[Link]:
        links, stem = [], source
        for adapter in adapters:
            name = f"{source}_to_{target}_{adapter.name}"
            links.append(Link(adapter, name, stem, self.tensors[source].bits))
            stem = name
        return links
