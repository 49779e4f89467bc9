"""Facts about the machine without which a measurement is worthless."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

TOOLS = ("ghdl", "g++")
PACKAGES = ("bxnn", "numpy", "cocotb")


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _tool_version(tool: str) -> str:
    path = shutil.which(tool)
    if path is None:
        return "not installed"
    lines = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.splitlines()
    return lines[0].strip() if lines else "unknown"


def _package_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def facts() -> dict[str, str]:
    """Name and value of each fact, in the order to print them."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = f"{os.cpu_count()} (usable here: {len(os.sched_getaffinity(0))})"
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "CPU": _cpu_model(),
        "Cores": cores,
        "Memory": f"{gigabytes:.0f} GB",
        "Load before the run (1, 5, 15 minutes)": load,
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        **{tool: _tool_version(tool) for tool in TOOLS},
        **{package: _package_version(package) for package in PACKAGES},
    }
