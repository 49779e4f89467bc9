"""Compiles the C++ that Verilator writes, in as few files as there are cores.

Every file of Verilator's includes the same headers, which take longer to read than most of the files take to compile;
precompiled, they would be written, 70 MB, before anything else starts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bxnn.sim.bench import runtime_cache
from bxnn.sim.bench.ghdl import run

PREFIX = "Vtop"
_MADE = (f"{PREFIX}*", "part_*")
_ONE_FILE_BYTES = 400_000  # less than this is not worth another reading of the headers
_UNOPTIMISED = '#pragma GCC optimize ("O0")'  # for what runs once


def clear(folder: Path) -> None:
    """Remove what was written for another design; `make` goes by times."""
    for pattern in _MADE:
        for stale in folder.glob(pattern):
            stale.unlink()


def compile_program(folder: Path, name: str, top: str, options: Sequence[str], driver: Path) -> None:
    """Compile and link a program.

    Args:
        folder: Where Verilator has written its C++ and Makefile.
        name: The program.
        top: The top entity, for messages.
        options: ``OPT_FAST=...`` and ``OPT_GLOBAL=...`` of Verilator's Makefile, and what else the runtime depends on.
        driver: The C++ file with the function ``main``.

    Raises:
        VerificationError: With the first message of g++.
    """
    cores = os.cpu_count() or 1
    parts = _written(folder, driver, cores)
    settings = [option for option in options if option.startswith("OPT_")]
    instead = [f"{kind}=" for kind in ("VM_CLASSES_FAST", "VM_CLASSES_SLOW", "VM_SUPPORT_FAST", "VM_SUPPORT_SLOW")]
    make = ["make", "-j", str(cores), "-f", f"{PREFIX}.mk", *settings, *instead]
    make += [f"VM_USER_CLASSES={' '.join(parts)}", name]
    runtime = " ".join(option for option in options if not option.startswith("OPT_FAST="))  # for the design alone
    runtime_cache.fetch(folder, runtime)
    run(make, folder, folder / "build.log", top, "g++ could not compile the simulation")
    runtime_cache.keep(folder, runtime)


def _written(folder: Path, driver: Path, cores: int) -> list[str]:
    """Names of files, without suffix, that include the driver and all of Verilator's, each about as long to compile."""
    made = [driver, *folder.glob(f"{PREFIX}*.cpp")]
    sources = sorted(made, key=lambda path: (-path.stat().st_size, path.name))
    fast = [path for path in sources if not path.stem.endswith("Slow")]
    slow = [path for path in sources if path.stem.endswith("Slow")]
    if sum(path.stat().st_size for path in sources) < _ONE_FILE_BYTES:
        return [_part(folder, 0, sources)]
    loads = [0] * cores
    groups: list[list[Path]] = [[] for _ in range(cores)]
    for path in fast:
        least = loads.index(min(loads))
        groups[least].append(path)
        loads[least] += path.stat().st_size
    groups = [group for group in groups if group]
    named = [_part(folder, number, group) for number, group in enumerate(groups)]
    return [*named, _part(folder, len(groups), slow, _UNOPTIMISED)]


def _part(folder: Path, number: int, sources: Sequence[Path], first: str = "") -> str:
    name = f"part_{number}"
    lines = [first, *(f'#include "{path}"' for path in sources), ""]
    (folder / f"{name}.cpp").write_text("\n".join(lines).lstrip("\n"), encoding="utf-8")
    return name
