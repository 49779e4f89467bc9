"""hls4ml's own C simulations are compiled in one piece and hardly optimized: the same values in half the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Of hls4ml's build_lib.sh: the options, and the three commands for the network, the bridge to Python and the linker.
OPTIMIZED, COMMAND = 'CFLAGS="-O3 -fPIC"', "${CC} ${CFLAGS} ${INCFLAGS}"
IN_ONE_PIECE = (
    f'{COMMAND} -D WEIGHTS_DIR="${{WEIGHTS_DIR}}" -shared -include firmware/${{PROJECT}}.cpp ${{PROJECT}}_bridge.cpp '
    "-o firmware/${PROJECT}-${LIB_STAMP}.so\n"
)


@pytest.fixture(scope="session", autouse=True)
def quickly_compiled() -> Iterator[None]:
    """Most of the time is that of the headers of ap_fixed, which each file reads, and of ``-O3``."""
    from hls4ml.backends.fpga.fpga_backend import FPGABackend

    compiled = FPGABackend.compile

    def compile_in_one_piece(self: Any, model: Any) -> Any:
        script = Path(model.config.get_output_dir()) / "build_lib.sh"
        head, *commands = script.read_text(encoding="utf-8").split(COMMAND)
        assert OPTIMIZED in head and len(commands) == 3
        script.write_text(head.replace(OPTIMIZED, OPTIMIZED.replace("-O3", "-O1")) + IN_ONE_PIECE, encoding="utf-8")
        return compiled(self, model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FPGABackend, "compile", compile_in_one_piece)
        yield
