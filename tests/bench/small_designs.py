"""Handwritten designs with their interfaces, for tests of the bench."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import Interface, Port

_FOLDER = Path(__file__).parent / "designs"
_NO_DEFECT = "constant DEFECT : natural := 0;"

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """A design that computes what ``expected`` says, unless it is given a defect."""

    interface: Interface
    compute: Callable[[Mapping[str, Codes]], dict[str, Codes]]

    def write(self, build: Path, defect: str = "0") -> Path:
        """Write the VHDL under ``build``, with the defect named by its constant."""
        name = self.interface.files[0]
        text = (_FOLDER / name).read_text(encoding="utf-8")
        assert _NO_DEFECT in text
        assert defect == "0" or f"constant {defect} " in text
        values = [line for line in text.splitlines() if line.strip().startswith(f"constant {defect} ")]
        number = values[0].partition(":=")[2].strip(" ;") if values else "0"
        folder = build / "vhdl"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / name).write_text(text.replace(_NO_DEFECT, _NO_DEFECT.replace("0", number)), encoding="utf-8")
        return build

    def stimulus(self, events: int, seed: int = 5) -> dict[str, Codes]:
        """Random events."""
        rng = np.random.default_rng(seed)
        return {
            port.name: rng.integers(
                -(1 << (port.bits - 1)) if port.signed else 0,
                1 << (port.bits - int(port.signed)),
                (events, port.elements),
            )
            for port in self.interface.inputs
        }

    def expected(self, stimulus: Mapping[str, Codes]) -> dict[str, Codes]:
        """What the design computes."""
        return self.compute(stimulus)


def pair(stimulus: Mapping[str, Codes]) -> dict[str, Codes]:
    a, b = stimulus["a"], stimulus["b"]
    return {"y": a @ np.array([[3, -1], [-1, 5]]) + b * np.array([1, -1]), "z": 1 - b}


def accumulate(stimulus: Mapping[str, Codes]) -> dict[str, Codes]:
    return {"y": stimulus["x"] @ np.array([[3], [-8], [7], [-1]])}


def frames(stimulus: Mapping[str, Codes]) -> dict[str, Codes]:
    return {"y": stimulus["x"] @ ((7 * np.arange(18) + 3) % 13 - 6).reshape(18, 1)}


def image_beats(height: int, width: int, channels: int, pixels_per_cycle: int) -> tuple[tuple[int, ...], ...]:
    """The order of elements promised by the streaming form, written down independently."""
    lanes = [(pixel, channel) for pixel in range(pixels_per_cycle) for channel in range(channels)]
    return tuple(
        tuple((y * width + x + p) * channels + c if x + p < width else -1 for p, c in lanes)
        for y in range(height)
        for x in range(0, width, pixels_per_cycle)
    )


PAIR = Design(
    Interface(
        top="pair",
        files=("pair.vhd",),
        inputs=(Port("a", "a_valid", "a_data", 2, 6, True), Port("b", "b_valid", "b_data", 1, 1, False)),
        outputs=(Port("y", "y_valid", "y_data", 2, 12, True), Port("z", "z_valid", "z_data", 1, 1, False)),
        latency_cycles=7,
        initiation_interval=3,
    ),
    pair,
)

ACCUMULATE = Design(
    Interface(
        top="accumulate",
        files=("accumulate.vhd",),
        inputs=(Port("x", "in_valid", "in_data", 4, 8, True),),
        outputs=(Port("y", "out_valid", "out_data", 1, 16, True),),
        latency_cycles=6,
        initiation_interval=4,
    ),
    accumulate,
)

FRAMES = Design(
    Interface(
        top="frames",
        files=("frames.vhd",),
        inputs=(Port("x", "in_valid", "in_data", 18, 6, True, "in_first", image_beats(3, 3, 2, 2)),),
        outputs=(Port("y", "out_valid", "out_data", 1, 16, True),),
        latency_cycles=10,
        initiation_interval=7,
    ),
    frames,
)
