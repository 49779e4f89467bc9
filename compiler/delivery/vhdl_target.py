"""Plain VHDL: sources, compile order, test bench, and a script for VUnit."""

from __future__ import annotations

from bxnn.compiler.delivery.target import Target


class VhdlTarget(Target):
    """Sources for any tool; ``run.py`` runs the test bench under VUnit."""

    name = "vhdl"
    used = "vhdl/use.md.j2"

    def own_files(self) -> dict[str, str]:
        vunit = f"{self.tb}/tb_{self.top}.vhd"
        return {
            "files.txt": "\n".join([*self.sources, ""]),
            vunit: self.render("vunit_bench.vhd.j2", vunit),
            "run.py": self.render("run.py.j2", "run.py", vunit_bench=vunit),
        }
