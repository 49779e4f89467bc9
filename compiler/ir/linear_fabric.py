"""What the hardware of a linear map on DSPs takes beside them: ROMs, trees, taps, holding registers, multiplexers."""

from __future__ import annotations

import numpy as np

from compiler.errors import InternalError
from compiler.ir.binding import Binding
from compiler.ir.fabric import Fabric
from compiler.ir.linear import LinearMap
from compiler.ir.linear_constants import linear_constants
from compiler.ir.packing import Packing
from compiler.ir.tensor import Int, Tensor

_WIDE = 8  # inputs beyond the first of a multiplexer from which yosys takes more than a third of a LUT for one
_OPERAND_TO_SUM = 2  # cycles from the capture of the last operand to its sum


def linear_fabric(linear: LinearMap, binding: Binding, source: Tensor, out_bits: int) -> Fabric:
    """The fabric of a bound linear map.

    Args:
        linear: The map.
        binding: How it is bound; the slot table is known.
        source: Tensor of the input.
        out_bits: Width of an output element; sums are cut to it, and synthesis drops what nothing reads.
    """
    if binding.adders is not None:
        return binding.adders.fabric
    if binding.operands is not None:
        return _output_serial(linear, binding, source, out_bits)
    if binding.present is not None:
        return _input_serial(linear, binding, source, out_bits)
    raise InternalError(binding.name, "is no binding of a linear map")


def _output_serial(linear: LinearMap, binding: Binding, source: Tensor, out_bits: int) -> Fabric:
    packing = binding.packing
    assert binding.operands is not None and binding.slots is not None and packing is not None
    groups, segments, cascade, switched, taken = binding.operands.shape
    table = binding.operands.transpose(0, 1, 4, 2, 3).reshape(groups, segments * taken, cascade, switched)
    phases, interval = binding.result.phases, binding.slots.initiation_interval
    constants = linear_constants(linear, binding, source)
    words = constants["weights"].reshape(cascade, phases, -1).transpose(1, 0, 2).reshape(phases, -1)
    exists = np.asarray((binding.operands >= 0).any(axis=(3, 4)))
    by_column = exists.reshape(-1, cascade)
    first = np.where(by_column.any(axis=1), by_column.argmax(axis=1), cascade)
    last_copy = (cascade + switched - 2) // interval
    taps = max(cascade + _OPERAND_TO_SUM, last_copy * interval)
    levels = (segments - 1).bit_length()
    lanes = np.repeat(exists.any(axis=2), packing.products, axis=0)[: binding.result.lanes]
    outside = int((exists.sum(axis=2) - 1).clip(0).sum()) if _sums_outside(packing) else 0
    return (
        Fabric.sequencer(phases, max(cascade, 2), taps - 1 + levels + 1)
        + Fabric.rom(words, packing.weight_bits, np.repeat(np.arange(cascade), groups * segments))
        + Fabric.rom(constants["bias"], packing.sum_bits, first)
        + Fabric.tree(lanes, min(out_bits, binding.accum_bits or out_bits))
        + Fabric.registers((_held_copies(table, interval) + _packed_elements(table, taken)) * source.bits)
        + Fabric(multiplexers=_multiplexers(table, interval) * source.bits)
        + Fabric(tree_bits=outside * packing.sum_bits, register_bits=outside * packing.sum_bits)
    )


def _sums_outside(packing: Packing) -> bool:
    """Whether the adders of a cascade, but for the first, are fabric: yosys packs none that drops bits of a product."""
    return packing.operand_bits + packing.weight_bits > packing.sum_bits


def _packed_elements(table: Int, taken: int) -> int:
    """Elements of packed operands in registers: yosys packs no register with constant bits, as those between lanes.

    Args:
        table: Operands, shape (lanes, segments * elements of a DSP, cascade, operand phases).
        taken: Elements that a DSP multiplies at once.
    """
    return sum(int((rows >= 0).any(axis=1).sum()) for rows in _different(table)) if taken > 1 else 0


def _different(table: Int) -> list[Int]:
    """The different operands of every position, shape (operands, operand phases) each."""
    return [np.unique(table[:, :, k].reshape(-1, table.shape[3]), axis=0) for k in range(table.shape[2])]


def _held_copies(table: Int, interval: int) -> int:
    """Registers, in elements, that keep inputs for positions that read them after the next event has come.

    Args:
        table: Operands, shape (lanes, segments, cascade, operand phases).
        interval: Cycles between events.
    """
    _, _, cascade, switched = table.shape
    depth = (np.arange(cascade)[:, np.newaxis] + np.arange(switched)) // interval
    if not depth.any():
        return 0
    copies = np.zeros(max(int(table.max()) + 1, 1), np.int64)
    depths = np.broadcast_to(depth, table.shape)
    used = table >= 0
    np.maximum.at(copies, table[used], depths[used])
    return int(copies.sum())


def _multiplexers(table: Int, interval: int) -> int:
    """LUT6s for one bit of all operand multiplexers; equal ones of one position are one.

    Args:
        table: Operands, shape (lanes, segments, cascade, operand phases).
        interval: Cycles between events; an operand that is read later is a held copy, another input.
    """
    if table.shape[3] == 1:
        return 0
    cascade, switched = table.shape[2:]
    depth = (np.arange(cascade)[:, np.newaxis] + np.arange(switched)) // interval
    held = np.where(table >= 0, table * (int(depth.max()) + 1) + depth, -1)
    rows = np.sort(np.concatenate(_different(held)), axis=1)
    different = (np.diff(rows, axis=1) > 0).sum(axis=1) + (rows[:, 0] >= 0)
    more = np.maximum(different, 1) - 1
    return int(np.where(more < _WIDE, -(-more // 3), -(-5 * more // 8)).sum())


def _input_serial(linear: LinearMap, binding: Binding, source: Tensor, out_bits: int) -> Fabric:
    assert binding.present is not None and binding.packing is not None
    words = linear_constants(linear, binding, source)["weights"]
    lanes, phases = binding.source.lanes, binding.source.phases
    levels = (lanes - 1).bit_length()
    outputs = np.repeat(binding.present.astype(bool), binding.packing.products, axis=0)[: linear.outputs]
    return (
        Fabric.sequencer(phases, 1, phases + 1 + levels)
        + Fabric.rom(words, binding.packing.weight_bits, np.zeros(words.shape[1], np.int64))
        + Fabric.tree(outputs, min(out_bits, binding.accum_bits or out_bits))
    )
