"""Hardware cost with open tools: GHDL converts the VHDL to Verilog, yosys maps it to Xilinx primitives.

The yosys script is ``synth_xilinx -flatten -noiopad -noclkbuf`` with five differences:

* Every multiplication becomes a DSP slice, however narrow. yosys's own limits would turn small ones into
  LUTs, where the VHDL says ``use_dsp = "yes"`` (an attribute that GHDL does not pass on).
* Multiplications get the widths of their operands first of all: without the low bits of an operand that are always
  zero, yosys would take operands for unsigned ones as wide as the product, and use several slices.
* Line buffers become distributed or block RAM as their generic BLOCK_RAM says, tables of bxnn_block_lookup block RAM;
  other ROMs are LUTs. (These are attributes too, or follow from a read without a clock.)
* Weight ROMs and registers of results are kept apart until the DSP slices are mapped. A RAM with a load port could
  take the place of the ROMs, so their constants must not be folded into multipliers; the registers end the long way
  through a quantizer, which must not lead on to a slice.
* Replicas (bxnn_replica, bxnn_replica_rom) are kept apart until all is mapped: yosys would merge equal registers,
  which the VHDL says to keep (an attribute once more). They are flattened last, and nothing that merges runs after
  that.

With ``xc7`` (DSP48E1), yosys packs the registers, the adder and the cascade of a slice. With ``xcup``
(DSP48E2) it packs only the multiplier, so the same VHDL shows its accumulators and pipeline registers
as LUTs and flip-flops.
"""

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
from bxnn.sim.timing.flat_netlist import net_names
from bxnn.sim.timing.places import cell_name
from bxnn.sim.toolchain import require

