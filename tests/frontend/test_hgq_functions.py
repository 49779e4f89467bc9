"""Functions that HGQ2 tabulates equal those of Keras."""

from pathlib import Path

import numpy as np

from bxnn.compiler.frontend.hgq.hgq_functions import FUNCTIONS, OPERATIONS
from tests.frontend.save_operations import TABULATED

_OTHER_NAMES = {"exp", "swish", "hard_swish"}  # of functions that are in the list


def test_operations_are_those_of_numpy() -> None:
    x = np.linspace(-3, 3, 25)
    for name, function in OPERATIONS.items():
        assert np.array_equal(function(x), getattr(np, name)(x)), name


def test_functions_are_those_of_keras(keras3: Path) -> None:
    """Keras in float32 differs by its own roundings at most."""
    assert set(FUNCTIONS) == {*TABULATED, *_OTHER_NAMES}
    with np.load(keras3 / "functions.npz") as stored:
        wanted = dict(stored)
    x = wanted.pop("x").astype(np.float64)
    for name, row in wanted.items():
        assert np.allclose(FUNCTIONS[name](x), row, rtol=2e-6, atol=2e-6), name
