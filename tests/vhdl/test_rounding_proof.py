"""Half an LSB in the bias and a floor equal the rounding that they replace: proven by SAT for all inputs."""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.vhdl.harness import LIBRARY

BITS = 16
LIBRARY_FILES = [str(LIBRARY / f"bxnn_{name}.vhd") for name in ("pkg", "result_register", "requantize")]


@dataclass(frozen=True)
class Rounding:
    """A requantize on 16-bit codes, what is added to them, and what its generics say about it."""

    mode: str
    shift: int
    out_bits: int
    overflow: str
    low: int
    high: int
    added: int = 0
    half_added: bool = False

    @property
    def folded(self) -> "Rounding":
        """The same with the half in its input."""
        return replace(self, added=1 << (self.shift - 1), half_added=True)

    def vhdl(self, entity: str) -> str:
        ends = self.low, self.high
        low, high = (f'"{code & (2 << self.out_bits) - 1:0{self.out_bits + 1}b}"' for code in ends)
        return f"""
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity {entity} is
  port (
    clk    : in  std_logic;
    enable : in  std_logic;
    x      : in  std_logic_vector({BITS - 1} downto 0);
    y      : out std_logic_vector({self.out_bits - 1} downto 0)
  );
end entity {entity};

architecture rtl of {entity} is
  signal sum : signed({self.sum_bits - 1} downto 0);
begin
  sum <= resize(signed(x), {self.sum_bits}) + {self.added};

  quantizer : entity work.bxnn_requantize
    generic map (
      LANES => 1, IN_BITS => {self.sum_bits}, IN_SIGNED => 1, OUT_BITS => {self.out_bits}, SHIFT => {self.shift},
      ROUNDING => "{self.mode}", OVERFLOW => "{self.overflow}", LOW => {low}, HIGH => {high},
      HALF_ADDED => {int(self.half_added)}
    )
    port map (clk => clk, enable => enable, x => std_logic_vector(sum), y => y);
end architecture rtl;
"""

    @property
    def sum_bits(self) -> int:
        """Width of every sum, the half included."""
        return max(BITS, self.shift + 1) + 1


RELU = Rounding("RND_CONV", 10, 6, "SAT", 0, 63)
CASES = {
    "relu": RELU,
    "signed": Rounding("RND_CONV", 5, 8, "SAT", -128, 127),
    "one_bit": Rounding("RND_CONV", 1, 9, "SAT", -256, 255),
    "wraps": Rounding("RND_CONV", 4, 5, "WRAP", 0, 0),
    "away": Rounding("RND_CONV", 18, 3, "SAT", -4, 3),
    "up": Rounding("RND", 7, 6, "SAT", -32, 31),
    "up_wraps": Rounding("RND", 3, 4, "WRAP", 0, 0),
}
MUTANTS = {
    "less": replace(RELU.folded, added=RELU.folded.added - 1),
    "more": replace(RELU.folded, added=RELU.folded.added + 1),
    "other_ties": replace(RELU.folded, mode="RND"),
    "half_not_told": replace(RELU.folded, half_added=False),
}
# Outputs of the first cycle, before anything is loaded, do not count; then by induction over cycles.
SCRIPT = """read_verilog gold.v
prep -flatten -top gold
design -stash gold
read_verilog gate.v
prep -flatten -top gate
design -stash gate
design -copy-from gold -as gold gold
design -copy-from gate -as gate gate
miter -equiv -make_assert -flatten gold gate miter
hierarchy -top miter
sat -verify -prove-asserts -seq 1 -tempinduct miter
"""


def proven(folder: Path, gold: Rounding, gate: Rounding) -> bool:
    """Whether yosys proves that two quantizers never differ; ``False`` if it finds where they do."""
    for name, rounding in (("gold", gold), ("gate", gate)):
        (folder / f"{name}.vhd").write_text(rounding.vhdl(name))
    place = ["--std=08", f"--workdir={folder}"]
    subprocess.run(["ghdl", "-i", *place, *LIBRARY_FILES, "gold.vhd", "gate.vhd"], check=True, cwd=folder)
    for name in ("gold", "gate"):
        subprocess.run(["ghdl", "-m", *place, name], check=True, cwd=folder)
        with (folder / f"{name}.v").open("w") as verilog:
            command = ["ghdl", "--synth", *place, "--out=verilog", name]
            subprocess.run(command, check=True, cwd=folder, stdout=verilog)
    (folder / "proof.ys").write_text(SCRIPT)
    python = "from pyosys import libyosys; libyosys.run_pass('script proof.ys', libyosys.Design())"
    done = subprocess.run([sys.executable, "-c", python], cwd=folder, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert ("Induction step proven: SUCCESS!" in said) == (done.returncode == 0), said[-3000:]
    assert done.returncode == 0 or "FAIL!" in said, said[-3000:]
    return done.returncode == 0


@pytest.mark.parametrize("name", CASES)
def test_the_fold_is_the_rounding(name: str, tmp_path: Path) -> None:
    assert proven(tmp_path, CASES[name], CASES[name].folded)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_fold_is_found(name: str, tmp_path: Path) -> None:
    assert not proven(tmp_path, RELU, MUTANTS[name])
