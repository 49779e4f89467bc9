"""The script by which yosys maps a design to Xilinx primitives.

The yosys script is ``synth_xilinx -flatten -noiopad -noclkbuf`` with nine differences:

* Every multiplication becomes a DSP slice, however narrow. yosys's own limits would turn small ones into
  LUTs, where the VHDL says ``use_dsp = "yes"`` (an attribute that GHDL does not pass on).
* Multiplications get the widths of their operands first of all: without the low bits of an operand that are always
  zero, yosys would take operands for unsigned ones as wide as the product, and use several slices.
* Line buffers become distributed or block RAM as their generic BLOCK_RAM says, tables of bxnn_block_lookup block RAM;
  other ROMs are LUTs. (These are attributes too, or follow from a read without a clock.)
* Weight ROMs, registers of results and cascades are kept apart until the DSP slices are mapped. A RAM with a load port
  could take the place of the ROMs, so their constants must not be folded into multipliers; the registers end the long
  way through a quantizer, which must not lead on to a slice; yosys packs no register with constant bits into a slice,
  such as that of a packed operand, and sees no constants inside a cascade.
* Replicas (bxnn_replica, bxnn_replica_rom, bxnn_replica_port) are kept apart until all is mapped: yosys would merge
  equal registers, which the VHDL says to keep (an attribute once more). They are flattened last, and nothing that
  merges runs after that. They are mapped to LUTs in a design that has nothing else, as yosys walks through the whole
  design for each.
* Staircases (bxnn_staircase_lanes; comparisons that have registers, apart from what counts them), choices of operands
  (bxnn_operand_choice) and quantizers that compare to clamp (bxnn_requantize) are mapped to LUTs by themselves
  in the same way: yosys saves LUTs wherever a path is shorter than the slowest of what it maps; beside three
  adders in a row, it made eight levels of the five of a staircase.
* Beside adder graphs, bits that abc9 proves equal are not merged (its &scorr and &sweep): it computed early sums
  from late ones, which made paths up to 0.2 ns longer and saved up to 1 % of the LUTs.
* Registers of ports (bxnn_replica_port) stay if nothing reads them, and delays to a latency that was asked for
  (bxnn_latency_padding) are not merged: the VHDL says so.
* Only primitives that can occur are read, and memories are mapped only if there are any: for a small design, the rest
  takes most of the time.

With ``xc7`` (DSP48E1), yosys packs the registers, the adder and the cascade of a slice. With ``xcup``
(DSP48E2) it packs only the multiplier, so the same VHDL shows its accumulators and pipeline registers
as LUTs and flip-flops.
"""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.sim.dsp_map import MultiplierCell

