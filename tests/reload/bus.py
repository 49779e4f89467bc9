"""Register writes as port stimulus, for every bus: a write every second cycle is never refused while there is time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CYCLES_PER_WRITE = 2


@dataclass(frozen=True)
class Write:
    """A write to a register that is taken in a cycle."""

    cycle: int
    register: int
    data: int


def stimulus(bus: str, writes: Sequence[Write], cycles: int) -> dict[str, list[int]]:
    """Codes of the input ports of a bus in every cycle."""
    made = {"port": _port, "axi-lite": _axi_lite, "ipbus": _ipbus}[bus]
    names, lines = made(writes)
    found = {name: [0] * cycles for name in names}
    for cycle, values in lines:
        for name, value in values.items():
            found[name][cycle] = value
    return found


Lines = list[tuple[int, dict[str, int]]]


def _port(writes: Sequence[Write]) -> tuple[tuple[str, ...], Lines]:
    names = ("weights_write", "weights_address", "weights_write_data")
    return names, [(write.cycle, dict(zip(names, (1, write.register, write.data), strict=True))) for write in writes]


def _axi_lite(writes: Sequence[Write]) -> tuple[tuple[str, ...], Lines]:
    names = tuple(f"s_axil_{name}" for name in ("awvalid", "awaddr", "wvalid", "wdata", "wstrb", "bready"))
    lines: Lines = []
    for write in writes:
        lines.append((write.cycle, dict(zip(names, (1, 4 * write.register, 1, write.data, 15, 0), strict=True))))
        lines.append((write.cycle + 1, {"s_axil_bready": 1}))
    return names, lines


def _ipbus(writes: Sequence[Write]) -> tuple[tuple[str, ...], Lines]:
    names = ("ipb_strobe", "ipb_write", "ipb_addr", "ipb_wdata")
    lines: Lines = []
    for write in writes:
        held = dict(zip(names, (1, 1, 0x100 + write.register * 1, write.data), strict=True))
        lines += [(write.cycle, held), (write.cycle + 1, held)]
    return names, lines
