"""What is learned from trainings: a loss that follows from the features is found again, and chance is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.search.gaussian_process import GaussianProcess


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 30))
def test_a_smooth_loss_is_found_again(seed: int) -> None:
    generator = np.random.default_rng(seed)
    features = generator.uniform(-1, 1, (40, 2))
    losses = 0.4 - 0.1 * features[:, 0] + 0.05 * features[:, 1] ** 2
    model = GaussianProcess.of(features[:30].tolist(), losses[:30].tolist())
    for own, loss in zip(features[30:].tolist(), losses[30:].tolist(), strict=True):
        mean, spread = model.expected(own)
        assert abs(mean - loss) < 0.05 and 0 < spread < 0.1


def test_what_is_far_from_all_trainings_is_uncertain() -> None:
    model = GaussianProcess.of([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]], [0.3, 0.2, 0.1])
    near, far = model.expected([1.0, 1.0]), model.expected([60.0, 1.0])
    assert far[1] > near[1] and far[0] == pytest.approx(0.2)
    assert abs(near[0] - 0.2) < 0.03


def test_one_training_is_enough() -> None:
    mean, spread = GaussianProcess.of([[3.0, 4.0]], [0.25]).expected([3.0, 4.0])
    assert mean == pytest.approx(0.25) and spread > 0
