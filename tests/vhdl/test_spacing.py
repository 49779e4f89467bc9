"""Events that arrive too early are detected: by the port, a cycle later, and by an assertion."""

import random
import re
import subprocess
from pathlib import Path

import pytest

from tests.vhdl.harness import LIBRARY

SEED = 3
BENCH = """
library ieee;
use ieee.std_logic_1164.all;

entity bench is
end entity bench;

architecture rtl of bench is
  constant STARTS : bit_vector := "{starts}";
  constant LASTS  : bit_vector := "{lasts}";
  constant RESETS : bit_vector := "{resets}";
  signal clk, rst, start, last, too_close : std_logic := '0';
begin
  dut : entity work.bxnn_spacing_check
    generic map (CYCLES => {cycles})
    port map (clk => clk, rst => rst, start => start, last => last, too_close => too_close);
  play : process is
  begin
    for t in STARTS'range loop
      start <= to_stdulogic(STARTS(t));
      last  <= to_stdulogic(LASTS(t));
      rst   <= to_stdulogic(RESETS(t));
      wait for 1 ns;
      clk <= '1';
      wait for 1 ns;
      clk <= '0';
      report "seen " & std_logic'image(too_close);
    end loop;
    wait;
  end process;
end architecture rtl;
"""


def expected(starts: str, lasts: str, resets: str, cycles: int) -> list[bool]:
    """The equation in the entity's header; a reset clears what came before it."""
    found = []
    for now in range(len(starts)):
        since = resets.rfind("1", 0, now + 1)
        before = range(max(now - cycles + 1, since + 1, 0), now)
        found.append(resets[now] == "0" and starts[now] == "1" and any(lasts[t] == "1" for t in before))
    return found


def played(folder: Path, starts: str, lasts: str, resets: str, cycles: int) -> tuple[list[bool], int]:
    """What the port says after each edge, and how often the assertion fires."""
    bench = folder / "bench.vhd"
    bench.write_text(BENCH.format(starts=starts, lasts=lasts, resets=resets, cycles=cycles))
    options = ["--std=08", f"--workdir={folder}"]
    files = [str(LIBRARY / "bxnn_spacing_check.vhd"), str(bench)]
    subprocess.run(["ghdl", "-a", *options, *files], check=True)
    command = ["ghdl", "--elab-run", *options, "bench", "--assert-level=failure"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    text = done.stdout + done.stderr
    return [bit == "1" for bit in re.findall(r"seen '(.)'", text)], len(re.findall("cycles too early", text))


@pytest.mark.parametrize("cycles", [1, 2, 3, 8, 9])
@pytest.mark.parametrize("frames", [False, True], ids=["events", "frames"])
def test_every_start_that_is_too_early_is_seen(frames: bool, cycles: int, tmp_path: Path) -> None:
    rng = random.Random(SEED + cycles)
    starts, others, resets = ("".join(rng.choices("01", (p, 1), k=300)) for p in (4, 4, 60))
    lasts = others if frames else starts
    wanted = expected(starts, lasts, resets, cycles)
    seen, spoken = played(tmp_path, starts, lasts, resets, cycles)
    assert seen == wanted and spoken == sum(wanted)
    assert any(wanted) == (cycles > 1), f"seed {SEED}: the case is there"
