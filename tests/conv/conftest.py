"""Networks that QKeras built and ran once per session, in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.conv.cases import Json, draw_all
from tests.conv.chains import CHAINS
from tests.conv.drawn import draw_networks
from tests.ir.networks import sat
from tests.vhdl.harness import seed_for


@dataclass(frozen=True)
class Answers:
    """Model files, inputs and QKeras' outputs by case name."""

    folder: Path
    cases: dict[str, Json]
    arrays: dict[str, NDArray[np.float32]]

    def graph(self, name: str, suffix: str = "h5") -> Graph:
        """The network after the pipeline; its input is fixed<6,3>."""
        loaded = load_model(self.folder / f"{name}.{suffix}", name="net")
        return run(loaded, PIPELINE, PassOptions(inputs={"x": sat(True, 2, 3)}))

    def ours(self, name: str, suffix: str = "h5") -> NDArray[np.float64]:
        """The reference's output."""
        graph = self.graph(name, suffix)
        return Reference(graph).predict({"x": self.arrays[f"{name}|x"]}, threads=1)[graph.outputs[0]]

    def theirs(self, name: str) -> NDArray[np.float32]:
        """QKeras' output."""
        return self.arrays[f"{name}|y"]


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder = tmp_path_factory.mktemp("qkeras_conv")
    cases = [*draw_all(seed_for("conv")), *CHAINS, *(one.chain for one in draw_networks(seed_for("drawn"), 14))]
    (folder / "cases.json").write_text(json.dumps(cases))
    script = Path(__file__).with_name("save_models.py")
    command = [sys.executable, str(script), str(folder / "cases.json"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(folder / "answers.npz") as arrays:
        return Answers(folder, {case["name"]: case for case in cases}, dict(arrays))
