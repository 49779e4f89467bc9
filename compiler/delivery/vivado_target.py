"""Vivado: out-of-context synthesis and implementation, and packaging for the IP catalog."""

from __future__ import annotations

from bxnn.compiler.delivery.target import Target


class VivadoTarget(Target):
    """Scripts for Vivado without a project.

    Source: UG835, UG903, UG905, UG1118.
    """

    name = "vivado"
    used = "vivado/use.md.j2"

    def own_files(self) -> dict[str, str]:
        top = self.top
        constraints = f"xdc/{top}_ooc.xdc"
        return {
            constraints: self.render("vivado/ooc.xdc.j2", constraints),
            "sources.tcl": self.render("vivado/sources.tcl.j2", "sources.tcl"),
            "ooc.tcl": self.render("vivado/ooc.tcl.j2", "ooc.tcl", constraints=constraints),
            **self._packager(top, "package_ip.tcl", "vivado/wrapper.vhd.j2"),
            **(
                self._packager(f"{top}_axis", "package_axis_ip.tcl", "vivado/axis_wrapper.vhd.j2") if self._axis else {}
            ),
        }

    @property
    def _axis(self) -> bool:
        """Whether there is a wrapper with AXI4-Stream."""
        return self.drop.report.axi_stream is not None

    def _packager(self, unit: str, script: str, template: str) -> dict[str, str]:
        """The script that packages an entity for the IP catalog, and its top in VHDL-93."""
        wrapper = f"ip/{unit}_ip.vhd"
        version = ".".join(self.drop.report.bxnn_version.split(".")[:2])  # the packager takes two numbers
        values = {"unit": unit, "script": script, "wrapper": wrapper, "version": version}
        return {
            script: self.render("vivado/package_ip.tcl.j2", script, **values),
            wrapper: self.render(template, wrapper),
        }
