"""Registers at the ports, and inputs that their source holds: cycle for cycle, and what a broken promise does."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bxnn.compiler.config.design_config import Strategy, parse_config
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Budget, Search
from tests.layers.firmware import DSP48E2, check_firmware
from tests.schedule.test_control_copies import dense
from tests.vhdl.harness import LIBRARY


def scheduled(graph: Graph, interval: int, strategy: Strategy, **ports: bool) -> Schedule:
    settings = {"d": LayerSettings(strategy=strategy)}
    search = Search(graph, interval, settings, DSP48E2, pipelining=replace(EVERY_REGISTER, **ports))
    return search.best(Budget(), 10**6)


@pytest.mark.parametrize(("strategy", "interval"), [("dsp", 6), ("lut", 3)])
@pytest.mark.parametrize(
    ("ports", "more"),
    [({"input_register": True}, 1), ({"output_register": True}, 1), ({"held_input": True}, -1)],
    ids=["input", "output", "held"],
)
def test_ports(strategy: Strategy, interval: int, ports: dict[str, bool], more: int, tmp_path: Path) -> None:
    """An adder graph has no hold register that a held input would save."""
    graph = dense(6, 5)
    plain = scheduled(graph, interval, strategy)
    chosen = scheduled(graph, interval, strategy, **ports)
    saved = more if strategy == "dsp" or more > 0 else 0
    assert chosen.latency_cycles == plain.latency_cycles + saved
    assert plain.cost is not None and chosen.cost is not None
    assert (chosen.cost.ff > plain.cost.ff) == (saved > 0)
    check_firmware(graph, chosen, tmp_path)


BENCH = """
library ieee;
use ieee.std_logic_1164.all;

entity bench is
end entity bench;

architecture rtl of bench is
  constant VALIDS : bit_vector := "{valids}";
  constant DATA   : bit_vector := "{data}";
  signal clk, valid : std_logic := '0';
  signal x : std_logic_vector(0 downto 0) := "0";
begin
  dut : entity work.bxnn_held_check
    generic map (CYCLES => {cycles}, WIDTH => 1)
    port map (clk => clk, rst => '0', valid => valid, x => x);
  play : process is
  begin
    for t in VALIDS'range loop
      valid <= to_stdulogic(VALIDS(t));
      x(0)  <= to_stdulogic(DATA(t));
      wait for 1 ns;
      clk <= '1';
      wait for 1 ns;
      clk <= '0';
    end loop;
    wait;
  end process;
end architecture rtl;
"""


@pytest.mark.parametrize(
    ("valids", "data", "cycles", "errors"),
    [
        ("0100000", "0111100", 4, []),
        ("0100000", "0111000", 4, [1]),
        ("0100000", "0100000", 4, [3]),
        ("0101000", "0110110", 3, [2]),
        ("0101000", "0100000", 1, []),
    ],
)
def test_data_that_does_not_stay_is_reported(
    valids: str, data: str, cycles: int, errors: list[int], tmp_path: Path
) -> None:
    bench = tmp_path / "bench.vhd"
    bench.write_text(BENCH.format(valids=valids, data=data, cycles=cycles), encoding="utf-8")
    options = ["--std=08", f"--workdir={tmp_path}"]
    subprocess.run(["ghdl", "-a", *options, str(LIBRARY / "bxnn_held_check.vhd"), str(bench)], check=True)
    command = ["ghdl", "--elab-run", *options, "bench", "--assert-level=failure"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    found = re.findall(r"changes (\d+) cycles too early", done.stdout + done.stderr)
    assert [int(cycle) for cycle in found] == errors


def test_a_stream_cannot_be_held() -> None:
    from bxnn.boards.board import load_board
    from bxnn.compiler.schedule.scheduling import schedule_graph
    from tests.streams.test_contract import CASES

    chain, _ = CASES["valid, tail"]
    config = parse_config("initiation_interval: 60\nform: streaming\ntiming: {held_input: true}\n")
    with pytest.raises(ConfigError) as caught:
        schedule_graph(chain.graph(), config, load_board(config.board))
    assert str(caught.value) == (
        "design.yaml: timing: held_input: is for one event at a time; a streaming network takes beats: remove it"
    )