_STANDARD = "--std=08"
_OPTIONS = "-flatten -noiopad -noclkbuf"
_APART = "bxnn_weight_rom* bxnn_result_register*"  # until the DSP slices are mapped
# Runs the script. Choosing what implements memories takes yosys a second, whether there are any or not.
_PROGRAM = """
from pathlib import Path
from pyosys import libyosys
design = libyosys.Design()
libyosys.run_pass("script synthesis.ys start:memories", design)
if Path("memories.txt").read_text(encoding="utf-8").strip():
    libyosys.run_pass("script synthesis.ys memories:logic", design)
libyosys.run_pass("script synthesis.ys logic:", design)
"""
_REPLICAS = "bxnn_replica*"  # equal registers that stay apart until all is mapped
# Memories by module (GHDL appends the values of its generics) and what implements them.
_RAM_STYLES = {
    "bxnn_line_buffer*_0/m:*": "distributed",
    **dict.fromkeys(("bxnn_line_buffer*_1/m:*", "bxnn_block_lookup*/m:*"), "block"),
    **dict.fromkeys(("bxnn_lookup*/m:*", "bxnn_window_former*/m:*"), "logic"),
}


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

    Returns:
        The counts, with their provenance.

    Raises:
        ToolError: If a tool is missing or the family is unknown.
        VerificationError: If GHDL or yosys rejects the design; carries the tool's own message.
    """
    folder = work_dir.resolve()
    request = _Request(vhdl_files, top, folder, family, generics or {}, False, wide_bits)
    modules, source = _netlist(request)
    return counted(modules[top], source)


def synthesize_parts(
    vhdl_files: Sequence[Path],
    top: str,
    work_dir: Path,
    family: str = "xc7",
    generics: Mapping[str, int | str] | None = None,
) -> dict[str, SynthesisResult]:
    """Count what each instance in the architecture of ``top`` costs, in one run of the tools.

    Arguments and errors are those of `synthesize`. Boundaries of the instances are preserved, so the sum may
    exceed the result of `synthesize` for the whole.

    Returns:
        Counts by instance name; ``top`` itself stands for everything outside all instances.
    """
    request = _Request(vhdl_files, top, work_dir.resolve(), family, generics or {}, parts=True)
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
    (folder / "synthesis.ys").write_text(_script(_to_verilog(request), request), encoding="utf-8")
    problem = "yosys could not synthesise the design"
    # yosys hands netlists to abc in temporary files, and does not remove them if it is interrupted.
    with tempfile.TemporaryDirectory(prefix=".yosys-", dir=folder) as scratch:
        environment = {**os.environ, "TMPDIR": scratch}
        command = [sys.executable, "-c", _PROGRAM]
        run(command, folder, folder / "yosys.log", request.top, problem, environment=environment)
    modules = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))["modules"]
    cells: dict[str, list[Cell]] = {
        name: _named_cells(module)
        for name, module in modules.items()
        if "blackbox" not in module["attributes"] and "whitebox" not in module["attributes"]
    }
    versions = f"ghdl {ghdl.version} --synth, yosys {yosys.version}"
    options = f"synth_xilinx -family {request.family} {_OPTIONS}"
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


def _reading(verilog: Path, request: _Request) -> list[str]:
    """Commands that read the Verilog.

    GHDL declares the slices that the VHDL instantiates as empty modules whose parameters have no defaults, as only
    SystemVerilog allows. yosys brings its own modules for them, except for a DSP58: that one stays a black box, and is
    named after its parameters.
    """
    if not component_files(request.vhdl_files):
        return [f"read_verilog {verilog.name}"]
    return [f"read_verilog -sv {verilog.name}", "delete DSP48E1 DSP48E2"]


def _primitives(request: _Request) -> list[str]:
    """Commands that read the modules of the device's primitives.

    All that yosys itself takes for ``xc7`` is in one file; with the other, of every primitive of every Xilinx device,
    each of its passes takes many times as long for a small design.
    """
    others = request.family != "xc7" or component_files(request.vhdl_files)
    return [
        "read_verilog -lib -specify +/xilinx/cells_sim.v",
        *(["read_verilog -lib +/xilinx/cells_xtra.v"] if others else []),
    ]


def _script(verilog: Path, request: _Request) -> str:
    """The yosys script, described at the top of this file."""
    multiplier = request.multiplier
    synth = f"synth_xilinx -family {request.family} {_OPTIONS}"
    keep_replicas = f"setattr -mod -set keep_hierarchy 1 {_REPLICAS}"
    keep_parts = [f"setattr -mod -set keep_hierarchy 1 {request.top}/c:* %M"] if request.parts else []
    least = " ".join(f"-D DSP_{port}_MINWIDTH=1" for port in "ABY")
    most = f"-D DSP_A_MAXWIDTH={multiplier.a_bits} -D DSP_B_MAXWIDTH={multiplier.b_bits}"
    defines = f"{least} {most} -D DSP_A_MAXWIDTH_PARTIAL=18 -D DSP_SIGNEDONLY=1 -D DSP_NAME={multiplier.cell}"
    commands = [
        *("start:", *_reading(verilog, request)),
        *(f"setattr -mod -set keep_hierarchy 1 {_APART}", keep_replicas),
        *(f'setattr -set ram_style "{style}" {memories}' for memories, style in _RAM_STYLES.items()),
        *keep_parts,
        *("proc", "wreduce t:$mul"),
        *(*_primitives(request), f"hierarchy -check -top {request.top}", f"{synth} -run prepare:map_dsp"),
        *("memory_dff", "alumacc -macc-only", "maccmap -unmap", "opt_clean"),
        f"techmap -map +/mul2dsp.v -map {multiplier.techmap} {defines}",
        *("select a:mul2dsp", "setattr -unset mul2dsp", "opt_expr -fine", "wreduce", "select -clear"),
        *(f"xilinx_dsp -family {request.family}", "chtype -set $mul t:$__soft_mul"),
        *(
            f"setattr -mod -unset keep_hierarchy {_APART}",
            *(*keep_parts, keep_replicas, "flatten", "opt_clean"),
        ),
        *(f"{synth} -run coarse:map_memory", "tee -q -o memories.txt select -list t:$mem*"),
        *("memories:", f"{synth} -run map_memory:map_ffram"),
        *("logic:", f"{synth} -run map_ffram:"),
        # What was kept apart to prevent merging becomes one netlist here; nothing is merged after this.
        *("setattr -mod -unset keep_hierarchy *", *keep_parts, "flatten"),
        *("opt_clean -purge", "chtype -set DSP58 t:$paramod*DSP58", "write_json netlist.json"),
    ]
    return "\n".join(commands) + "\n"
