"""Proofs by SAT that two entities never differ: GHDL converts both to Verilog, yosys compares them."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FOUND, _MISSED = "FAIL!", "SUCCESS!"


@dataclass(frozen=True)
class Side:
    """One of the two sides: an entity with its sources, and a library that it uses.

    Attributes:
        top: Name of the entity; ports of both sides have the same names.
        files: VHDL-2008 files of library work, in any order.
        unisim: Files of library unisim in compile order.
        verilog: Verilog instead of VHDL.
        generics: Values for generics of the entity.
    """

    top: str
    files: Sequence[Path] = ()
    unisim: Sequence[Path] = ()
    verilog: Path | None = None
    generics: Mapping[str, int] = field(default_factory=dict)

    def to_verilog(self, folder: Path) -> Path:
        """One Verilog file with the entity and all that it instantiates."""
        if self.verilog is not None:
            return self.verilog
        folder.mkdir()
        place = ["--std=08", f"--workdir={folder}", f"-P{folder}"]
        if self.unisim:
            command = ["ghdl", "-a", "--std=08", "--work=unisim", f"--workdir={folder}", *map(str, self.unisim)]
            subprocess.run(command, check=True, cwd=folder)
        subprocess.run(["ghdl", "-i", *place, *map(str, self.files)], check=True, cwd=folder)
        subprocess.run(["ghdl", "-m", *place, self.top], check=True, cwd=folder)
        result = folder / f"{self.top}.v"
        values = [f"-g{name}={value}" for name, value in self.generics.items()]
        with result.open("w") as verilog:
            command = ["ghdl", "--synth", *place, *values, "--out=verilog", self.top]
            subprocess.run(command, check=True, cwd=folder, stdout=verilog)
        return result


def proven(folder: Path, gold: Side, gate: Side, proof: str) -> bool:
    """Whether yosys proves that the outputs of both sides are always equal; ``False`` if it finds where they are not.

    Args:
        folder: Where Verilog and script are written.
        gold: One of the sides.
        gate: The other side.
        proof: Options of yosys' ``sat`` that select the cycles.
    """
    reading = []
    for name, side in (("gold", gold), ("gate", gate)):
        verilog = side.to_verilog(folder / name)
        reading += [f"read_verilog -sv {verilog}", f"prep -flatten -top {side.top}", f"rename {side.top} {name}"]
        reading += ["chformal -remove", f"design -stash {name}"]
    copying = [f"design -copy-from {name} -as {name} {name}" for name in ("gold", "gate")]
    proving = ["miter -equiv -make_assert -flatten gold gate miter", "hierarchy -top miter"]
    script = [*reading, *copying, *proving, f"sat -verify -prove-asserts {proof} miter"]
    (folder / "proof.ys").write_text("\n".join(script) + "\n")
    python = "from pyosys import libyosys; libyosys.run_pass('script proof.ys', libyosys.Design())"
    done = subprocess.run([sys.executable, "-c", python], cwd=folder, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert (_MISSED in said) == (done.returncode == 0), said[-3000:]
    assert done.returncode == 0 or _FOUND in said, said[-3000:]
    return done.returncode == 0
