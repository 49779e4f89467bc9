"""Tiny models, saved once per session and compared two at a time, because importing TensorFlow is slow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.output_form import ARGMAX
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.dense import Dense
from bxnn.sim import float_model
from bxnn.sim.float_comparison import FloatComparison, compare_outputs
from bxnn.sim.float_model import compare
from bxnn.sim.reference import Reference

INPUT = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT)
EVENTS = 5000


@dataclass(frozen=True)
class Case:
    """A saved model, the compiler options, and a layer in which to flip a weight afterwards."""

    file: str
    weights: str | None = None
    inputs: tuple[str, ...] = ()
    argmax: tuple[str, ...] = ()
    flipped: str | None = None


@dataclass(frozen=True)
class Result:
    """A comparison, with its inputs."""

    reference: Reference
    values: Mapping[str, NDArray[np.float64]]
    labels: NDArray[np.int64]
    found: FloatComparison
    flipped: FloatComparison | None
    work_folder: Path


CASES = {
    "h5": Case("chain.h5"),
    "keras": Case("fork.keras", inputs=("in_a", "in_b"), argmax=("logits",)),
    "json": Case("steps.json", "steps_weights.h5", inputs=("fc1_input",), flipped="fc2"),
    "keras3": Case("plain.keras", inputs=("input_layer",)),
    "nested": Case("nested.keras", inputs=("x",)),
    "gate": Case("gate.h5", inputs=("fc1_input",)),  # a sigmoid inside, which stays, and a softmax that does not
}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """Every case by name."""
    folder = tmp_path_factory.mktemp("float_model")
    calls: list[tuple[Any, ...]] = []

    def recorded(*arguments: Any) -> FloatComparison:
        calls.append(arguments)
        return compare_outputs(*arguments)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(float_model, "compare_outputs", recorded)
        _save(folder)
        return dict(zip(CASES, pool.map(lambda name: _compared(name, folder, calls), CASES), strict=True))


def flip_weight(graph: Graph, name: str) -> Graph:
    """The graph with the least significant bit of one weight changed."""
    layer = graph.layer(name)
    assert isinstance(layer, Dense) and isinstance(layer.kernel, FixedTensor)
    codes = layer.kernel.codes.copy()
    codes[0, 0] ^= 1
    return graph.replaced(name, replace(layer, kernel=FixedTensor(codes, layer.kernel.fraction_bits)))


def _save(folder: Path) -> None:
    script = Path(__file__).with_name("save_models.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True, timeout=300)


def _compared(name: str, folder: Path, calls: Sequence[tuple[Any, ...]]) -> Result:
    case = CASES[name]
    model, weights = folder / case.file, folder / case.weights if case.weights else None
    options = PassOptions(inputs=dict.fromkeys(case.inputs, INPUT), outputs=dict.fromkeys(case.argmax, (ARGMAX,)))
    graph = run(load_model(model, weights), PIPELINE, options)
    reference = Reference(graph)
    rng = np.random.default_rng(4)
    shapes = {source: reference.tensors[source].shape for source in graph.inputs}
    values = {source: rng.normal(0, 2, (EVENTS, *shape)) for source, shape in shapes.items()}
    labels = rng.integers(0, 3, EVENTS)
    found = compare(model, weights, reference, values, labels, folder / name)
    assert found is not None
    flipped = None
    if case.flipped is not None:
        (arguments,) = (call[1:] for call in calls if call[0] is reference)
        flipped = compare_outputs(Reference(flip_weight(graph, case.flipped)), *arguments)
    return Result(reference, values, labels, found, flipped, folder / name)
