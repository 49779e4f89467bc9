"""The Verilog for Verilator, and the files into which its C++ is merged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.sim.bench import verilated_cpp
from bxnn.sim.bench.direct_bits import direct_bits
from bxnn.sim.bench.driven_nets import driven_nets
from bxnn.sim.bench.registers import registers

MODULE = """module counter
  (input  clk,
   output [2:0] y);
  reg [2:0] count;
  reg ready;
  reg [2:0] counts;
  reg [2:0] n7_q;
  reg n8_q;
  assign y = count;
  /* counter.vhd:12:3  */
  always @*
    count = n7_q; // (isignal)
  initial
    count <= 3'b000;
  always @*
    ready = n8_q; // (isignal)
  initial
    ready <= 1'b0;
  always @*
    counts = n7_q; // (isignal)
  always @(posedge clk)
    n7_q <= n6_o;
  initial
    n7_q <= 3'b000;
  always @(posedge clk)
    n8_q <= 1'b1;
endmodule
module next
  (input  clk);
  reg ready;
  always @(posedge clk)
    ready <= n2_o;
  initial
    ready <= 1'b0;
endmodule
"""


def test_signals_with_an_initial_value_are_nets() -> None:
    """Registers keep theirs, and so does a register of another module with the name of such a signal."""
    expected = (
        MODULE.replace("  reg [2:0] count;\n  reg ready;\n", "  wire [2:0] count;\n  wire ready;\n")
        .replace(
            "  always @*\n    count = n7_q; // (isignal)\n  initial\n    count <= 3'b000;\n",
            "  assign count = n7_q; // (isignal)\n",
        )
        .replace(
            "  always @*\n    ready = n8_q; // (isignal)\n  initial\n    ready <= 1'b0;\n",
            "  assign ready = n8_q; // (isignal)\n",
        )
    )
    assert driven_nets(MODULE) == expected
    assert driven_nets(expected) == expected
    assert registers(expected, ["counter", "next"]) == registers(MODULE, ["counter", "next"])


TAKEN = """module words
  (input  clk,
   input  [8:0] held,
   output [3:0] y);
  wire n1_o;
  wire n2_o;
  wire [1:0] n3_o;
  wire n4_o;
  wire n5_o;
  reg n6_q;
  wire [3:0] n10_o;
  assign y = n10_o;
  /* words.vhd:9:14  */
  assign n1_o = held[3]; // extract
  assign n2_o = held[1];
  assign n3_o = held[7:6];
  assign n4_o = held[0];
  assign n5_o = held[8];
  assign n10_o = {n1_o, n2_o, n3_o[1], n1_o ^ n5_o};
  part above (.x(n4_o));
  always @(posedge clk)
    n6_q <= n5_o;
endmodule
module others
  (input  n1_o,
   output y);
  assign y = n1_o;
endmodule
"""


def test_bits_of_vectors_need_no_nets() -> None:
    """Those in processes, in ports of instances and in other modules stay; so do nets of several bits."""
    expected = (
        TAKEN.replace("  wire n1_o;\n  wire n2_o;\n", "")
        .replace("  /* words.vhd:9:14  */\n  assign n1_o = held[3]; // extract\n  assign n2_o = held[1];\n", "")
        .replace("{n1_o, n2_o, n3_o[1], n1_o ^ n5_o}", "{held[3], held[1], n3_o[1], held[3] ^ n5_o}")
    )
    assert direct_bits(TAKEN) == expected
    assert direct_bits(expected) == expected
    assert registers(expected, ["words", "others"]) == registers(TAKEN, ["words", "others"])


@settings(max_examples=20)
@given(st.lists(st.integers(0, 500_000), max_size=9), st.lists(st.integers(0, 500_000), max_size=9), st.integers(1, 5))
def test_every_file_is_compiled_once(
    tmp_path_factory: pytest.TempPathFactory, fast: list[int], slow: list[int], cores: int
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    names = {"driver.cpp": 900} | {f"Vtop__{number}.cpp": size for number, size in enumerate(fast)}
    names |= {f"Vtop__{number}__Slow.cpp": size for number, size in enumerate(slow)}
    for name, size in names.items():
        (folder / name).touch()
        os.truncate(folder / name, size)
    parts = [
        (folder / f"{name}.cpp").read_text().splitlines()
        for name in verilated_cpp._written(folder, folder / "driver.cpp", cores)
    ]
    lines = [line for part in parts for line in part if line.startswith("#include")]
    assert sorted(lines) == sorted(f'#include "{folder / name}"' for name in names)
    assert len(parts) <= cores + 1
    assert (len(parts) == 1) == (sum(names.values()) < verilated_cpp._ONE_FILE_BYTES)


def test_nothing_of_another_design_remains(tmp_path: Path) -> None:
    for name in ("Vtop.cpp", "Vtop__pch.h", "part_0.o", "verilated.o", "driver.cpp"):
        (tmp_path / name).write_text("")
    verilated_cpp.clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["driver.cpp", "verilated.o"]
