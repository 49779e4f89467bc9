"""What all tests share: the same random examples in every run, and every module under only one name."""

import os
import signal
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("bxnn", derandomize=True, deadline=None, print_blob=True, database=None)
settings.load_profile("bxnn")

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"boards", "compiler", "hls_templates", "layers", "sim"}

# `python -m pytest` puts the current folder on the path; modules would then have two names, and two of each class.
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != ROOT]

# A disk makes every file that is written again and again wait for it, which nothing here tests.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 4 << 30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
    found = os.statvfs(MEMORY)
    if not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

for name in ("bench", "examples"):  # not installed: tests import them from their folders
    package = ModuleSpec(name, None, is_package=True)
    package.submodule_search_locations = [str(ROOT / name)]
    sys.modules[name] = module_from_spec(package)


# A shell starts a background job with SIGINT ignored, and every child inherits that; tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def one_name_for_every_module() -> Iterator[None]:
    """Fails the session if a top-level folder was ever imported as a separate package."""
    yield
    assert FOLDERS & sys.modules.keys() == set()
