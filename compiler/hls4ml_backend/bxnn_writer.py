"""The writer, which hls4ml requires for every back end."""

from __future__ import annotations

from typing import Any

from hls4ml.writer.writers import Writer

from bxnn.compiler.hls4ml_backend.actions import write


class BxnnWriter(Writer):  # type: ignore[misc]
    """Writes a build; ``write`` of the back end does the same."""

    def write_hls(self, model: Any) -> None:
        write(model)
