"""Conversions of wide values to a type of hls4ml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bxnn.compiler.frontend.hls4ml.hls4ml_type import Hls4mlType
from bxnn.compiler.frontend.hls4ml.operand_parts import in_format
from bxnn.compiler.frontend.hls4ml.wide_value import HALF_BITS, WideValue
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add

if TYPE_CHECKING:
    from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers

# Adding a multiple of 2**W to a value that is rounded in one of these and wraps to W bits changes nothing.
_PERIODIC = (Rounding.TRN, Rounding.RND, Rounding.RND_MIN_INF, Rounding.RND_CONV)


@dataclass(frozen=True)
class WideCast:
    """The conversions of a value.

    Attributes:
        node: What layers are appended to.
        value: The value.
    """

    node: NodeLayers
    value: WideValue

    def to(self, kind: Hls4mlType) -> None:
        """Append a conversion, unless it provably changes nothing.

        Raises:
            ModelError: If it needs more bits than a tensor has.
        """
        value = self.value
        if value.fraction_bits <= kind.fraction_bits and kind.holds(*value.ends, value.fraction_bits):
            return
        if kind.width <= MAX_BITS:
            number = kind.quantizer(self.node.subject, "result")
            self.node.append_beside(ActivationLayer, (self.narrow(kind),), number)
        elif kind.rounding is Rounding.TRN and kind.overflow is Overflow.WRAP:
            self._cut(kind)
        else:
            raise self._too_wide(kind)

    def narrow(self, kind: Hls4mlType, keeps_sign: bool = False) -> str:
        """Append a narrow value which the conversion maps to what it maps this one to; returns the name of its layer.

        Bits below those that decide how it is rounded become one, which says whether any of them is set. Of the bits
        above the type, those remain that saturation or wrapping needs.

        Args:
            kind: The type of the conversion.
            keeps_sign: Whether nothing may be done to the bits above.

        Raises:
            ModelError: If that needs more bits than a tensor has.
        """
        grid = kind.fraction_bits + (kind.rounding is not Rounding.TRN)
        dropped = max(self.value.fraction_bits - grid, 0)
        pieces = [*self._upper(kind, keeps_sign), *self._lower(dropped)]
        if kind.rounding is not Rounding.TRN and dropped:
            pieces.append(self._any_set(min(dropped, self.value.low_bits)))
        tensors = [self.node.node_tensor(name) for name in pieces]
        finest = max(tensor.format.fraction_bits for tensor in tensors)
        if len(pieces) == 1:
            return pieces[0]
        if max(tensor.bits + finest - tensor.format.fraction_bits for tensor in tensors) > HALF_BITS:
            raise self._too_wide(kind)
        return self.node.append_beside(Add, pieces).name

    def _upper(self, kind: Hls4mlType, keeps_sign: bool) -> list[str]:
        """The upper bits, in as few as the conversion needs; none if it keeps none of them."""
        value, tensor = self.value, self.value.high_tensor
        grid = tensor.format.fraction_bits
        if keeps_sign:
            return [value.high]
        if kind.overflow is not Overflow.WRAP:
            bits, overflow = kind.whole + 2 + grid, Overflow.SAT
        elif kind.rounding in _PERIODIC:
            bits, overflow = kind.whole + kind.signed + grid, Overflow.WRAP
            if bits <= 0:
                return []
        else:
            return [value.high]
        if bits < 1:
            raise self._too_wide(kind)
        if bits >= tensor.bits:
            return [value.high]
        quantizer = FixedQuantizer(FixedFormat(True, bits - 1 - grid, grid), Rounding.TRN, overflow)
        return [self.node.append_beside(ActivationLayer, (value.high,), quantizer).name]

    def _lower(self, dropped: int) -> list[str]:
        """The lower bits without some of them; none if that leaves none."""
        tensor = self.value.low_tensor
        if dropped >= self.value.low_bits:
            return []
        number_format = FixedFormat(False, tensor.format.integer_bits, tensor.format.fraction_bits - dropped)
        return [in_format(self.node, self.node.append_beside, self.value.low, number_format)]

    def _any_set(self, dropped: int) -> str:
        """Whether any of the lowest bits is set, as half of the lowest bit above them."""
        value, grid = self.value, self.value.fraction_bits - dropped
        lowest = in_format(
            self.node, self.node.append_beside, value.low, FixedFormat(False, -grid, value.fraction_bits)
        )
        half = StepFunction(FixedFormat(False, -grid, grid + 1), ((0, 0),), (True,), 0, 1)
        return self.node.append_beside(ActivationLayer, (lowest,), half).name

    def _cut(self, kind: Hls4mlType) -> None:
        """Append the value without the bits below a wide type and those above it."""
        value = self.value
        dropped = max(value.fraction_bits - kind.fraction_bits, 0)
        low = self._lower(dropped)
        grid = min(value.high_tensor.format.fraction_bits, kind.fraction_bits)
        bits = kind.whole + kind.signed + grid
        if not kind.signed or bits < 1 or not low:
            raise self._too_wide(kind)
        if not kind.holds(*value.ends, value.fraction_bits):
            high = in_format(self.node, self.node.append_beside, value.high, FixedFormat(True, bits - 1 - grid, grid))
        else:
            high = value.high
        self._note(low[0], high)

    def _note(self, low: str, high: str) -> None:
        """Record the halves of a new value; the layer with the upper ones must be the last."""
        node = self.node
        if not node.layers or node.layers[-1].name != high:
            tensor: Tensor = node.node_tensor(high)
            same = FixedQuantizer(tensor.format, Rounding.TRN, Overflow.WRAP)
            high = node.append_beside(ActivationLayer, (high,), same).name
        node.wide[high] = WideValue(high, low, node.node_tensor(high), node.node_tensor(low))

    def _too_wide(self, kind: Hls4mlType) -> Exception:
        problem = (
            f"converts {counted(self.value.bits, 'bit')} to {kind.text}, which takes sums of more than {HALF_BITS} bits"
        )
        return self.node.refuse(f"{problem}; give it a narrower type, or one with TRN and WRAP")
