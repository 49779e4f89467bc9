"""The VHDL back end: one entity per layer, one top entity, one constants package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from compiler.backend import literals
from compiler.errors import ModelError
from compiler.ir.binding import Adapter, Schedule
from compiler.ir.graph import Graph
from compiler.ir.layer import HardwareLayer
from compiler.ir.layout import Layout
from compiler.ir.registry import TEMPLATES
from compiler.ir.tensor import Int, Tensor

VHDL_TEMPLATES = TEMPLATES / "vhdl"
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


@dataclass(frozen=True, eq=False)
class Link:
    """One adapter between two layers, as the top template wires it.

    Attributes:
        adapter: What it is.
        name: Stem of its signals.
        source: Stem of the signals it reads.
        bits: Width of one element.
    """

    adapter: Adapter
    name: str
    source: str
    bits: int

    @property
    def source_bits(self) -> int:
        """Width of what the adapter reads."""
        return self.adapter.source.lanes * self.bits

    @property
    def collected_bits(self) -> int:
        """Width of what the adapter writes, idle slots included; the elements are in the low bits."""
        if self.adapter.name == "deserialize":
            return self.adapter.source.phases * self.source_bits
        return self.adapter.result.lanes * self.bits

    @property
    def order(self) -> Int | None:
        """Where each element of a serial layout is collected; ``None`` if in its own place."""
        return self.adapter.source.collection_order if self.adapter.name == "deserialize" else None

    @property
    def padding_bits(self) -> int:
        """Zeros above the elements that fill the idle slots of a serial layout."""
        layout = self.adapter.result
        return layout.phases * layout.lanes * self.bits - self.source_bits


class VhdlBackend:
    """Renders a scheduled graph.

    Args:
        graph: After the pipeline.
        schedule: Its schedule.
        facts: Values for headers: board, clock, bxnn version.
    """

    def __init__(self, graph: Graph, schedule: Schedule, facts: Mapping[str, Any]) -> None:
        self.graph, self.schedule, self.facts = graph, schedule, facts
        self.tensors = graph.tensors()
        self.environment = vhdl_environment()

    def write(self, folder: Path) -> tuple[str, ...]:
        """Write all files below ``folder``.

        Returns:
            Their names relative to ``folder``, in compile order.
        """
        return write_files(self.render(), folder)

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
        return self.environment.get_template(name).render(
            graph=self.graph,
            schedule=self.schedule,
            tensors=self.tensors,
            inputs=inputs,
            outputs=outputs,
            input_ports=port_names(self.graph.inputs, "in"),
            output_ports=port_names(self.graph.outputs, "out"),
            hardware=[layer for layer in self.graph.layers if isinstance(layer, HardwareLayer)],
            **self.facts,
            **values,
        )

    def _layer(self, layer: HardwareLayer) -> str:
        binding = self.schedule.step(layer.name).binding
        sources = self.graph.sources(layer, self.tensors)
        return self.environment.get_template(f"layers/{layer.kind}.vhd.j2").render(
            entity=f"{self.graph.name}_{layer.name}",
            layer=layer,
            step=self.schedule.step(layer.name),
            binding=binding,
            source=sources[0],
            sources=sources,
            result=self.tensors[layer.name],
            initiation_interval=self.schedule.initiation_interval,
            **self.facts,
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


def vhdl_environment() -> Environment:
    """Templates below hls_templates/vhdl with the functions they may call."""
    environment = Environment(
        loader=FileSystemLoader(VHDL_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        bit_vector=literals.bit_vector,
        rows=literals.rows,
        integers=literals.integers,
        signed_bits=literals.signed_bits,
        width=width,
    )
    return environment


def library(names: Sequence[str]) -> dict[str, str]:
    """Text of handwritten entities by file name."""
    return {f"lib/{name}.vhd": (VHDL_TEMPLATES / "lib" / f"{name}.vhd").read_text(encoding="utf-8") for name in names}


def write_files(files: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Write files below a folder.

    Returns:
        Names of the VHDL among them, in order.
    """
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(name for name in files if name.endswith(".vhd"))


def width(layout: Layout, tensor: Tensor) -> int:
    """Bits on the wires of a tensor in a layout."""
    return layout.lanes * tensor.bits


def port_names(names: tuple[str, ...], side: str) -> dict[str, tuple[str, str]]:
    """Valid and data port of every network input or output: ``in_valid, in_data`` if there is one, else by name."""
    if len(names) == 1:
        return {names[0]: (f"{side}_valid", f"{side}_data")}
    return {name: (f"{name}_valid", f"{name}_data") for name in names}
