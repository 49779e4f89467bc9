"""What the simulating process receives: a folder with an interface, vectors and a seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench.bits import BeatVectors, BitVectors
from bxnn.sim.bench.plan import Effort

FOLDER_VARIABLE = "BXNN_JOB"

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Job:
    """One simulation.

    Attributes:
        interface: Ports and guaranteed timing.
        inputs: Codes of the pool of vectors by input name, int64, shape (vectors, elements); directed
            ones first.
        expected: The same for the outputs.
        directed: Number of directed vectors.
        seed: Seed of the plan.
        cover: Number of directed vectors, from the first, that are never left out.
        effort: What is sent besides the user's events; ``None``: everything, or the cover if that takes too long.
    """

    interface: Interface
    inputs: Mapping[str, Codes]
    expected: Mapping[str, Codes]
    directed: int
    seed: int
    cover: int = 0
    effort: Effort | None = None

    @property
    def vectors(self) -> int:
        """Size of the pool."""
        return len(next(iter(self.inputs.values())))

    def input_bits(self) -> dict[str, BitVectors | BeatVectors]:
        """Bits of the inputs by name."""
        return {
            port.name: (BeatVectors if port.beats else BitVectors)(port, self.inputs[port.name])
            for port in self.interface.inputs
        }

    def expected_bits(self) -> dict[str, BitVectors]:
        """Bits of the expected outputs by name."""
        return {port.name: BitVectors(port, self.expected[port.name]) for port in self.interface.outputs}

    def save(self, folder: Path) -> None:
        """Write into ``folder`` what ``load`` reads."""
        self.interface.save(folder / "interface.json")
        plain = {"directed": self.directed, "seed": self.seed, "cover": self.cover, "effort": self.effort}
        (folder / "job.json").write_text(json.dumps(plain), encoding="utf-8")
        sides = {"inputs": self.inputs, "expected": self.expected}
        arrays = {f"{side}/{name}": codes for side, group in sides.items() for name, codes in group.items()}
        with (folder / "vectors.npz").open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: Path) -> Job:
        """Read what ``save`` has written."""
        plain = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        sides: dict[str, dict[str, Codes]] = {"inputs": {}, "expected": {}}
        with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
            for key in arrays.files:
                side, _, name = key.partition("/")
                sides[side][name] = arrays[key]
        return cls(
            Interface.load(folder / "interface.json"),
            sides["inputs"],
            sides["expected"],
            int(plain["directed"]),
            int(plain["seed"]),
            int(plain["cover"]),
            None if plain["effort"] is None else Effort(plain["effort"]),
        )
