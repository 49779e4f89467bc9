"""bxnn as a back end of hls4ml: loaded through the entry point group ``hls4ml.backends``.

hls4ml turns every error of a plugin into one printed line without its cause. So nothing that could fail is imported
here, and ``register`` prints the traceback itself.
"""

import sys
import traceback
from typing import Any

NAME = "bxnn"


def register(register_backend: Any, register_writer: Any) -> None:
    """Register the back end ``bxnn`` and its writer with hls4ml.

    Args:
        register_backend: hls4ml's function, called with a name and a class.
        register_writer: The same for writers.

    Raises:
        RuntimeError: If anything fails, after the traceback has gone to stderr. Never a TypeError, after which hls4ml
            would call a second time.

    Source: ``backends/plugin_loader.py`` of hls4ml 1.3.0.
    """
    try:
        from bxnn.compiler.hls4ml_backend.bxnn_backend import BxnnBackend
        from bxnn.compiler.hls4ml_backend.bxnn_writer import BxnnWriter

        register_writer(NAME, BxnnWriter)
        register_backend(NAME, BxnnBackend)
    except Exception as error:
        sys.stderr.write(f"bxnn: the hls4ml back end {NAME!r} could not be registered\n{traceback.format_exc()}")
        sys.stderr.flush()
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
