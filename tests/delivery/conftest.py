"""One build of each design for all tests, which only read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.delivery.builds import compiled


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The build of a design, its top entity called ``net``."""
    return cache(lambda kind: compiled(tmp_path_factory.mktemp("builds") / kind, kind))
