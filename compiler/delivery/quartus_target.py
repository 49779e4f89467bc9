"""Quartus: compilation with virtual pins."""

from __future__ import annotations

from bxnn.compiler.delivery.target import Target
from bxnn.compiler.errors import InputError


class QuartusTarget(Target):
    """A script for Quartus Standard or Pro, which is given family and device.

    Source: Intel's Tcl reference; edalize 0.6.8.
    """

    name = "quartus"
    used = "quartus/use.md.j2"

    def check(self) -> None:
        if self.drop.models:
            slices = self.drop.report.board.dsp_type
            problem = f"instantiates {slices}, which Quartus does not have; compile it with `dsp: inferred`"
            raise InputError(self.drop.report.name, problem)

    def own_files(self) -> dict[str, str]:
        top = self.top
        ports = (*self.drop.interface.data_inputs, *self.drop.interface.outputs)
        bits = [port.valid for port in ports]
        bits += [port.first for port in self.drop.interface.inputs if port.first]
        bits += ["spacing_error"] * self.drop.interface.spacing_error
        buses = [(port.data, port.width) for port in ports]
        buses += [
            (name, self.drop.interface.tag_bits) for name in ("in_tag", "out_tag") if self.drop.interface.tag_bits
        ]
        for port in self.drop.interface.weight_ports:
            if port.bits is None:
                bits.append(port.name)
            else:
                buses.append((port.name, port.bits))
        return {
            f"{top}.sdc": self.render("quartus/constraints.sdc.j2", f"{top}.sdc"),
            f"{top}.qsf": self.render("quartus/settings.qsf.j2", f"{top}.qsf"),
            "build.tcl": self.render("quartus/build.tcl.j2", "build.tcl", bits=bits, buses=buses),
        }
