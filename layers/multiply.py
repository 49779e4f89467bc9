"""Multiply: the product of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pairwise import one_shape
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.product_stage import ProductStage
from bxnn.compiler.hardware.serialize import Serialize
from bxnn.compiler.hardware.shared_product_stage import SharedProductStage
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.real_layer import Reads
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.gather import chained

PORTS = (18, 25)  # bits of the ports of the narrowest slice that a board has, narrower first


@dataclass(frozen=True, eq=False)
class Multiply(HardwareLayer):
    """``y = x0 * x1``, exact: the format grows.

    A DSP slice per product, or one for as many products as there are cycles between events. A product that nothing
    reads, or with an operand that is always zero, takes no hardware, and its operands are not read.
    """

    kind: ClassVar[str] = "multiply"
    elementwise: ClassVar[bool] = True
    commutes: ClassVar[bool] = True
    reads: ClassVar[Reads] = Reads.FEW_BITS
    keras_classes: ClassVar[tuple[str, ...]] = ("Multiply",)

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        source.finish()
        return chained(source, cls)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 3)
        zeros = np.array([3, 0, 1])
        codes = np.array([[-1, 0, -7], [1, 0, 6]]) << zeros
        own = Tensor(FixedFormat.covering(-16, 12, 3), codes[0], codes[1], zeros)
        cases = [
            (Tensor.of_format((2, 1, 2), signed), Tensor.of_format((2, 1, 2), unsigned)),
            (Tensor.of_format((3,), unsigned), Tensor.of_format((3,), unsigned)),
            (own, Tensor.of_format((3,), signed)),
        ]
        return tuple(Example(cls("y", ("x0", "x1")), pair) for pair in cases)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return one_shape(self.describe(), shapes)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([source.shape for source in sources])
        first, second = sources
        own = [sorted(operand_bits(source)) for source in sources]
        narrow, wide = sorted((int(own[0][-1]), int(own[1][-1])))
        if narrow > PORTS[0] or wide > PORTS[1]:
            raise ModelError(
                self.describe(),
                f"multiplies {counted(int(own[0][-1]), 'bit')} by {counted(int(own[1][-1]), 'bit')}, but a DSP "
                f"slice takes {PORTS[1]} by {PORTS[0]}; quantize its inputs",
            )
        corners = np.stack([a * b for a in (first.low, first.high) for b in (second.low, second.high)])
        fraction_bits = first.format.fraction_bits + second.format.fraction_bits
        found = Tensor.of_range(corners.min(axis=0), corners.max(axis=0), fraction_bits)
        zeros = sum(np.zeros(first.shape, np.int64) if s.zeros is None else s.zeros for s in sources)
        return Tensor(found.format, found.low, found.high, np.asarray(zeros) if np.any(zeros) else None)

    def held_bits(self, result: Tensor) -> int:
        return result.bits if result.zeros is None else result.bits - int(result.zeros.mean())

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return np.asarray(values[0] * values[1])

    def elements_read(self, read: NDArray[np.bool_], sources: Sequence[Tensor]) -> tuple[NDArray[np.bool_], ...]:
        return (read & present(sources).reshape(read.shape),) * 2

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> ProductStage | None:
        return self.stage_of_read(layout, sources, pipelining, np.ones(sources[0].size, np.bool_))

    def stage_of_read(
        self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining, read: NDArray[np.bool_]
    ) -> ProductStage | None:
        if not layout.is_parallel:
            return None
        registers = 2 + int(pipelining.multiplier_register)
        result = Layout.parallel(sources[0].size)
        operands, bits = lane_operands(sources, result, read), self.infer(sources).bits
        fabric = Fabric.registers(registers)
        return ProductStage(layout, result, registers, fabric, pipelining=pipelining, operands=operands, bits=bits)

    def shared_stage(
        self,
        layout: Layout,
        sources: Sequence[Tensor],
        pipelining: Pipelining,
        initiation_interval: int,
        read: NDArray[np.bool_],
    ) -> SharedProductStage | None:
        """A slice for as many products as there are cycles, phase after phase; those that need none come last."""
        if not layout.is_parallel or initiation_interval == 1:
            return None
        needed = present(sources) & read
        result = Layout.serial(needed.size, initiation_interval)
        if not needed.all():
            result = Layout.serial_in_order(np.argsort(~needed, kind="stable"), initiation_interval)
        operands, bits = lane_operands(sources, result, read), self.infer(sources).bits
        sliced = operands[:, 0] > 0
        narrow, wide = (np.sort(operands[:, ::2], axis=1)[:, end].max() for end in (0, 1))
        if sliced.sum() >= needed.sum() or narrow > PORTS[0] or wide > PORTS[1]:
            return None
        registers = 2 + int(pipelining.multiplier_register)
        senders = tuple((Serialize(layout, result, pipelining.most_loads), source.bits) for source in sources)
        kept = Layout(result.kind, np.ascontiguousarray(result.elements[:, sliced]))  # synthesis removes other lanes
        sent = (replace(sender, result=kept).resources(source_bits) for sender, source_bits in senders)
        fabric = sum(sent, start=Fabric.registers(registers))
        return SharedProductStage(
            layout,
            result,
            registers,
            fabric,
            pipelining=pipelining,
            operands=operands,
            bits=bits,
            senders=senders,
            needed=needed,
        )

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return binding.constants()


def lane_operands(sources: Sequence[Tensor], layout: Layout, read: NDArray[np.bool_]) -> Int:
    """For every lane, what holds the operands of all its phases that are read.

    Returns:
        int64, shape (lanes, 4): bits of the first operand, zeros below them, the same for the second; no bits in a lane
        whose products are all 0 or not read.
    """
    rows = np.zeros((layout.lanes, 4), np.int64)
    there = present(sources) & read
    for lane, elements in enumerate(layout.elements.T.tolist()):
        used = [element for element in elements if element >= 0 and there[element]]
        for number, source in enumerate(sources if used else ()):
            zeros = np.zeros(source.size, np.int64) if source.zeros is None else source.zeros.ravel()
            least = int(zeros[used].min())
            low, high = (int(end) for end in (source.low.ravel()[used].min(), source.high.ravel()[used].max()))
            rows[lane, 2 * number : 2 * number + 2] = max(signed_bits(low >> least, high >> least), 2), least
    return rows


def operand_bits(tensor: Tensor) -> Int:
    """Bits of every element as a signed operand without the low bits that are always zero; shape (elements,)."""
    zeros = np.zeros(tensor.shape, np.int64) if tensor.zeros is None else tensor.zeros
    ends = zip((tensor.low >> zeros).ravel().tolist(), (tensor.high >> zeros).ravel().tolist(), strict=True)
    return np.array([max(signed_bits(low, high), 2) for low, high in ends], np.int64)


def present(sources: Sequence[Tensor]) -> NDArray[np.bool_]:
    """Which products may be other than 0; shape (elements,)."""
    return np.asarray(np.all([((s.low != 0) | (s.high != 0)).ravel() for s in sources], axis=0))
