"""Plain VHDL: sources, compile order, test bench, and a script for VUnit."""

from __future__ import annotations

from bxnn.compiler.delivery.patterns import pattern_files, width_of
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
            **self._patterns(),
        }

    def _patterns(self) -> dict[str, str]:
        """The events as pattern files of EMP and MP7, and the test bench that plays them."""
        interface, bench = self.drop.interface, f"{self.tb}/{self.top}_pattern_tb.vhd"
        texts = pattern_files(self.drop.vectors, interface)
        values = {
            "in_bits": width_of(interface.inputs),
            "out_bits": width_of(interface.outputs),
            "half_period_ps": self.drop.half_period_ps,
            "formats": (64,) if interface.streaming else (64, 32),
        }
        files = {f"{self.tb}/{name}": text for name, text in texts.items()}
        return {bench: self.render("pattern_bench.vhd.j2", bench, **values), **files}
