"""Hardware cost with open tools: GHDL converts the VHDL to Verilog, yosys maps it to Xilinx primitives."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bxnn.compiler.errors import ToolError
from bxnn.sim.bench.ghdl import analyse_primitives, run
from bxnn.sim.bench.vendor_library import component_files
from bxnn.sim.dsp_map import CELLS, WIDE, MultiplierCell, wide_map
from bxnn.sim.netlist import Cell, SynthesisResult, counted
from bxnn.sim.synthesis_script import GRAPH_MODULE, OPTIONS, PROGRAM, SCRIPT_FILE, SynthesisScript
from bxnn.sim.timing.flat_netlist import net_names
from bxnn.sim.timing.places import cell_name
from bxnn.sim.toolchain import require

_STANDARD = "--std=08"


@dataclass(frozen=True)
class _Request:
    """What to synthesise, and whether the instances of ``top`` are counted individually."""

    vhdl_files: Sequence[Path]
    top: str
    folder: Path
    family: str
    generics: Mapping[str, int | str]
    parts: bool
    wide_bits: int = 25
    graphs: bool = False

    @property
    def multiplier(self) -> MultiplierCell:
        """The multiplier of a slice."""
        return WIDE if self.family == "xc7" and self.wide_bits > CELLS["xc7"].a_bits else CELLS[self.family]


def synthesize(
    vhdl_files: Sequence[Path],
    top: str,
    work_dir: Path,
    family: str = "xc7",
    generics: Mapping[str, int | str] | None = None,
    wide_bits: int = 25,
    graphs: bool = False,
) -> SynthesisResult:
    """Count what ``top`` costs as a whole.

    Args:
        vhdl_files: VHDL-2008 sources in any order.
        top: Entity to synthesise.
        work_dir: Created if missing; keeps Verilog, script, log and netlist.
        family: ``xc7`` or ``xcup``.
        generics: Values for generics of ``top``.
        wide_bits: Wider port of the device's multiplier; beyond the 25 bits of a DSP48E1, 27 are taken
            (bxnn.sim.dsp_map).
        graphs: Whether the design has adder graphs of another tool; bxnn's are found.

    Returns:
        The counts, with their provenance.

    Raises:
        ToolError: If a tool is missing or the family is unknown.
        VerificationError: If GHDL or yosys rejects the design; carries the tool's own message.
    """
    folder = work_dir.resolve()
    request = _Request(vhdl_files, top, folder, family, generics or {}, False, wide_bits, graphs)
    modules, source = _netlist(request)
    return counted(modules[top], source)


def synthesize_parts(
    vhdl_files: Sequence[Path],
    top: str,
    work_dir: Path,
    family: str = "xc7",
    generics: Mapping[str, int | str] | None = None,
    wide_bits: int = 25,
) -> dict[str, SynthesisResult]:
    """Count what each instance in the architecture of ``top`` costs, in one run of the tools.

    Arguments and errors are those of `synthesize`. Boundaries of the instances are preserved, so the sum may
    exceed the result of `synthesize` for the whole.

    Returns:
        Counts by instance name; ``top`` itself stands for everything outside all instances.
    """
    request = _Request(vhdl_files, top, work_dir.resolve(), family, generics or {}, True, wide_bits)
    modules, source = _netlist(request)
    results = {top: counted([cell for cell in modules[top] if cell["type"] not in modules], source)}
    for cell in modules[top]:
        if cell["type"] in modules:
            results[cell["name"]] = counted(modules[cell["type"]], source)
    return results


def _netlist(request: _Request) -> tuple[dict[str, list[Cell]], str]:
    """Runs both tools; returns the cells of each remaining module, and the provenance."""
    if request.family not in CELLS:
        raise ToolError("yosys", f"no family {request.family}; use one of {', '.join(CELLS)}")
    ghdl, yosys = require("ghdl"), require("yosys")
    folder = request.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WIDE.techmap).write_text(wide_map(), encoding="utf-8")
    verilog = _to_verilog(request)
    script = SynthesisScript(
        request.top,
        request.family,
        request.multiplier,
        request.parts,
        instantiated=bool(component_files(request.vhdl_files)),
        graphs=request.graphs or GRAPH_MODULE in verilog.read_text(encoding="utf-8"),
    )
    (folder / SCRIPT_FILE).write_text(script.text(verilog.name), encoding="utf-8")
    problem = "yosys could not synthesise the design"
    # yosys hands netlists to abc in temporary files, and does not remove them if it is interrupted.
    with tempfile.TemporaryDirectory(prefix=".yosys-", dir=folder) as scratch:
        environment = {**os.environ, "TMPDIR": scratch}
        command = [sys.executable, "-c", PROGRAM]
        run(command, folder, folder / "yosys.log", request.top, problem, environment=environment)
    modules = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))["modules"]
    cells: dict[str, list[Cell]] = {
        name: _named_cells(module)
        for name, module in modules.items()
        if "blackbox" not in module["attributes"] and "whitebox" not in module["attributes"]
    }
    versions = f"ghdl {ghdl.version} --synth, yosys {yosys.version}"
    options = f"synth_xilinx -family {request.family} {OPTIONS}"
    slices = f"every multiplication in a DSP of {request.multiplier.a_bits}x{request.multiplier.b_bits} bits"
    return cells, f"{versions} {options}, {slices}, weight ROMs not folded"


def _named_cells(module: Mapping[str, Any]) -> list[Cell]:
    """The cells of a module with their names; DSP slices named by a tool get the name of what they drive."""
    names = net_names(module["netnames"])
    named: list[Cell] = []
    for instance, cell in module["cells"].items():
        results = cell["connections"].get("P")  # of a DSP slice
        named.append({**cell, "name": instance if results is None else cell_name(instance, results, names)})
    return named


def _to_verilog(request: _Request) -> Path:
    """Verilog of the design; GHDL sorts the sources itself."""
    folder, top = request.folder, request.top
    place = [_STANDARD, "--work=work", f"--workdir={folder}", f"-P{folder}"]
    sources = [str(path.resolve()) for path in request.vhdl_files]
    problem = "ghdl could not turn the VHDL into Verilog"
    result, log = folder / "design.v", folder / "ghdl.log"
    for stale in folder.glob("work-obj*.cf"):
        stale.unlink()
    analyse_primitives(folder, component_files(request.vhdl_files), top)
    run(["ghdl", "-i", *place, *sources], folder, log, top, problem)
    run(["ghdl", "-m", *place, top], folder, log, top, problem)
    values = [f"-g{name}={value}" for name, value in request.generics.items()]
    run(["ghdl", "--synth", *place, *values, "--out=verilog", top], folder, log, top, problem, result)
    return result