OPTIONS = "-flatten -noiopad -noclkbuf"
SCRIPT_FILE = "synthesis.ys"
GRAPH_MODULE = "module bxnn_adder_graph"  # in the Verilog of a design with adder graphs
# The primitives that yosys takes for UltraScale+, and designs instantiate, but cells_sim.v does not have.
_FURTHER = "RAMB18E2|RAMB36E2|URAM288|DSP48E2"
_FURTHER_FILE = "primitives.v"
# Runs the sections of the script; one with a condition only if the file that the script wrote names something.
PROGRAM = f"""
import re
from pathlib import Path
from pyosys import libyosys
primitives = Path(libyosys.proc_share_dirname(), "xilinx", "cells_xtra.v").read_text(encoding="utf-8")
further = re.findall(r"^module (?:{_FURTHER})\\b.*?^endmodule$", primitives, re.MULTILINE | re.DOTALL)
Path("{_FURTHER_FILE}").write_text("\\n\\n".join(further), encoding="utf-8")
design = libyosys.Design()
sections = ["start", "memories", "logic", "replicas", "luts", "mapped_replicas", "end"]
conditions = {{"memories": "memories.txt", "replicas": "replicas.txt", "mapped_replicas": "replicas.txt"}}
for section, following in zip(sections, [*sections[1:], ""]):
    if section not in conditions or Path(conditions[section]).read_text(encoding="utf-8").strip():
        libyosys.run_pass(f"script {SCRIPT_FILE} {{section}}:{{following}}", design)
"""
_APART = "bxnn_weight_rom* bxnn_result_register* bxnn_mac_cascade*"  # until the DSP slices are mapped
_PADDINGS = "bxnn_latency_padding*"  # whose bits stay apart even if they are equal
_PORTS = "bxnn_replica_port*"  # registers of ports, which stay if nothing reads them
_REPLICAS = "bxnn_replica*"  # equal registers that stay apart until all is mapped
# Quantizers of one format that compare to clamp; and the attribute that the script gives them. Where
# every element has its own format, quantizers belong to what is around them: a ReLU before them shares their LUTs.
# Comparisons with thresholds that have registers are given it as well; others belong to what counts them.
_EACH = "bxnn_requantize_each_*"
_CLAMPS = "bxnn_requantize_*/t:$lt %m"
_COMPARES, _CHOSEN = "bxnn_thresholds_reached*/t:$dff %m", "A:by_itself"
_LOGIC = ("bxnn_staircase_lanes*", "bxnn_operand_choice*", _CHOSEN)  # that is mapped by itself
_BY_ITSELF = " ".join((_REPLICAS, *_LOGIC))
# What synth_xilinx does from map_luts on to check, with abc9's own script without &scorr and &sweep.
_UNMERGED = (
    "opt_expr -mux_undef -noclkinv",
    "read_verilog -icells -lib -specify +/xilinx/abc9_model.v",
    "abc9 -luts 2:2,3,6:5,10,20 -script +&dc2;&dch,-f,-r;&if,-W,300;&mfs",
    *("clean", "xilinx_srl -fixed -minlen 3"),
    "techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6",
    *("xilinx_dffopt", "opt_lut_ins -tech xilinx", "clean"),
)
# Memories by module (GHDL appends the values of its generics) and what implements them.
_RAM_STYLES = {
    "bxnn_line_buffer*_0/m:*": "distributed",
    **dict.fromkeys(("bxnn_line_buffer*_1/m:*", "bxnn_block_lookup*/m:*"), "block"),
    **dict.fromkeys(("bxnn_lookup*/m:*", "bxnn_window_former*/m:*"), "logic"),
}


