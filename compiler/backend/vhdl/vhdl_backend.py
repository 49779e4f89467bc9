"""The VHDL back end: one entity per layer, one top entity, one constants package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from bxnn.compiler.backend.vhdl.link import Link, NamedCopies
from bxnn.compiler.backend.vhdl.vhdl_library import library_of
from bxnn.compiler.backend.vhdl.vhdl_project import VhdlProject, port_names
from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.port_register import PortRegister
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.set_choice import SetChoice
from bxnn.compiler.hardware.valid_wiring import EARLY, SignalKey, ValidWiring, signal_keys
from bxnn.compiler.ir.graph import Graph


class VhdlBackend(VhdlProject):
    """Renders a scheduled graph.

    Args:
        graph: The schedule's.
        schedule: When and where every layer runs.
        facts: Values for headers: board, clock, bxnn version.
    """

    def __init__(self, graph: Graph, schedule: Schedule, facts: Mapping[str, Any]) -> None:
        super().__init__(graph, {**facts, "set_choice": SetChoice.of(schedule)})
        self.schedule = schedule
        self._taken: set[str] = set()
        self._wiring = ValidWiring(schedule)
        self._stems: dict[SignalKey, str] = {}
        self._starts: dict[SignalKey, NamedCopies] = {}

    def render(self) -> dict[str, str]:
        """Text of every file by name, in compile order."""
        top = self.graph.name
        files = {f"{top}_pkg.vhd": self._template("package.vhd.j2"), **self.network()}
        if self.facts["axi_stream"] is not None:
            files[f"{top}_axis.vhd"] = self._template("axi_stream.vhd.j2", axis=self.facts["axi_stream"])
        instance = {f"{top}_instance.vho": self._template("instance.vho.j2")}
        return library_of(files.values(), self.facts["dsp_primitive"]) | files | instance

    def network(self) -> dict[str, str]:
        """The entities of the layers and the top entity, without the library."""
        self._check_units()
        self._taken = self._names_of_top()
        self._stems = {EARLY: "in_early"} | {(name,): f"valid_{name}" for name in self.tensors}
        links, ends = self._links(), self._ends()
        starts = {step.layer: self._starts_of((step.layer,), step.layer) for step in self.schedule.steps}
        top, early = self.graph.name, self._wiring.early_loads > 0
        files = {}
        for layer in self.graph.layers:
            if isinstance(layer, HardwareLayer):
                files[f"{top}_{layer.name}.vhd"] = self._layer(layer)
        files[f"{top}.vhd"] = self._template("top.vhd.j2", links=links, ends=ends, starts=starts, reads_early=early)
        return files

    def _check_units(self) -> None:
        """Refuse a network name that gives one unit two meanings.

        Raises:
            ModelError: Naming the network or the layer.
        """
        top = self.graph.name
        units = [(name, top) for name in (f"{top}_pkg", top, f"{top}_axis")]
        hardware = [step.layer for step in self.schedule.steps]
        units += [(f"{top}_{name}{suffix}", name) for name in hardware for suffix in ("", "_constants")]
        self._distinct(units)

    def _names_of_top(self) -> set[str]:
        """Names in the top entity, in lower case, without those of links.

        Raises:
            ModelError: If layer names give one name two meanings; those of a front end never do.
        """
        names = self.graph.data_inputs
        ports = {**port_names(names, "in"), **port_names(self.graph.outputs, "out")}
        inside = [(name, self.graph.name) for name in ("clk", "rst", "spacing", "spacing_error", "in_early")]
        adapter = (self.facts["reset"].name, "reset_adapter") if self.facts["reset"].adapted else ()
        inside += [(name, self.graph.name) for name in adapter]
        tag = ("in_tag", "out_tag", "tag_line") if self.facts["tag_bits"] else ()
        inside += [(name, self.graph.name) for name in tag]
        inside += [(name, self.graph.name) for name in self._names_of_loading()]
        inside += [(port, name) for name, pair in ports.items() for port in pair]
        hardware = [step.layer for step in self.schedule.steps]
        inside += [(f"{kind}_{name}", name) for name in (*names, *hardware) for kind in ("valid", "data")]
        inside += [(f"{kind}_{name}", name) for name in hardware for kind in ("layer", "starts", "to_starts")]
        inside += [(f"held_{name}", name) for name in names if self.schedule.held_input]
        inside += [(name, self.graph.name) for name in self._names_of_sets()]
        return self._distinct(inside)

    def _names_of_sets(self) -> tuple[str, ...]:
        """Names in the top entity of what chooses weights."""
        choice = self.facts["set_choice"]
        if choice is None:
            return ()
        turns = () if self.schedule.turns is None else ("turns", "turn", "turn_valid", "turn_data")
        return (*turns, "weight_sets", "set_of_event", *(f"set_of_{layer}" for layer, _ in choice.layers))

    def _names_of_loading(self) -> tuple[str, ...]:
        """Names in the top entity of what loads weights at run time."""
        loading = self.facts["loading"]
        if loading is None:
            return ()
        inside = ("bank", "load_begin", "load_enter", "load_write", "load_bank", "load_data", "weights_of_events")
        bus = ("register_write", "register_address", "register_data", "register_ready", "register_read")
        adapter = (*bus, "registers_on_bus") if loading.adapter else ()
        layers = (f"bank_of_{layer.name}" for layer in loading.layers)
        return (*(port.name for port in loading.ports), *inside, *adapter, *layers)

    def _distinct(self, named: Iterable[tuple[str, str]]) -> set[str]:
        """Names in lower case, each given with the network or layer that it comes from.

        Raises:
            ModelError: Naming the second owner of a name.
        """
        found: set[str] = set()
        for name, owner in named:
            if name.lower() in found:
                problem = f"its name gives {name!r} two meanings in the VHDL; rename it"
                raise ModelError(self.graph.spelled(owner), problem)
            found.add(name.lower())
        return found

    def _template(self, name: str, **values: Any) -> str:
        inputs = {name: self.tensors[name] for name in self.graph.data_inputs}
        outputs = {name: self.tensors[name] for name in self.graph.outputs}
        return self.from_template(
            name,
            graph=self.graph,
            schedule=self.schedule,
            tensors=self.tensors,
            inputs=inputs,
            outputs=outputs,
            input_ports=port_names(self.graph.data_inputs, "in"),
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
            starts=self._wiring.copies.get((layer.name,)),
            source=sources[0],
            sources=sources,
            result=self.tensors[layer.name],
            initiation_interval=self.schedule.layer_interval,
            **layer.vhdl(binding, sources),
        )

    def _links(self) -> dict[str, list[list[Link]]]:
        """For each layer, the converters of each of its inputs."""
        registered: dict[str, Link] = {}
        return {
            step.layer: [
                self._chain(source, step.layer, converters, registered)
                for source, converters in zip(self.graph.layer(step.layer).inputs, step.converters, strict=True)
            ]
            for step in self.schedule.steps
        }

    def _ends(self) -> list[list[Link]]:
        """For each network output, its converters."""
        pairs = zip(self.graph.outputs, self.schedule.output_converters, strict=True)
        return [self._chain(name, "port", converters, {}) for name, converters in pairs]

    def _chain(
        self, source: str, target: str, converters: tuple[LayoutConverter, ...], registered: dict[str, Link]
    ) -> list[Link]:
        """The links of a chain; the register of an input port, added to ``registered``, is one for all its readers."""
        links, stem = [], source
        for converter, key in zip(converters, signal_keys(source, converters)[1:], strict=True):
            at_port = isinstance(converter, PortRegister)
            if at_port and stem in registered:
                links.append(replace(registered[stem], is_new=False))
            else:
                wanted = f"{source}_{converter.name}" if at_port else f"{source}_to_{target}_{converter.name}"
                name = self._link_name(wanted)
                self._stems.setdefault(key, f"valid_{name}")
                links.append(Link(converter, name, stem, self.tensors[source].bits, self._starts_of(key, name)))
            if at_port:
                registered[stem] = links[-1]
            stem = links[-1].name
        return links

    def _starts_of(self, key: SignalKey, stem: str) -> NamedCopies | None:
        """The copies of valid for what writes a signal; what is equal has the same, so that tools merge it."""
        if key in self._starts:
            return replace(self._starts[key], is_new=False)
        if key not in self._wiring.copies:
            return None
        copies = self._wiring.copies[key]
        self._starts[key] = NamedCopies(f"starts_{stem}", self._stems[copies.source], copies)
        return self._starts[key]

    def _link_name(self, wanted: str) -> str:
        """``wanted``, with a number if it is taken: a layer may read one tensor twice."""
        endings = ("{}_valid", "{}_data", "{}_order")
        patterns = ("{}", *endings, "valid_{}", "data_{}", "collected_{}", "order_{}", "starts_{}", "to_starts_{}")
        for number in count(1):
            name = wanted if number == 1 else f"{wanted}_{number}"
            names = {pattern.format(name.lower()) for pattern in patterns}
            if names.isdisjoint(self._taken):
                break
        self._taken |= names
        return name
