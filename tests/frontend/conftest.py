"""Models saved once per session by each Keras flavour, in a separate process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def _saved(flavour: str, folder: Path) -> Path:
    script = Path(__file__).with_name("save_models.py")
    subprocess.run([sys.executable, str(script), flavour, str(folder)], check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def tfkeras(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of models saved by tf-keras and QKeras 0.9."""
    return _saved("tfkeras", tmp_path_factory.mktemp("tfkeras"))


@pytest.fixture(scope="session")
def keras3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of models saved by Keras 3."""
    return _saved("keras3", tmp_path_factory.mktemp("keras3"))
