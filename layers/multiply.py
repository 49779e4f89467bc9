"""Multiply: the product of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

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
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.gather import chained

PORTS = (18, 25)  # bits of the ports of the narrowest slice that a board has, narrower first


@dataclass(frozen=True, eq=False)
class Multiply(HardwareLayer):
    """``y = x0 * x1``, exact: the format grows.

    A DSP slice per product, or one for as many products as there are cycles between events. A product with an operand
    that is always zero takes no hardware.
    """

    kind: ClassVar[str] = "multiply"
    elementwise: ClassVar[bool] = True
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

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> ProductStage | None:
        if not layout.is_parallel:
            return None
        products = int(present(sources).sum())
        registers = 2 + int(pipelining.multiplier_register)
        result = Layout.parallel(sources[0].size)
        fabric = Fabric.registers(registers)
        signs = self._signs(sources, result)
        return ProductStage(layout, result, registers, fabric, pipelining=pipelining, products=products, signs=signs)

    def shared_stage(
        self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining, initiation_interval: int
    ) -> SharedProductStage | None:
        """A slice for as many products as there are cycles: lane after lane, phase after phase."""
        if not layout.is_parallel or initiation_interval == 1:
            return None
        result = Layout.serial(sources[0].size, initiation_interval)
        operands = lane_operands(sources, result)
        slices, before = int((operands[:, 0] > 0).sum()), int(present(sources).sum())
        narrow, wide = (np.sort(operands[:, ::2], axis=1)[:, end].max() for end in (0, 1))
        if slices >= before or narrow > PORTS[0] or wide > PORTS[1]:
            return None
        registers = 2 + int(pipelining.multiplier_register)
        senders = tuple((Serialize(layout, result, pipelining.most_loads), source.bits) for source in sources)
        sent = [sender.resources(bits) for sender, bits in senders]
        fabric = sum(sent, start=Fabric.registers(registers))
        signs = self._signs(sources, result)
        return SharedProductStage(
            layout, result, registers, fabric, pipelining=pipelining, products=slices, signs=signs, senders=senders
        )

    def _signs(self, sources: Sequence[Tensor], result: Layout) -> int:
        """Most bits of a result that are the sign of its product."""
        operands = lane_operands(sources, result)
        own = operands.sum(axis=1)[operands[:, 0] > 0]
        return max(self.infer(sources).bits - int(own.min(initial=MAX_BITS)), 0) + 1

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``operands``: for every lane, the bits of both operands and the zeros below them; no bits where it is 0."""
        layout = binding.result if isinstance(binding, SharedProductStage) else Layout.parallel(sources[0].size)
        return {"operands": lane_operands(sources, layout), **binding.constants()}


def lane_operands(sources: Sequence[Tensor], layout: Layout) -> Int:
    """For every lane, what holds the operands of all its phases.

    Returns:
        int64, shape (lanes, 4): bits of the first operand, zeros below them, the same for the second; no bits in a lane
        whose products are all 0.
    """
    rows = np.zeros((layout.lanes, 4), np.int64)
    there = present(sources)
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


def present(sources: Sequence[Tensor]) -> Int:
    """Which products need a slice; bool, shape (elements,)."""
    return np.asarray(np.all([((s.low != 0) | (s.high != 0)).ravel() for s in sources], axis=0))
