"""The functions in a streaming network's VHDL package pack like ``BeatPacker``."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bxnn.compiler.backend.vhdl.vhdl_project import DEFAULT_FACTS, vhdl_environment
from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.sim.beat_packing import BeatPacker
from tests.bench.small_designs import image_beats

DESIGN = Path(__file__).parent / "designs" / "pack_frame.vhd"
STEP = 37
GEOMETRIES = [(3, 5, 2, 2, 6), (2, 4, 3, 4, 9), (4, 3, 1, 1, 1), (1, 7, 2, 3, 5)]


def package(rows: int, columns: int, channels: int, pixels: int, bits: int) -> str:
    """The package of a network with one streaming input and no output."""
    tensor = SimpleNamespace(
        size=rows * columns * channels,
        shape=(rows, columns, channels),
        bits=bits,
        format=SimpleNamespace(fraction_bits=0, signed=False),
    )
    beats = rows * ceil_div(columns, pixels)
    return (
        vhdl_environment()
        .get_template("package.vhd.j2")
        .render(
            **DEFAULT_FACTS,
            graph=SimpleNamespace(name="net"),
            schedule=SimpleNamespace(latency_cycles=beats + 9, initiation_interval=beats + 2, padding_cycles=0),
            plan=SimpleNamespace(rows=rows, beats=beats, pixels_per_cycle=pixels),
            source=tensor,
            inputs={"x": tensor},
            outputs={},
            input_ports={"x": ("in_valid", "in_data")},
            output_ports={},
            version="0",
            board="none",
            clock_mhz=320,
        )
    )


def ghdl(folder: Path, *generics: str) -> subprocess.CompletedProcess[str]:
    """Run the design; returns the lines that it prints."""
    common = ["--std=08", f"--workdir={folder}"]
    subprocess.run(["ghdl", "-a", *common, str(folder / "net_pkg.vhd"), str(DESIGN)], cwd=folder, check=True)
    run = ["ghdl", "--elab-run", *common, "pack_frame", *generics]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_vhdl_packs_as_python_does(geometry: tuple[int, int, int, int, int], tmp_path: Path) -> None:
    rows, columns, channels, pixels, bits = geometry
    (tmp_path / "net_pkg.vhd").write_text(package(*geometry), encoding="utf-8")
    done = ghdl(tmp_path, f"-gSTEP={STEP}")
    assert done.returncode == 0, done.stderr
    codes = (STEP * np.arange(rows * columns * channels)) % (1 << bits)
    port = Port("x", "v", "d", codes.size, bits, False, "f", image_beats(rows, columns, channels, pixels))
    packer = BeatPacker(port)
    lines = done.stdout.split()
    (frame,) = packer.pack(codes[np.newaxis])
    assert lines[: packer.beats] == [f"{beat:0{packer.width}b}" for beat in frame]
    assert [int(line) for line in lines[packer.beats :]] == codes.tolist()


def test_a_column_that_does_not_exist_stops_the_simulation(tmp_path: Path) -> None:
    (tmp_path / "net_pkg.vhd").write_text(package(*GEOMETRIES[0]), encoding="utf-8")
    done = ghdl(tmp_path, f"-gSTEP={STEP}", "-gOVER=1")
    assert done.returncode != 0
    assert "in_data has no column 5, channel 0; it has 5 columns of 2 channels" in done.stdout + done.stderr


def test_the_package_states_the_times() -> None:
    text = " ".join(package(*GEOMETRIES[0]).split())
    for name, value in {
        "LATENCY_CYCLES : natural": 18,
        "LATENCY_FROM_LAST_BEAT_CYCLES : natural": 10,
        "INITIATION_INTERVAL : positive": 11,
        "CYCLES_BETWEEN_FRAMES : positive": 3,
        "IN_BEATS : positive": 9,
    }.items():
        assert f"constant {name} := {value};" in text
