"""Names of a flattened netlist lead back to layers and entities."""

from __future__ import annotations

import pytest

from bxnn.sim.timing.places import Place, Places, cell_name, plain

VERILOG = """module bxnn_tree_8_15
  (input  clk);
endmodule
module bxnn_tree_wide_4
endmodule
module net_fc1
  bxnn_tree_8_15 lane_sum_n5_tree (
    .clk(clk));
  bxnn_tree_wide_4 other (
    .clk(clk));
endmodule
module net
  net_fc1 layer_fc1 (
    .clk(clk));
endmodule
"""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("layer_fc1.lane_sum_n5_tree.n14609_o[3]", Place("fc1", "bxnn_tree")),
        ("layer_fc1.other.x", Place("fc1", "bxnn_tree_wide")),
        ("layer_fc1.n1_q", Place("fc1", "net_fc1")),
        ("data_relu1[4]", Place(None, None)),
    ],
)
def test_place(name: str, place: Place) -> None:
    assert Places(VERILOG, "net", ["net", "net_fc1", "bxnn_tree", "bxnn_tree_wide"]).of(name) == place


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("$flatten\\layer_fc2.\\dot.\\slice_n124_dsp.$mul$design.v:1065$295", "layer_fc2.dot.slice_n124_dsp"),
        ("layer_fc2.dot.n5519_o[1]", "layer_fc2.dot.n5519_o[1]"),
        ("$auto$ff.cc:337:slice$15966", "$auto$ff.cc:337:slice$15966"),
    ],
)
def test_plain_names(name: str, told: str) -> None:
    assert plain(name) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("$flatten\\layer_fc2.\\dsp.$mul$design.v:1065$295", "layer_fc2.dsp"),
        ("$auto$maccmap.cc:308:maccmap$1252", "layer_fc1.dsp.n5_q[3]"),
    ],
)
def test_a_cell_that_a_tool_named_has_the_name_of_what_it_drives(name: str, told: str) -> None:
    assert cell_name(name, (7, 8, 9), {7: "$techmap1.x", 8: "layer_fc1.dsp.n5_q[3]", 9: "y"}) == told