@dataclass(frozen=True)
class SynthesisScript:
    """What the script depends on.

    Attributes:
        top: Module to synthesise.
        family: ``xc7`` or ``xcup``.
        multiplier: The multiplier of a slice.
        parts: Whether the instances of ``top`` stay modules, to be counted individually.
        instantiated: Whether the design instantiates slices.
        graphs: Whether it has adder graphs.
    """

    top: str
    family: str
    multiplier: MultiplierCell
    parts: bool
    instantiated: bool
    graphs: bool

    def text(self, verilog: str) -> str:
        """The script for a Verilog file in the same folder; it writes netlist.json."""
        mapped = self._synth("map_luts:check")
        keep_replicas = f"setattr -mod -set keep_hierarchy 1 {_BY_ITSELF} {_PADDINGS}"
        commands = [
            *("start:", *self._reading(verilog)),
            *(f"setattr -mod -set keep_hierarchy 1 {_APART}", keep_replicas, f"setattr -mod -set keep 1 {_PORTS}"),
            *(f'setattr -set ram_style "{style}" {memories}' for memories, style in _RAM_STYLES.items()),
            *self._keep_parts(),
            *("proc", f"flatten {_EACH}", f"setattr -mod -set by_itself 1 {_CLAMPS} {_EACH} %d"),
            *(f"setattr -mod -set by_itself 1 {_COMPARES}", f"setattr -mod -set keep_hierarchy 1 {_CHOSEN}"),
            *("wreduce t:$mul", *self._primitives(), f"hierarchy -check -top {self.top}"),
            *(self._synth("prepare:map_dsp"), *self._slices()),
            *(f"setattr -mod -unset keep_hierarchy {_APART}", *self._keep_parts(), keep_replicas),
            *("flatten", "opt_clean"),
            *(self._synth("coarse:map_memory"), "tee -q -o memories.txt select -list t:$mem*"),
            *("memories:", self._synth("map_memory:map_ffram")),
            *("logic:", self._synth("map_ffram:map_luts"), f"tee -q -o replicas.txt select -list {_BY_ITSELF}"),
            *("replicas:", "design -save unmapped", f"blackbox {_BY_ITSELF}"),
            *("luts:", *(_UNMERGED if self.graphs else [mapped])),
            *("mapped_replicas:", "design -save mapped", "design -load unmapped"),
            f"delete * {_REPLICAS} %d {' '.join(f'{names} %d' for names in _LOGIC)}",
            *(mapped, f"design -copy-to mapped {_BY_ITSELF}", "design -load mapped"),
            # What was kept apart to prevent merging becomes one netlist here; nothing is merged after this.
            *("end:", self._synth("check:"), f"setattr -set keep 1 {_PORTS}/c:*"),
            *("setattr -mod -unset keep_hierarchy *", *self._keep_parts(), "flatten"),
            *("opt_clean -purge", "chtype -set DSP58 t:$paramod*DSP58", "write_json netlist.json"),
        ]
        return "\n".join(commands) + "\n"

    def _synth(self, labels: str) -> str:
        return f"synth_xilinx -family {self.family} {OPTIONS} -run {labels}"

    def _keep_parts(self) -> list[str]:
        return [f"setattr -mod -set keep_hierarchy 1 {self.top}/c:* %M"] if self.parts else []

    def _reading(self, verilog: str) -> list[str]:
        """Commands that read the Verilog.

        GHDL declares the slices that the VHDL instantiates as empty modules whose parameters have no defaults, as only
        SystemVerilog allows, and once for each unit with other registers that instantiates them. yosys brings its own
        modules for them, except for a DSP58: that one stays a black box, and is named after its parameters.
        """
        if not self.instantiated:
            return [f"read_verilog {verilog}"]
        return [f"read_verilog -sv -nooverwrite {verilog}", "delete DSP48E1 DSP48E2"]

    def _primitives(self) -> list[str]:
        """Commands that read the modules of the device's primitives.

        All that yosys itself takes for ``xc7`` is in one file. Of the other, of every primitive of every Xilinx device,
        only what is needed is read: with all of it, each pass takes many times as long for a small design.
        """
        others = self.family != "xc7" or self.instantiated
        return [
            "read_verilog -lib -specify +/xilinx/cells_sim.v",
            *([f"read_verilog -lib {_FURTHER_FILE}"] if others else []),
        ]

    def _slices(self) -> list[str]:
        """Commands that make every multiplication a slice."""
        multiplier = self.multiplier
        least = " ".join(f"-D DSP_{port}_MINWIDTH=1" for port in "ABY")
        most = f"-D DSP_A_MAXWIDTH={multiplier.a_bits} -D DSP_B_MAXWIDTH={multiplier.b_bits}"
        defines = f"{least} {most} -D DSP_A_MAXWIDTH_PARTIAL=18 -D DSP_SIGNEDONLY=1 -D DSP_NAME={multiplier.cell}"
        return [
            *("memory_dff", "alumacc -macc-only", "maccmap -unmap", "opt_clean"),
            f"techmap -map +/mul2dsp.v -map {multiplier.techmap} {defines}",
            *("select a:mul2dsp", "setattr -unset mul2dsp", "opt_expr -fine", "wreduce", "select -clear"),
            *(f"xilinx_dsp -family {self.family}", "chtype -set $mul t:$__soft_mul"),
        ]
