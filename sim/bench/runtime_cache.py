"""Caches the compiled runtime of Verilator: the same for every design, and slow to compile."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from pathlib import Path

from bxnn.sim.toolchain import tool

_OBJECTS = ("verilated.o", "verilated_dpi.o", "verilated_vpi.o", "verilated_threads.o")


def fetch(folder: Path, flags: str) -> None:
    """Put the objects into ``folder`` if they are cached; ``make`` then finds them up to date."""
    cache = _cache(flags)
    for name in _OBJECTS:
        if (cache / name).is_file():
            shutil.copyfile(cache / name, folder / name)


def keep(folder: Path, flags: str) -> None:
    """Cache the objects that ``make`` has left in ``folder``; a failure is not an error."""
    cache = _cache(flags)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for name in _OBJECTS:
            if not (cache / name).exists():
                with tempfile.TemporaryDirectory(dir=cache) as scratch:
                    copy = shutil.copyfile(folder / name, Path(scratch) / name)
                    copy.replace(cache / name)
    except OSError:
        return


def _cache(flags: str) -> Path:
    """A folder in the user's cache folder, which machines may share, for all that the objects depend on."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    words = [platform.platform(), platform.machine(), flags]
    words += [f"{name} {tool(name).version} {tool(name).path}" for name in ("verilator", "g++")]
    words += [f"{name} {os.environ.get(name)}" for name in ("CPPFLAGS", "CXXFLAGS", "CXX", "OPT")]  # make uses these
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]
    return Path(home).expanduser() / "bxnn" / f"verilator-{digest}"
