"""The first wrong layer is found by probing signals inside the design."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.bench.locate import LayerDifference, first_difference, locate
from sim.interface import Interface, Probe
from tests.bench.small_designs import ACCUMULATE

HELD = Probe("hold", "valid_1", "x", ((0, 1, 2, 3),), 8, True)
PROBES = (HELD, Probe("sum", "out_valid", "out_data", ((0,),), 16, True))
EVENT = np.array([1, -2, 3, -4])
SUM = np.array([1 * 3 + 2 * 8 + 3 * 7 + 4])


def design(build: Path, defect: str = "0") -> Interface:
    """The accumulating design with its first valid under a name of its own."""
    source = ACCUMULATE.write(build, defect) / "vhdl" / "accumulate.vhd"
    text = source.read_text(encoding="utf-8")
    text = text.replace("  signal first ", "  signal valid_1 : std_logic;\n  signal first ", 1)
    text = text.replace("  out_valid <=", "  valid_1   <= valid(1);\n  out_valid <=")
    source.write_text(text, encoding="utf-8")
    return replace(ACCUMULATE.interface, probes=PROBES)


def test_a_right_design_has_no_difference(tmp_path: Path) -> None:
    assert locate(tmp_path, design(tmp_path), {"x": EVENT}, {"hold": EVENT, "sum": SUM}) is None


def test_the_first_wrong_layer_is_named(tmp_path: Path) -> None:
    interface = design(tmp_path)
    found = locate(tmp_path, interface, {"x": EVENT}, {"hold": EVENT, "sum": SUM + 1})
    assert str(found) == "sum, element 0, 6 cycles after in_valid (phase 0): expected 45, got 44"
    found = locate(tmp_path, interface, {"x": EVENT}, {"hold": np.array([1, -2, 4, -4]), "sum": SUM + 1})
    assert str(found) == "hold, element 2, 1 cycles after in_valid (phase 0): expected 4, got 3"


def test_probes_survive_the_interface_file(tmp_path: Path) -> None:
    interface = replace(ACCUMULATE.interface, probes=PROBES)
    interface.save(tmp_path / "interface.json")
    assert Interface.load(tmp_path / "interface.json") == interface


@pytest.mark.parametrize("wrong", range(5))
def test_serial_layouts_are_read_phase_by_phase(wrong: int) -> None:
    probe = Probe("fc", "v", "d", ((0, 1), (2, 3), (4, -1)), 4, False)
    expected = np.arange(5)
    expected[wrong] += 8
    found = first_difference(probe, expected, 7, ["00010000", "00110010", "UUUU0100"])
    phase = wrong // 2
    assert found == LayerDifference("fc", wrong, 7 + phase, phase, wrong + 8, wrong)


def test_a_valid_that_never_came() -> None:
    assert str(first_difference(HELD, EVENT, None, [])) == "hold: its valid never came"
