"""The cost of a netlist of Xilinx primitives, as written by yosys in JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import ToolError
from bxnn.sim.dsp_use import DspUse, dsp_use
from bxnn.sim.lut_memories import LUT_MEMORIES

_LUTS = {
    **dict.fromkeys((*(f"LUT{n}" for n in range(1, 7)), "INV", "SRL16E", "SRLC32E"), 1),
    **{kind: memory.luts for kind, memory in LUT_MEMORIES.items()},
}
_FLIP_FLOPS = {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1}
_DSPS = {"DSP48E1": 1, "DSP48E2": 1, "DSP58": 1}
_BLOCK_RAMS = {"RAMB36E1": 2, "RAMB36E2": 2, "RAMB18E1": 1, "RAMB18E2": 1}
_CARRIES = {"CARRY4": 1, "CARRY8": 1}
_WIDE_MULTIPLEXERS = {"MUXF7", "MUXF8", "MUXF9"}
_FREE = {*_WIDE_MULTIPLEXERS, "$scopeinfo"}
_COMBINATIONAL = {*(f"LUT{n}" for n in range(1, 7)), "INV", *_CARRIES, *_WIDE_MULTIPLEXERS}

Cell = Mapping[str, Any]  # from yosys's JSON, with its name


@dataclass(frozen=True)
class SynthesisResult:
    """The cost of a design.

    Attributes:
        dsp: DSP slices.
        lut: Look-up tables, counting inverters, shift registers and LUT memories as the LUTs they occupy.
            Carry blocks and wide multiplexers are not LUTs.
        ff: Flip-flops outside DSP slices.
        bram: Half block RAMs (RAMB18; a RAMB36 counts two).
        carry: Carry blocks (CARRY4 with xc7).
        logic_levels: LUTs, carry blocks and wide multiplexers on the longest path between registers, DSP
            slices and ports, as vendor tools count logic levels. ``None`` if it was not counted.
        source: Tools, versions and options.
        dsp_use: How the DSP slices are used.
    """

    dsp: int
    lut: int
    ff: int
    bram: int
    carry: int
    logic_levels: int | None
    source: str
    dsp_use: DspUse


def counted(cells: Sequence[Cell], source: str) -> SynthesisResult:
    """Count the cells of a module.

    Raises:
        ToolError: For a cell of unknown cost, which must not count as zero.
    """
    kinds = Counter(cell["type"] for cell in cells)
    groups = (_DSPS, _LUTS, _FLIP_FLOPS, _BLOCK_RAMS, _CARRIES)
    unknown = sorted(set(kinds) - _FREE - {name for group in groups for name in group})
    if unknown:
        raise ToolError("yosys", f"left cells that have no known cost: {', '.join(unknown)}")
    dsp, lut, ff, bram, carry = (sum(kinds[kind] * n for kind, n in group.items()) for group in groups)
    return SynthesisResult(dsp, lut, ff, bram, carry, _logic_levels(cells), source, dsp_use(cells))


def _logic_levels(cells: Sequence[Cell]) -> int:
    """Combinational cells on the longest path; other cells start and end paths."""
    logic = [cell for cell in cells if cell["type"] in _COMBINATIONAL]
    outputs = [_bits(cell, "output") for cell in logic]
    driver = {bit: index for index, bits in enumerate(outputs) for bit in bits}
    before = [{driver[bit] for bit in _bits(cell, "input") if bit in driver} for cell in logic]
    after: list[list[int]] = [[] for _ in logic]
    for index, sources in enumerate(before):
        for source in sources:
            after[source].append(index)
    level, missing = [1] * len(logic), [len(sources) for sources in before]
    ready = [index for index, count in enumerate(missing) if count == 0]
    for index in ready:  # grows during iteration: topological order
        for follower in after[index]:
            level[follower] = max(level[follower], level[index] + 1)
            missing[follower] -= 1
            if missing[follower] == 0:
                ready.append(follower)
    if len(ready) < len(logic):
        raise ToolError("yosys", "the design has a combinational loop")
    return max(level, default=0)


def _bits(cell: Cell, direction: str) -> list[int]:
    """Nets at the ports of one direction, without constants."""
    ports = [port for port, way in cell["port_directions"].items() if way == direction]
    return [bit for port in ports for bit in cell["connections"].get(port, ()) if isinstance(bit, int)]
