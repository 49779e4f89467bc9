"""Sums of products that need more bits than an integer of the compiler has, exact: a layer for every part of the input.

With ``x = sum_i x_i 2**low_i`` the sums are ``W x = sum_i (W x_i) 2**low_i``, whose terms are narrow. From the lowest
on, each gives its low bits to the result and the others, its carry, to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import TooWideError
from bxnn.compiler.frontend.hls4ml.operand_parts import bits_with_sign, in_format, operand_parts
from bxnn.compiler.frontend.hls4ml.wide_value import HALF_BITS, MOST_BITS, WideValue
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.add import Add

if TYPE_CHECKING:
    from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers


@dataclass(frozen=True)
class WideSums:
    """The sums of a linear layer of a node.

    Attributes:
        node: What layers are appended to.
        layer: The layer as it would be if its sums fitted; it reads one tensor or wide value.
    """

    node: NodeLayers
    layer: Layer

    @property
    def needed(self) -> bool:
        """Whether the layer reads a wide value, or its sums are too wide for one tensor."""
        (name,) = self.layer.inputs
        if name in self.node.wide:
            return True
        try:
            self.layer.infer((self.node.node_tensor(name),))
        except TooWideError:
            return True
        return False

    def append(self) -> int:
        """Append the layers; the last one has the upper bits of the sums.

        Returns:
            A bound on the codes of every partial sum, for any order of the products.

        Raises:
            ModelError: If the sums need more bits than two tensors have.
        """
        terms = self._terms()
        grids = [self._grid(name) for name in terms]
        reach = sum(self._reach(name) << (grids[0] - grid) for name, grid in zip(terms, grids, strict=True))
        digits: list[str] = []
        for place, name in enumerate(terms[:-1]):
            total = self._sum("sum", [name, *digits[place:]])  # the carry, if there is one
            digits[place:] = [self._digit(total, grids[place + 1]), self._carry(total, grids[place + 1])]
        self._joined(terms[-1], digits)
        return reach

    def _terms(self) -> list[str]:
        """A layer like this one for every part of the input, the lowest first, with a part of the bias."""
        parts = self._parts()
        sources = [self.node.node_tensor(name) for name in parts]
        kernel = self._kernel()
        finest = sources[0].format.fraction_bits + kernel.fraction_bits
        grids = [
            finest + self._finer_bias(finest),
            *(s.format.fraction_bits + kernel.fraction_bits for s in sources[1:]),
        ]
        found, bias = [], self._bias(grids)
        for name, own in zip(parts, bias, strict=True):
            constants = {"kernel": kernel} | ({} if own is None else {"bias": own})
            layer = replace(self.layer.with_constants(constants), name=self.node.layer_name(), inputs=(name,))
            found.append(self.node.append_as(layer).name)
        return found

    def _kernel(self) -> FixedTensor:
        kernel = self.layer.constants()["kernel"]
        assert isinstance(kernel, FixedTensor)
        return kernel.reduced()

    def _reduced_bias(self) -> FixedTensor | None:
        bias = self.layer.constants().get("bias")
        assert bias is None or isinstance(bias, FixedTensor)
        return None if bias is None or bias.is_zero else bias.reduced()

    def _no_bias(self) -> dict[str, FixedTensor]:
        """A bias of zero, if the layer has one."""
        return {"bias": FixedTensor(np.zeros(1, np.int64), 0)} if "bias" in self.layer.constants() else {}

    def _finer_bias(self, products: int) -> int:
        """Fraction bits that the bias has and products, with this many, do not."""
        bias = self._reduced_bias()
        return 0 if bias is None else max(bias.fraction_bits - products, 0)

    def _parts(self) -> list[str]:
        """The parts of the input, each so narrow that its sums, a part of the bias and a carry fit."""
        (name,) = self.layer.inputs
        wide = self.node.wide.get(name)
        halves = [name] if wide is None else [wide.low, wide.high]
        most, found = self._most_bits(halves[0]), list[str]()
        for half in halves:
            bits = bits_with_sign(self.node.node_tensor(half))
            step = ceil_div(bits, ceil_div(bits, most))
            append = partial(self._beside, "part")
            found += operand_parts(self.node, append, half, range(0, bits, step)).values()
        return found

    def _most_bits(self, lowest: str) -> int:
        """Bits of a part."""
        tensor, kernel = self.node.node_tensor(lowest), self._kernel()
        bit = Tensor.of_format(tensor.shape, FixedFormat(False, 1, 0))
        plain = self.layer.with_constants({"kernel": FixedTensor(kernel.codes, 0), **self._no_bias()})
        growth = plain.magnitude((bit,)).bit_length() + 1  # weights of either sign by themselves
        finer = self._finer_bias(tensor.format.fraction_bits + kernel.fraction_bits)
        most = HALF_BITS - 2 - growth - finer
        if most < 1:
            raise self.node.refuse(f"its weights and bias together need more than {HALF_BITS} bits; use narrower types")
        return most

    def _bias(self, grids: list[int]) -> list[FixedTensor | None]:
        """What each term adds of the bias: the bits between its grid and that of the next."""
        bias, zero = self._reduced_bias(), self._no_bias().get("bias")
        if bias is None or bias.fraction_bits < grids[-1]:
            return [*[zero] * (len(grids) - 1), bias or zero]
        codes: NDArray[np.object_] = bias.codes.astype(object) * (1 << (grids[0] - bias.fraction_bits))
        found: list[FixedTensor | None] = []
        for grid, above in zip(grids, [*grids[1:], None], strict=True):
            own = codes >> (grids[0] - grid)
            if above is not None:
                own = own & ((1 << (grid - above)) - 1)
            found.append(FixedTensor(own.astype(np.int64), grid).reduced())
        return found

    def _reach(self, name: str) -> int:
        layer = next(layer for layer in self.node.layers if layer.name == name)
        return layer.magnitude([self.node.node_tensor(source) for source in layer.inputs])

    def _beside(self, role: str, *arguments: Any) -> Layer:
        """Append a layer whose name ends with what it computes."""
        kept, self.node.role = self.node.role, role
        layer = self.node.append_beside(*arguments)
        self.node.role = kept
        return layer

    def _sum(self, role: str, names: list[str]) -> str:
        return names[0] if len(names) == 1 else self._beside(role, Add, names).name

    def _digit(self, name: str, above: int) -> str:
        """The bits of a sum below a coarser grid."""
        fraction_bits = self._grid(name)
        append = partial(self._beside, "low")
        return in_format(self.node, append, name, FixedFormat(False, -above, fraction_bits))

    def _carry(self, name: str, grid: int) -> str:
        """The bits of a sum on a coarser grid."""
        tensor = self.node.node_tensor(name)
        bits = max(bits_with_sign(tensor) - (tensor.format.fraction_bits - grid), 2)
        append = partial(self._beside, "carry")
        return in_format(self.node, append, name, FixedFormat(True, bits - 1 - grid, grid))

    def _joined(self, top: str, digits: list[str]) -> None:
        """Append what makes two tensors of the digits, the carry and the highest term, and note that they are one."""
        *digits, carry = digits
        finest, top_grid = (self._grid(name) for name in (digits[0], top))
        above = max(bits_with_sign(self.node.node_tensor(name)) for name in (top, carry)) + 1  # of the highest sum
        bits = finest - top_grid + above
        if bits > MOST_BITS:
            advice = "give its input and weights narrower types"
            raise self.node.refuse(f"its sums need {counted(bits, 'bit')}, more than {MOST_BITS}; {advice}")
        cuts = [self._grid(name) for name in (*digits[1:], top)]
        cut = min(cuts, key=lambda grid: abs(2 * (finest - grid) - bits))
        if max(finest - cut, bits - finest + cut) > HALF_BITS:
            cut = finest - bits // 2
            digits = [part for name in digits for part in self._halves(name, cut)]
        low = self._sum("low", [name for name in digits if self._grid(name) > cut])
        high = self._sum("high", [top, carry, *(name for name in digits if self._grid(name) <= cut)])
        self.node.wide[high] = WideValue(high, low, self.node.node_tensor(high), self.node.node_tensor(low))

    def _halves(self, name: str, grid: int) -> list[str]:
        """A digit, in two parts if it has bits on both sides of the LSB of a grid."""
        own = self.node.node_tensor(name).format
        if not own.fraction_bits > grid > -own.integer_bits:
            return [name]
        upper = FixedFormat(False, own.integer_bits, grid)
        append = partial(self._beside, "low")
        return [self._digit(name, grid), in_format(self.node, append, name, upper)]

    def _grid(self, name: str) -> int:
        return self.node.node_tensor(name).format.fraction_bits
