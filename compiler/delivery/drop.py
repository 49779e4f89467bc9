"""What all packages of a build are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.backend.license_line import licensed
from bxnn.compiler.backend.weight_software import weight_software
from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.delivery.renaming import prefixed
from bxnn.compiler.delivery.vector_text import vector_text
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.kept_design import DESIGN_FILE, kept_files
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.templates import template_environment

SOURCES = ("report.json", "ir", "sim/interface.json", "vhdl", DESIGN_FILE)  # what a package needs of a build
TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True)
class Drop:
    """A build, ready to be packaged.

    Attributes:
        report: Its report.
        interface: Ports and guarantees of the top entity, by the name that it has in the package.
        sources: VHDL by file name, in compile order, prefixed if the build says so.
        models: Simulation models of the primitives that it instantiates, library ``unisim``, in compile order.
        vectors: The events of the test bench.
        design: The configuration, and the files that it names, by file name.
        origin: SHA-256 of the files of the build that the package was made from.
    """

    report: ReportModel
    interface: Interface
    sources: Mapping[str, str]
    models: Mapping[str, str]
    vectors: str
    design: Mapping[str, str]
    origin: Mapping[str, str]

    @classmethod
    def of(cls, place: OpenBuild) -> Drop:
        """The drop of an open build."""
        from bxnn.sim.bench.vendor_library import model_files

        build = Build(place.folder)
        report, interface = load_report(build.report), Interface.load(build.interface)
        paths = [build.vhdl / name for name in interface.files]
        texts = {name: (build.vhdl / name).read_text(encoding="utf-8") for name in interface.files}
        return cls(
            report,
            replace(interface, top=report.prefix + interface.top),
            prefixed(texts, report.prefix),
            {path.name: path.read_text(encoding="utf-8") for path in model_files(paths)},
            vector_text(build.graph, interface),
            kept_files(place.folder),
            {name: place.manifest.files[name] for name in place.manifest.below(*SOURCES[1:])},
        )

    @property
    def top(self) -> str:
        """Name of the top entity."""
        return self.interface.top

    @property
    def library(self) -> str | None:
        """The VHDL library; ``None`` for that of the flow, which prefixed units can share with those of others."""
        return self.report.library or (None if self.report.prefix else self.report.name)

    @property
    def software(self) -> dict[str, str]:
        """What software needs to load weights at run time, by path; nothing if all are constants."""
        facts = self.report.weights
        if facts is None:
            return {}
        found = weight_software(self.top, facts.bus, facts.words, int(facts.layout, 16))
        return {f"software/{name}": text for name, text in found.items()}

    @cached_property
    def half_period_ps(self) -> int:
        """Half a clock period, in ps."""
        return round(500_000 / self.report.clock_mhz)

    def render(self, template: str, name: str, **values: object) -> str:
        """A file of a package, with its license line if its kind has one.

        Args:
            template: Name of the template.
            name: Name of the file.
            values: Values beside the drop, its interface and its report.
        """
        environment = template_environment(TEMPLATES)
        found = environment.get_template(template)
        text = found.render(drop=self, top=self.top, interface=self.interface, report=self.report, **values)
        return licensed(name, text) if name.endswith((".vhd", ".tcl")) else text

    @cached_property
    def bench(self) -> str:
        """The plain test bench."""
        ports = (*self.interface.data_inputs, *self.interface.outputs)
        valids = " and ".join(f"{port.valid} = '1'" for port in self.interface.outputs)
        events = ", ".join(f"{port.data}_event" for port in ports)
        values = {"event_variables": events, "counted_valids": valids, "half_period_ps": self.half_period_ps}
        return self.render("bench.vhd.j2", f"{self.top}_tb.vhd", **values)
