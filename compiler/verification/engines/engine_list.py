"""All engines by name."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.verification.engines.emulator_engine import EmulatorEngine
from bxnn.compiler.verification.engines.engine import Engine
from bxnn.compiler.verification.engines.ghdl_engine import GhdlEngine
from bxnn.compiler.verification.engines.hls_engine import HlsEngine
from bxnn.compiler.verification.engines.verilator_engine import VerilatorEngine

# From the fastest to the slowest.
ENGINES: Mapping[str, type[Engine]] = {
    kind.name: kind for kind in (EmulatorEngine, HlsEngine, VerilatorEngine, GhdlEngine)
}


def engine_named(name: str) -> Engine:
    """An engine by its name in ``--engines``."""
    return ENGINES[name]()
