"""Models saved once per session by each Keras flavour, in a separate process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def _saved(flavour: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "tests.frontend.save_models", flavour, str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=300, cwd=Path(__file__).parents[2])
    return folder


@pytest.fixture(scope="session")
def tfkeras(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of models saved by tf-keras and QKeras 0.9."""
    return _saved("tfkeras", tmp_path_factory.mktemp("tfkeras"))


@pytest.fixture(scope="session")
def keras3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of models saved by Keras 3."""
    return _saved("keras3", tmp_path_factory.mktemp("keras3"))
