"""From a wire and a quantizer of any scale to layers on integers, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.names import printable
from bxnn.compiler.frontend.onnx.clipped_product import clipped_product
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.tabulated_softmax import tabulated_softmax
from bxnn.compiler.frontend.onnx.values import Wire
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import CloseThresholds
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, Clamp, Monotone
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.scaled_quantizer import ScaledQuantizer, exponent_of, grid_of
from bxnn.compiler.numeric.staircase import Staircase, multiplier, slope_of, staircase
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.lookup import FABRIC_BITS, TABLE_BITS, Lookup
from bxnn.layers.threshold import Threshold

_FEW_STEPS = 15  # per channel, up to which comparators are cheaper than a multiplication
_MOST_STEPS = 255  # per channel, in comparators
_MOST_BITS = 12  # of a quantizer whose scale is not a power of two
_HALVES = (Rounding.RND, Rounding.RND_CONV, Rounding.RND_ZERO, Rounding.RND_INF, Rounding.RND_MIN_INF)
_MOST_ENTRIES_BITS = 16  # entries of tables that are computed one by one


def quantized(network: Network, wire: Wire, quantizer: ScaledQuantizer, wanted: str) -> Wire:
    """The wire after a quantizer.

    Args:
        network: The layers are added to it.
        wire: The wire to quantize.
        quantizer: The quantizer.
        wanted: Name of the tensor in the file.

    Raises:
        ModelError: If no exact hardware is known.
    """
    if wire.softmax:
        wire = tabulated_softmax(network, wire, quantizer, wanted)
    fixed = _fixed_point(wire, quantizer)
    if fixed is None:
        many = quantizer.high - quantizer.low >= 1 << _MOST_BITS
        if many or not all(function.is_monotone for function in wire.functions):
            return _tabulated(network, wire, quantizer, wanted)
        return _Staircases.of(network, wire, quantizer, wanted).built()
    function, scale = fixed
    if function.keeps(network.tensors[wire.layer]):
        return Wire(wire.layer, wire.order, (IDENTITY.then(Affine(scale, Fraction(0))),))
    if _ties(network.tensors[wire.layer], function) and exponent_of(quantizer.scales[0]) is None:
        steps = function.high - function.low
        network.notices.append(CloseThresholds(printable(wanted), steps, steps))
    name = network.add(wanted, lambda own: ActivationLayer(own, (wire.layer,), function))
    return Wire(name, wire.order, (IDENTITY.then(Affine(scale, Fraction(0))),))


def _ties(source: Tensor, function: FixedQuantizer) -> bool:
    """Whether codes lie between two results: float32 may decide otherwise if their scale is not a power of two."""
    return source.format.fraction_bits > function.format.fraction_bits and function.rounding in _HALVES


def _fixed_point(wire: Wire, quantizer: ScaledQuantizer) -> tuple[FixedQuantizer, Fraction] | None:
    """The quantizer as one on codes, and the factor on the real value of its results; ``None`` if there is none.

    The product of all scales from the last quantizer to this one must be a power of two.
    """
    rounding, common = quantizer.fixed_rounding, wire.common
    if common is None or len(set(quantizer.scales)) > 1 or rounding is None:
        return None
    low: Fraction | None = None
    high: Fraction | None = None
    factor = Fraction(1)
    for step in common.steps:
        if isinstance(step, Affine) and step.shift == 0 and step.factor > 0:
            factor *= step.factor
            low, high = (None if end is None else end * step.factor for end in (low, high))
        elif isinstance(step, Clamp):
            low, high = step.low if low is None else step(low), step.high if high is None else step(high)
        else:
            return None
    fraction_bits = exponent_of(factor / quantizer.scales[0])
    if fraction_bits is None:
        return None
    least = quantizer.low if low is None else quantizer.code_of(low)
    most = quantizer.high if high is None else quantizer.code_of(high)
    number_format = FixedFormat.covering(least, most, fraction_bits)
    low_code = None if least == number_format.low else least
    high_code = None if most == number_format.high else most
    return FixedQuantizer(number_format, rounding, Overflow.SAT, low_code, high_code), factor


def _tabulated(network: Network, wire: Wire, quantizer: ScaledQuantizer, wanted: str) -> Wire:
    """The wire after a table: for a function that is not monotone, or has more results than thresholds are used for."""
    source = network.tensors[wire.layer]
    count = max(len(wire.functions), len(quantizer.scales))
    if source.bits > TABLE_BITS or count << source.bits > 1 << _MOST_ENTRIES_BITS:
        raise ModelError(printable(wanted), _too_wide(wire, quantizer, source.bits))
    unit, codes = Fraction(2) ** source.format.fraction_bits, source.format.by_address.tolist()
    rows = [
        [quantizer.code_of(wire.functions[row % len(wire.functions)](code / unit), row) for code in codes]
        for row in range(count)
    ]
    scale = quantizer.scales
    grid = grid_of(scale[0]) if len(set(scale)) == 1 else 0
    table = FixedTensor(np.array(rows, np.int64), grid)
    result = FixedFormat.covering(int(table.codes.min()), int(table.codes.max()), grid)
    name = network.add(wanted, lambda own: Lookup(own, (wire.layer,), table, result))
    functions = tuple(IDENTITY.then(Affine(own * Fraction(2) ** grid, Fraction(0))) for own in scale)
    return Wire(name, wire.order, functions)


def _too_wide(wire: Wire, quantizer: ScaledQuantizer, bits: int) -> str:
    """What is refused as neither a table nor a multiplier computes it, and what to do."""
    results = counted((quantizer.high - quantizer.low).bit_length(), "bit")
    if any(function.clamped is None for function in wire.functions):
        way_out = f"put a quantizer of at most {FABRIC_BITS} bits in front of it"
        return f"rounds a function of {counted(bits, 'bit')} to {results}, which needs a table; {way_out}"
    problem = f"rounds {counted(bits, 'bit')} to {results} with scales or shifts of float32"
    way_out = f"quantize it to at most {_MOST_BITS} bits, or choose scales that are powers of two"
    return f"{problem}, which no multiplier of a reasonable size does exactly; {way_out}"


@dataclass(frozen=True, eq=False)
class _Staircases:
    """The codes of every channel as functions of the integers of a layer, and the layers that compute them.

    Attributes:
        network: The layers are added to it.
        wire: The wire to quantize.
        quantizer: The quantizer.
        wanted: Name of the tensor in the file.
        source: The integers.
        stairs: One for all channels, or one for each.
        slopes: Codes of the result per integer, where there is a single slope.
    """

    network: Network
    wire: Wire
    quantizer: ScaledQuantizer
    wanted: str
    source: Tensor
    stairs: tuple[Staircase, ...]
    slopes: tuple[Fraction | None, ...]

    @classmethod
    def of(cls, network: Network, wire: Wire, quantizer: ScaledQuantizer, wanted: str) -> _Staircases:
        """The staircases of a wire."""
        source = network.tensors[wire.layer]
        count = max(len(wire.functions), len(quantizer.scales))
        rows = -1 if count == 1 else source.shape[-1]
        low = source.low.reshape(-1, rows if count > 1 else 1).min(axis=0)
        high = source.high.reshape(-1, rows if count > 1 else 1).max(axis=0)
        bits = source.format.fraction_bits
        functions = [wire.functions[channel % len(wire.functions)] for channel in range(count)]
        ends = list(zip(low.tolist(), high.tolist(), strict=True))
        stairs = [
            staircase(function, quantizer, channel, *ends[channel], bits) for channel, function in enumerate(functions)
        ]
        scales = [quantizer.scales[channel % len(quantizer.scales)] for channel in range(count)]
        slopes = [slope_of(function, scale, bits) for function, scale in zip(functions, scales, strict=True)]
        return cls(network, wire, quantizer, wanted, source, tuple(stairs), tuple(slopes))

    def built(self) -> Wire:
        """The wire after the layers of the cheapest form that is exact."""
        steps = max(stair.thresholds.size for stair in self.stairs)
        close, total = (
            sum(counts) for counts in zip(*((s.close, s.thresholds.size) for s in self.stairs), strict=True)
        )
        name = self._built(steps)
        if close:
            self.network.notices.append(CloseThresholds(printable(self.wanted), close, total))
        return Wire(name, self.wire.order, self._functions())

    def _built(self, steps: int) -> str:
        if steps <= _FEW_STEPS:
            return self._add(Threshold.of_stairs, self.source, self.stairs, self._format)
        slopes = [slope for slope in self.slopes if slope is not None]
        found = multiplier(list(self.stairs), slopes) if len(slopes) == len(self.stairs) else None
        if found is not None:
            grid = self._fraction_bits
            return clipped_product(self.network, self.wire.layer, self.stairs, found, grid, self.wanted)
        if self.source.bits <= TABLE_BITS:
            return self._table()
        if steps <= _MOST_STEPS:
            return self._add(Threshold.of_stairs, self.source, self.stairs, self._format)
        problem = f"takes {steps} thresholds of {counted(self.source.bits, 'bit')}"
        raise ModelError(printable(self.wanted), f"{problem}; put a quantizer of at most {FABRIC_BITS} bits in front")

    @property
    def _fraction_bits(self) -> int:
        """Format of the result: as if the scale were a power of two, so scales equal up to one need only a shift."""
        return grid_of(self.quantizer.scales[0]) if len(set(self.quantizer.scales)) == 1 else 0

    def _functions(self) -> tuple[Monotone, ...]:
        unit = Fraction(2) ** self._fraction_bits
        return tuple(IDENTITY.then(Affine(scale * unit, Fraction(0))) for scale in self.quantizer.scales)

    @property
    def _format(self) -> FixedFormat:
        codes = [code for stair in self.stairs for code in (stair.base, stair.last)]
        return FixedFormat.covering(min(codes), max(codes), self._fraction_bits)

    def _add(self, make: Callable[..., Layer], *arguments: object) -> str:
        return self.network.add(self.wanted, lambda own: make(own, (self.wire.layer,), *arguments))

    def _table(self) -> str:
        """A table of every code."""
        codes = self.source.format.by_address
        rows = [
            stair.base + stair.direction * np.searchsorted(stair.thresholds, codes, side="right")
            for stair in self.stairs
        ]
        number_format = self._format
        return self._add(Lookup, FixedTensor(np.array(rows, np.int64), number_format.fraction_bits), number_format)
