"""What software needs to load weights: register map, C header and Python class say the same, and the class loads."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from bxnn.compiler.backend.weight_software import weight_software
from tests.reload.registers import Registers

WORDS, LAYOUT = 5, 0x0123ABCD
REGISTERS = ["control", "data", "status", "count", "words", "layout"]


def texts(bus: str) -> dict[str, str]:
    return weight_software("net", bus, WORDS, LAYOUT)


def loader(bus: str) -> ModuleType:
    module = ModuleType("net_weights")
    exec(texts(bus)["net_weights.py"], module.__dict__)  # the file that a user imports
    return module


def hex_file(folder: Path, step: int, layout: int = LAYOUT) -> Path:
    lines = ["00000000 00000001", *(f"{step:08x} {word:08x}" for word in range(WORDS)), "00000000 00000002"]
    path = folder / "weights.hex"
    path.write_text("\n".join([f"// layout {layout:08x}, {WORDS} words: address and data", *lines]) + "\n")
    return path


@pytest.mark.parametrize(("bus", "step"), [("port", 1), ("axi-lite", 4), ("ipbus", 1)])
def test_the_class_loads_and_switches(bus: str, step: int, tmp_path: Path) -> None:
    registers = Registers(step, WORDS, LAYOUT)
    weights = loader(bus).Weights(registers.write, registers.read)
    weights.load(hex_file(tmp_path, step))
    assert (registers.taken, registers.full, registers.bank) == ([0, 1, 2, 3, 4], True, 0)
    assert weights.switch() == 1 and registers.bank == 1


def test_the_class_finds_what_is_wrong(tmp_path: Path) -> None:
    module, lossy, other = loader("port"), Registers(1, WORDS, LAYOUT, lost=2), Registers(1, WORDS, LAYOUT)
    with pytest.raises(RuntimeError, match=r"^2 of 5 words were loaded, status 0x1$"):
        module.Weights(lossy.write, lossy.read).load(hex_file(tmp_path, 1))
    with pytest.raises(ValueError, match=r"weights\.hex is for another build of net$"):
        module.Weights(other.write, other.read).load(hex_file(tmp_path, 1, LAYOUT + 1))
    with pytest.raises(ValueError, match=r"^the firmware is another build of net$"):
        module.Weights(other.write, lambda address: 0)


@pytest.mark.parametrize(("bus", "step"), [("port", 1), ("axi-lite", 4), ("ipbus", 1)])
def test_all_three_have_the_same_addresses(bus: str, step: int) -> None:
    found = texts(bus)
    offsets = re.findall(r"\} (\w+) @ 0x(\w+);", found["net_weights.rdl"])
    assert offsets == [(name, f"{4 * number:02X}") for number, name in enumerate(REGISTERS)]
    header = dict(re.findall(r"#define NET_WEIGHTS_(\w+) 0x(\w+?)U?\b", found["net_weights.h"]))
    assert [int(header[name.upper()], 16) for name in REGISTERS] == [step * number for number in range(6)]
    module = loader(bus)
    assert [getattr(module, name.upper()) for name in REGISTERS] == [step * number for number in range(6)]
    assert int(header["EXPECTED_LAYOUT"], 16) == module.EXPECTED_LAYOUT == LAYOUT


def test_peakrdl_takes_the_map() -> None:
    """Its register block refuses a field that hardware always writes and that software writes or a pulse clears.

    Source: PeakRDL 1.5.0 with peakrdl-regblock-vhdl, which wrote VHDL from this map when the test was made.
    """
    text = texts("axi-lite")["net_weights.rdl"]
    default = re.search(r"default hw = (\w+);", text)
    assert default is not None
    fields = re.findall(r"field \{ sw = (\w+);([^}]*)\} (\w+)\[[\d:]+\]( = \S+)?;", text)
    assert len(fields) == text.count("field {") == 10
    for software, properties, name, reset in fields:
        written = re.search(r"hw = (\w+);", properties)
        hardware = written[1] if written else default[1]
        assert (name, hardware) == (name, "r" if software == "w" else "na" if reset else "w")
        assert software != "w" or reset  # no value at power-up otherwise
