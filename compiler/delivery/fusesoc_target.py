"""FuseSoC: a core file with targets for simulation and synthesis."""

from __future__ import annotations

from bxnn.compiler.delivery.target import Target


class FuseSocTarget(Target):
    """A core in CAPI2.

    Source: FuseSoC 2.4.7, capi2/json_schema.py; edalize 0.6.8.
    """

    name = "fusesoc"
    used = "fusesoc/use.md.j2"

    def own_files(self) -> dict[str, str]:
        constraints = f"xdc/{self.top}_ooc.xdc"
        return {
            f"{self.top}.core": self.render("fusesoc/core.j2", f"{self.top}.core", constraints=constraints),
            constraints: self.render("vivado/ooc.xdc.j2", constraints),
        }
