"""Random model files through bxnn against an oracle that reads the files itself: 0 of all outputs may differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler import driver
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.frontend import load_model
from bxnn.sim.reference import Reference
from tests.oracle.drawn_files import INPUT_BITS, drawn_file
from tests.oracle.file_oracle import Stored, answers, stored

EVENTS = 500
FEW, MANY = 30, 1000


def differing(seed: int, folder: Path) -> int:
    """Outputs of a network that differ, in 500 events with values in and out of the range of its input."""
    drawn = drawn_file(seed, folder)
    own_input = drawn.weights is None  # HGQ2 quantizes its inputs itself
    inputs = {} if own_input else {"x": "fixed<8,4,RND_CONV,SAT>"}
    config = DesignConfig.model_validate({"initiation_interval": 1, "inputs": inputs})
    graph = driver.lower(load_model(drawn.model, drawn.weights, None), config)
    events = np.random.default_rng(seed).normal(0, 3, (EVENTS, *drawn.shape)).astype(np.float32)
    (found,) = Reference(graph).predict({graph.inputs[0]: events}, threads=1).values()
    network = stored(drawn.model, drawn.weights)
    wanted = answers(network, events.astype(np.float64), None if own_input else INPUT_BITS)
    assert found.shape == wanted.shape
    return int((found != wanted).sum())


@pytest.mark.parametrize("first", range(0, FEW, 10))
def test_a_few_networks(first: int, tmp_path: Path) -> None:
    assert [seed for seed in range(first, first + 10) if differing(seed, tmp_path)] == []


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(FEW, MANY, 97))
def test_many_networks(first: int, tmp_path: Path) -> None:
    assert [seed for seed in range(first, first + 97) if differing(seed, tmp_path)] == []


@pytest.mark.parametrize("seed", range(6))
def test_one_step_of_a_weight_is_seen(seed: int, tmp_path: Path) -> None:
    """Negative control: the answers depend on every layer of the file."""
    drawn = drawn_file(seed, tmp_path)
    network, events = (
        stored(drawn.model, drawn.weights),
        np.random.default_rng(seed).normal(0, 3, (EVENTS, *drawn.shape)),
    )
    right = answers(network, events, INPUT_BITS)
    last = max(name for name, array in network.arrays.items() if array.ndim == 1 and "quantizer" not in name)
    moved = Stored(network.layers, {**network.arrays, last: network.arrays[last] + 1})
    assert not np.array_equal(answers(moved, events, INPUT_BITS), right)
