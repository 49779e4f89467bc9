"""Virtual environments of the peers: created once by pip from pinned requirements, then reused."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from bench.process import Finished, run

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"
PIP_TIMEOUT_SECONDS = 1800.0


class PeerSetupError(RuntimeError):
    """An environment could not be created; the message names it and pip's last line."""


def _check(name: str, step: str, finished: Finished) -> None:
    if finished.returncode != 0:
        raise PeerSetupError(f".venv-{name}: {step} failed, {finished.complaint}")


def ensure(name: str) -> Path:
    """Return the Python of ``.venv-NAME`` in the repository's root, creating the environment if needed.

    A stamp inside the environment holds the digest of ``peers/requirements-NAME.txt``. An environment whose
    stamp agrees is used as it is; one made from other requirements is recreated.

    Args:
        name: ``hls4ml`` or ``alkaid``.

    Raises:
        PeerSetupError: venv or pip failed. Nothing is stamped then, so the next call starts again.
    """
    requirements = PEERS / f"requirements-{name}.txt"
    folder = ROOT / f".venv-{name}"
    python, stamp = folder / "bin" / "python", folder / "requirements.sha256"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text().strip() == digest:
        return python
    if folder.exists():
        shutil.rmtree(folder)
    _check(name, "venv", run([sys.executable, "-m", "venv", str(folder)], PIP_TIMEOUT_SECONDS))
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _check(name, "pip install", run([*install, "--requirement", str(requirements)], PIP_TIMEOUT_SECONDS))
    stamp.write_text(digest + "\n")
    return python
