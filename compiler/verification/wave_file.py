"""The file of ``--waves``: refused before anything is run if no simulator can write it."""

from __future__ import annotations

import os
from pathlib import Path

from bxnn.compiler.errors import ConfigError

_OPTION = "--waves"
_FORMATS = {"ghdl": (".vcd", ".fst", ".ghw"), "verilator": (".vcd",)}  # its .fst needs headers of lz4


def check_waves(path: Path | None, simulator: str) -> None:
    """Check the name and the place of a file for all signals over time.

    Args:
        path: The file; ``None`` for none.
        simulator: What writes it.

    Raises:
        ConfigError: If the suffix is not that of a format of the simulator, or the file cannot be written.
    """
    if path is None:
        return
    formats = _FORMATS[simulator]
    if path.suffix not in formats:
        told = " or ".join(filter(None, (", ".join(formats[:-1]), formats[-1])))
        other = f"; ghdl writes {path.suffix}" if path.suffix in _FORMATS["ghdl"] else ""
        raise ConfigError(_OPTION, f"{str(path)!r} does not end with {told}, which {simulator} writes{other}")
    if path.is_dir():
        raise ConfigError(_OPTION, f"{str(path)!r} is a folder; name a file")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ConfigError(_OPTION, f"the folder of {str(path)!r} does not exist; create it first")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ConfigError(_OPTION, f"{str(path)!r} cannot be written: Permission denied")
