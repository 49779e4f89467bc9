"""The first wrong layer is found by probing signals inside the design."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.hardware.port_interface import Interface, Probe
from bxnn.compiler.layer_difference import LayerDifference
from bxnn.sim.bench.locate import first_difference, locate
from tests.bench.small_designs import ACCUMULATE, FRAMES

HELD = Probe("hold", "valid_1", "x", ((0, 1, 2, 3),), 8, True)
PROBES = (HELD, Probe("sum", "out_valid", "out_data", ((0,),), 16, True))
EVENT = np.array([1, -2, 3, -4])
SUM = np.array([1 * 3 + 2 * 8 + 3 * 7 + 4])


def design(build: Path, defect: str = "0") -> Interface:
    """The accumulating design, with a separate name for its first valid."""
    source = ACCUMULATE.write(build, defect) / "vhdl" / "accumulate.vhd"
    text = source.read_text(encoding="utf-8")
    text = text.replace("  signal first ", "  signal valid_1 : std_logic;\n  signal first ", 1)
    text = text.replace("  out_valid <=", "  valid_1   <= valid(1);\n  out_valid <=")
    source.write_text(text, encoding="utf-8")
    return replace(ACCUMULATE.interface, probes=PROBES)


def test_a_right_design_has_no_difference(tmp_path: Path) -> None:
    interface = design(tmp_path)
    assert locate(tmp_path, interface, {"x": EVENT}, {"hold": EVENT, "sum": SUM}) is None
    rounded = replace(interface, probes=(HELD, replace(PROBES[1], half=4)))
    assert locate(tmp_path, rounded, {"x": EVENT}, {"hold": EVENT, "sum": SUM - 4}) is None, "the sum includes a half"


def test_the_first_wrong_layer_is_named(tmp_path: Path) -> None:
    interface = design(tmp_path)
    found = locate(tmp_path, interface, {"x": EVENT}, {"hold": EVENT, "sum": SUM + 1})
    assert str(found) == "sum, element 0, 6 cycles after in_valid (phase 0): expected 45, got 44"
    found = locate(tmp_path, interface, {"x": EVENT}, {"hold": np.array([1, -2, 4, -4]), "sum": SUM + 1})
    assert str(found) == "hold, element 2, 1 cycle after in_valid (phase 0): expected 4, got 3"


def test_probes_survive_the_interface_file(tmp_path: Path) -> None:
    interface = replace(ACCUMULATE.interface, probes=PROBES)
    interface.save(tmp_path / "interface.json")
    assert Interface.load(tmp_path / "interface.json") == interface


@pytest.mark.parametrize("wrong", range(5))
def test_serial_layouts_are_read_phase_by_phase(wrong: int) -> None:
    probe = Probe("fc", "v", "d", ((0, 1), (2, 3), (4, -1)), 4, False)
    expected = np.arange(5)
    expected[wrong] += 8
    found = first_difference(probe, expected, [7, 8, 9], ["00010000", "00110010", "UUUU0100"])
    phase = wrong // 2
    assert found == LayerDifference("fc", wrong, 7 + phase, phase, wrong + 8, wrong)


def test_a_valid_that_never_came() -> None:
    assert str(first_difference(HELD, EVENT, [], [])) == "hold: its valid was never high"


TILES = Probe("conv", "v", "d", ((0, 1), (2, 3), (4, -1)), 4, False, strobed=True)


def test_strobed_probes_are_read_strobe_by_strobe() -> None:
    expected, bits = np.arange(5), ["00010000", "00110010", "UUUU0100"]
    assert first_difference(TILES, expected, [3, 4, 9], bits) is None
    expected[4] = 6
    found = str(first_difference(TILES, expected, [3, 4, 9], bits))
    assert found == "conv, element 4, 9 cycles after in_valid (strobe 2): expected 6, got 4"


@pytest.mark.parametrize("strobes", [2, 4])
def test_a_strobe_too_few_or_too_many(strobes: int) -> None:
    bits = ["00010000", "00110010", "UUUU0100", "00000000"][:strobes]
    found = first_difference(TILES, np.arange(5), range(strobes), bits)
    assert str(found) == f"conv: its valid was high in {strobes} cycles, expected 3"


# Lane 0 of each beat that the design takes: in the next cycle, its product is in the sum.
PARTIAL = Probe("partial", "taken", "sums_1", tuple((k,) for k in range(6)), 16, True, strobed=True)


def test_the_strobes_of_a_streaming_design_are_compared(tmp_path: Path) -> None:
    source = FRAMES.write(tmp_path) / "vhdl" / "frames.vhd"
    text = source.read_text(encoding="utf-8")
    text = text.replace(
        "  signal gap ",
        "  signal taken   : std_logic;\n  signal sums_1  : std_logic_vector(15 downto 0);\n  signal gap ",
        1,
    )
    text = text.replace("      gap <=", "      taken <= take;\n      gap <=", 1)
    text = text.replace("  valid_x   <=", "  sums_1    <= std_logic_vector(sums(1));\n  valid_x   <=", 1)
    source.write_text(text, encoding="utf-8")
    interface = replace(FRAMES.interface, probes=(PARTIAL, Probe("sum", "out_valid", "out_data", ((0,),), 16, True)))
    event = FRAMES.stimulus(1)["x"]
    beats = np.array(FRAMES.interface.inputs[0].beats)
    weights = (7 * np.arange(18) + 3) % 13 - 6
    partial = np.cumsum(np.where(beats < 0, 0, (event[0] * weights)[beats]).sum(axis=1))
    right = {"partial": partial, "sum": partial[-1:]}
    assert locate(tmp_path, interface, {"x": event}, right) is None
    wrong = {"partial": partial + (np.arange(6) == 4), "sum": partial[-1:] + 1}
    found = str(locate(tmp_path, interface, {"x": event}, wrong))
    got = partial[4]
    assert found == f"partial, element 4, 5 cycles after in_valid (strobe 4): expected {got + 1}, got {got}"
    found = str(locate(tmp_path, interface, {"x": event}, {**right, "sum": partial[-1:] + 1}))
    assert found == f"sum, element 0, 10 cycles after in_valid (phase 0): expected {partial[-1] + 1}, got {partial[-1]}"
