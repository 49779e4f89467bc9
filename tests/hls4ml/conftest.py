"""hls4ml's own C simulations are compiled in one piece and hardly optimized: the same values in half the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Of hls4ml's build_lib.sh for Vivado and Vitis: an option, and how its three commands begin, which compile the network
# and the bridge to Python, and link them.
OPTIMIZED, COMMAND, WEIGHTS = '"-O3 -fPIC"', "${CC} ${CFLAGS} ${INCFLAGS}", '-D WEIGHTS_DIR="${WEIGHTS_DIR}"'
SOURCES, LIBRARY = "-include firmware/${PROJECT}.cpp ${PROJECT}_bridge.cpp", "firmware/${PROJECT}-${LIB_STAMP}.so"


@pytest.fixture(scope="session", autouse=True)
def quickly_compiled() -> Iterator[None]:
    """Most of the time is that of the headers of ap_fixed, which each file reads, and of ``-O3``."""
    from hls4ml.backends.fpga.fpga_backend import FPGABackend

    compiled = FPGABackend.compile

    def compile_in_one_piece(self: Any, model: Any) -> Any:
        script = Path(model.config.get_output_dir()) / "build_lib.sh"
        head, *commands = script.read_text(encoding="utf-8").split(COMMAND)
        if self.name in ("Vivado", "Vitis"):
            assert OPTIMIZED in head and len(commands) == 3
            once = f"{COMMAND} {WEIGHTS} -shared {SOURCES} -o {LIBRARY}\n"
            script.write_text(head.replace(OPTIMIZED, '"-O1 -fPIC"') + once, encoding="utf-8")
        return compiled(self, model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FPGABackend, "compile", compile_in_one_piece)
        yield
