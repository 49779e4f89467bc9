"""`axi_stream:` of design.yaml: an AXI4-Stream wrapper beside the network."""

from __future__ import annotations

from pydantic import Field

from bxnn.compiler.config.section import Section

MAX_BEAT_BYTES = 512  # Source: PG085, AXI4-Stream Infrastructure IP Suite: the widest tdata
MAX_STALL = 65536


class AxiStreamConfig(Section):
    """How events and results are cut into transfers.

    Attributes:
        beat_bytes: Most bytes of a transfer; an event or result that is larger takes several.
        stall_cycles: For how long the sink may stall before events have to wait.
    """

    beat_bytes: int = Field(default=64, ge=1, le=MAX_BEAT_BYTES, description=f"an integer from 1 to {MAX_BEAT_BYTES}")
    stall_cycles: int = Field(default=0, ge=0, le=MAX_STALL, description=f"an integer from 0 to {MAX_STALL}")
