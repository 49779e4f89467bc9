"""Lookup: any function of one code as a table, exact by definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.errors import InternalError, ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.block_lookup_paths import BlockLookupPaths
from bxnn.compiler.hardware.block_ram import half_block_rams
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.lookup_paths import LookupPaths
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.valid_loads import enabled_lanes
from bxnn.compiler.ir.layer import Example, stacked
from bxnn.compiler.ir.notices import LargeTable, Notice, UndecidedEntries
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted

FABRIC_BITS = 12  # of the code that addresses a table in LUTs
TABLE_BITS = 14  # of one in block RAM
FEW_BITS = 8  # of one that takes few LUTs
LUT_ROWS = 64  # of a table of which one LUT6 stores one bit


@dataclass(frozen=True, eq=False)
class Lookup(HardwareLayer):
    """``y = table[row(c)][code of x]`` for each element; one register, or two if the clock needs one between pages.

    A table for more than ``FABRIC_BITS`` bits is in block RAM, whose synchronous read is that register.

    The address is the raw code in two's complement, so the negative codes of a signed input are the second half.

    Attributes:
        table: Codes of the result, shape (1, 2**bits) for one function for all elements, or (channels, 2**bits) for one
            function for each channel of the last axis; ``bits`` is the width of the input's format.
        format: Format of the result.
        undecided: Codes of the input at which the framework's float32 may round to a neighbouring entry.
    """

    kind: ClassVar[str] = "lookup"
    elementwise: ClassVar[bool] = True

    table: FixedTensor
    format: FixedFormat
    undecided: tuple[int, ...] = ()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        rng = np.random.default_rng(3)
        signed, unsigned, wide = FixedFormat(True, 1, 2), FixedFormat(False, 2, 1), FixedFormat(True, 3, 3)
        cases = [  # shape, format of x, format of y, rows
            ((5,), signed, FixedFormat(True, 1, 3), 1),
            ((3,), unsigned, FixedFormat(False, 0, 4), 3),
            ((2, 1, 2), signed, FixedFormat(True, 0, 2), 2),
            ((4,), wide, FixedFormat(False, 3, 2), 4),
            ((2,), FixedFormat(False, 0, 1), FixedFormat(True, 0, 0), 1),
        ]
        found = []
        for shape, source, result, rows in cases:
            codes = rng.integers(result.low, result.high, (rows, 1 << source.bits), np.int64, endpoint=True)
            layer = cls("y", ("x",), FixedTensor(codes, result.fraction_bits), result)
            found.append(Example(layer, (Tensor.of_format(shape, source),)))
        return tuple(found)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        rows = len(self.table.codes)
        if rows not in (1, shapes[0][-1]):
            raise ModelError(self.describe(), f"has {counted(rows, 'table')}, but its input shape is {shapes[0]}")
        return shapes[0]

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        return Window.pixel(len(sources[0].shape) - 1)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        """The smallest and the largest entry between the ends of each element's range."""
        source = sources[0]
        shape = self.output_shape([source.shape])
        if self.table.codes.shape[1] != 1 << source.bits:
            held = f"{self.table.codes.shape[1]} entries"
            raise InternalError(self.describe(), f"its table has {held}, but its input {counted(source.bits, 'bit')}")
        row = np.broadcast_to(np.arange(shape[-1]) if len(self.table.codes) > 1 else 0, shape)
        wanted = np.stack([row.ravel(), source.low.ravel(), source.high.ravel()], axis=1)
        kinds, number = np.unique(wanted, axis=0, return_inverse=True)
        ends = np.array([self._ends(*kind) for kind in kinds.tolist()], np.int64)[number.ravel()]
        return Tensor(self.format, ends[:, 0].reshape(shape), ends[:, 1].reshape(shape))

    def _ends(self, row: int, low: int, high: int) -> tuple[int, int]:
        """The smallest and the largest entry of a row for codes from ``low`` to ``high``."""
        depth = self.table.codes.shape[1]
        entries = self.table.codes[row][np.arange(low, high + 1) & (depth - 1)]
        return int(entries.min()), int(entries.max())

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        rows, depth = self.table.codes.shape
        address = value.astype(np.int64) & (depth - 1)
        entries = self.table.codes[np.arange(value.shape[-1]) if rows > 1 else 0, address]
        return np.asarray(entries.astype(value.dtype))

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        entries = self.table.codes.shape[1]
        if self.undecided:
            return UndecidedEntries(subject, self.undecided, entries)
        return LargeTable(subject, entries, FEW_BITS) if 1 << FEW_BITS < entries <= 1 << FABRIC_BITS else None

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        lanes = layout.channels(len(self.table.codes))
        if lanes is None:
            return None
        result = layout.after_register()
        enabled = 0 if layout.is_serial else layout.lanes * self.format.bits
        words, bits = self.table.codes.shape[1], self.format.bits
        if self._in_block_ram:
            return self._block_stage(layout, pipelining)
        paged = pipelining.inner_register and words > LUT_ROWS
        most = pipelining.most_loads
        logic = LookupPaths(words, bits, enabled, most if paged else None, most)
        started = enabled_lanes(layout.lanes, bits, 0)
        fabric = self._fabric(self.table.codes[lanes])
        if paged:
            copies = ceil_div(layout.lanes, max(most // bits, 1))
            started = enabled_lanes(copies, 1, 0)
            pages = layout.lanes * ceil_log2(words // LUT_ROWS)
            fabric += Fabric.registers(fabric.rom_columns + pages + copies + 1)
        return PipelineStage(layout, result, 1 + paged, fabric, logic, pipelining=pipelining, enabled=started)

    @property
    def _in_block_ram(self) -> bool:
        return bool(self.table.codes.shape[1] > 1 << FABRIC_BITS)

    def _block_stage(self, layout: Layout, pipelining: Pipelining) -> PipelineStage:
        """A memory for each lane; where a second register is needed, it follows the read."""
        bits, more = self.format.bits, int(pipelining.inner_register)
        halves = half_block_rams(self.table.codes.shape[1], bits)
        return PipelineStage(
            layout,
            layout.after_register(),
            1 + more,
            Fabric.registers(more * layout.lanes * bits + 1 + more),
            BlockLookupPaths(layout.lanes, halves, not layout.is_serial, bool(more)),
            layout.lanes * halves,
            pipelining=pipelining,
        )

    def _fabric(self, tables: Int) -> Fabric:
        """What the tables of all lanes need: LUTs of 64 rows and, if a bit needs several, what combines them."""
        bits = self.format.bits
        rom = Fabric.rom(np.ascontiguousarray(tables.T), bits, np.arange(len(tables)))
        planes = (tables[:, np.newaxis] >> np.arange(bits)[:, np.newaxis]) & 1
        blocks = planes.reshape(len(tables), bits, -1, min(tables.shape[1], LUT_ROWS))
        varying = (blocks != blocks[..., :1]).any(axis=-1)
        joined = varying.sum(axis=-1) + ~varying.all(axis=-1)
        multiplexers = int(ceil_div(np.maximum(joined - 1, 0), 3).sum())
        return rom + Fabric(multiplexers=multiplexers) + Fabric.registers(len(tables) * bits + 1)

    def entry_depth(self, sources: Sequence[Tensor]) -> int | None:
        if len(self.table.codes) > 1 or self._in_block_ram:  # not in every layout, or an address
            return None
        return 1 if sources[0].bits <= 8 else 2  # a LUT and wide multiplexers, or further LUTs after them

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``tables``: the distinct ones, one row each; ``lanes``: the table of each lane; ``block_ram``."""
        lanes = binding.source.channels(len(self.table.codes))
        if lanes is None:
            raise InternalError(self.describe(), f"has a lane of several channels: {binding.source}")
        tables, number = self._distinct()
        return {"tables": tables, "lanes": number[lanes], "block_ram": self._in_block_ram}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``tables``: the distinct ones, one row each; ``channels``: the table of each channel; ``block_ram``."""
        tables, number = self._distinct()
        return {"tables": tables, "channels": number, "block_ram": self._in_block_ram}

    def _distinct(self) -> tuple[Int, Int]:
        """Tables without repetition, and for each row its number among them."""
        tables, number = np.unique(self.table.codes, axis=0, return_inverse=True)
        return tables, number.ravel().astype(np.int64)
