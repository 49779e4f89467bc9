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
        top, version = (
            self.top,
            ".".join(self.drop.report.bxnn_version.split(".")[:2]),
        )  # the packager takes two numbers
        constraints, wrapper = f"xdc/{top}_ooc.xdc", f"ip/{top}_ip.vhd"
        return {
            constraints: self.render("vivado/ooc.xdc.j2", constraints),
            "sources.tcl": self.render("vivado/sources.tcl.j2", "sources.tcl"),
            "ooc.tcl": self.render("vivado/ooc.tcl.j2", "ooc.tcl", constraints=constraints),
            "package_ip.tcl": self.render(
                "vivado/package_ip.tcl.j2", "package_ip.tcl", wrapper=wrapper, version=version
            ),
            wrapper: self.render("vivado/wrapper.vhd.j2", wrapper),
        }
