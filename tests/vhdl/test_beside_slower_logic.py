"""Quantizers of drawn widths in designs with slower logic: mapped by themselves, they are as fast as predicted.

Each is synthesized in an entity that has sums in a row beside it. Synthesis would let everything take as long as these
do, where that saves LUTs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim import synthesis_script
from bxnn.sim.synthesis import synthesize_parts
from tests.timing.netlist import by_end
from tests.vhdl.harness import SOURCES, TOP, seed_for, write_top
from tests.vhdl.test_predicted_paths import Case, into, requantizer

BESIDE, BITS = "quantizer_beside_sums", 12
KINDS = (PathClass.DATA, PathClass.CONTROL)
VHDL = f"""library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity {BESIDE} is
  generic (
    LANES, IN_BITS, IN_SIGNED, OUT_BITS : natural;
    SHIFT                               : integer;
    ROUNDING, OVERFLOW                  : string;
    LOW, HIGH                           : std_logic_vector;
    SLOPE_SHIFT, HALF_ADDED             : natural
  );
  port (
    clk, enable : in  std_logic;
    x           : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    terms       : in  std_logic_vector(6 * {BITS} - 1 downto 0);
    y           : out std_logic_vector(LANES * OUT_BITS - 1 downto 0);
    sum         : out std_logic_vector({BITS} - 1 downto 0)
  );
end entity {BESIDE};

architecture rtl of {BESIDE} is

  function slow (codes : std_logic_vector) return std_logic_vector is
    variable total : unsigned({BITS} - 1 downto 0) := unsigned(codes({BITS} - 1 downto 0));
  begin
    for k in 1 to 5 loop
      total := rotate_right(total + unsigned(codes((k + 1) * {BITS} - 1 downto k * {BITS})), 3);
    end loop;
    return std_logic_vector(total);
  end function slow;

begin

  sum <= slow(terms);

  quantizer : entity work.bxnn_requantize
    generic map (LANES, IN_BITS, IN_SIGNED, OUT_BITS, SHIFT, ROUNDING, OVERFLOW, LOW, HIGH, SLOPE_SHIFT, HALF_ADDED)
    port map (clk => clk, enable => enable, x => x, y => y);

end architecture rtl;
"""


def longer(cases: Sequence[Case], folder: Path) -> list[str]:
    """Those with a path to a D, or to an enable, set or reset, that is longer than predicted for that."""
    beside = []
    for instance, _ in cases:
        inputs, outputs = {**instance.inputs, "terms": 6 * BITS}, {**instance.outputs, "sum": BITS}
        beside.append(replace(instance, entity=BESIDE, inputs=inputs, outputs=outputs))
    files = [write_top(folder / "top.vhd", beside), folder / f"{BESIDE}.vhd"]
    files[1].write_text(VHDL, encoding="utf-8")
    synthesize_parts([*SOURCES, *files[::-1]], TOP, folder / "synthesis")
    modules: dict[str, Any] = json.loads((folder / "synthesis/netlist.json").read_text(encoding="utf-8"))["modules"]
    cells = modules[TOP]["cells"]
    found = {name: by_end(modules[cell["type"]]) for name, cell in cells.items() if cell["type"] in modules}
    return [
        f"{instance.name}: {found[instance.name][kind]} ns to {kind}, {into(predicted, kind)} predicted"
        for instance, predicted in cases
        for kind in KINDS
        if found[instance.name][kind] > into(predicted, kind) + 1e-9
    ]


@pytest.mark.parametrize("count", [10, pytest.param(60, marks=pytest.mark.nightly)])
def test_quantizers_beside_slower_logic(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed_for(f"quantizers beside sums {count}"))
    drawn = list({case[0].name: case for case in (requantizer(rng) for _ in range(count))}.values())
    assert longer(drawn, tmp_path / "apart") == []
    monkeypatch.setattr(synthesis_script, "_CLAMPS", "bxnn_requantize_*/t:none")
    assert longer(drawn, tmp_path / "together") != []
