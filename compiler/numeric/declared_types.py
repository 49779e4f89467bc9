"""Number formats declared in design.yaml or chosen by a calibration, where a model file has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, HostQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.host_scale import HostScale
from bxnn.compiler.numeric.reloadable_tensor import CodeRange
from bxnn.compiler.numeric.rounding import Overflow, round_real
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted

DESIGN = "design.yaml"


@dataclass(frozen=True)
class DeclaredType:
    """The type of one part of a layer, or of a network input.

    Attributes:
        quantizers: One for all channels, or one for each; channels are the last axis.
        correction: Added to the codes, one for each number in order, in LSBs of its own type; empty for none.
        origin: The file that declares it, for errors.
        scale: Of an input: what the host does to its features before it rounds them to the only type.
    """

    quantizers: tuple[FixedQuantizer, ...]
    correction: tuple[int, ...] = ()
    origin: str = DESIGN
    scale: HostScale | None = None

    @property
    def whole(self) -> FixedQuantizer:
        """The type of a result, which is the same for all channels."""
        return self.quantizers[0]

    def constant(self, where: str, values: NDArray[Any], channels: int) -> FixedTensor:
        """Codes of a constant, rounded as declared; saturated only where its type says SAT.

        Args:
            where: The part, for errors: ``layers: fc1: kernel``.
            values: Finite numbers; ``channels`` is the product of the last axis or axes.
            channels: Number of output channels.

        Raises:
            ConfigError: If a number does not fit a type that wraps, or the number of types is wrong.
        """
        if len(self.quantizers) not in (1, channels):
            given = counted(len(self.quantizers), "channel")
            raise ConfigError(f"{self.origin}: {where}", f"describes {given}, but the layer has {channels}")
        real = np.asarray(values, np.float64)
        if len(self.correction) not in (0, real.size):
            given = counted(len(self.correction), "number")
            raise ConfigError(f"{self.origin}: {where}", f"corrects {given}, but the layer has {real.size}")
        columns = real.reshape(-1, channels)
        corrections = np.resize(np.array(self.correction or [0], np.int64), columns.shape)
        grid = max(quantizer.format.fraction_bits for quantizer in self.quantizers)
        codes = np.empty(columns.shape, np.int64)
        types = list(self.quantizers) * (channels if len(self.quantizers) == 1 else 1)
        for quantizer in dict.fromkeys(types):
            own = [channel for channel, other in enumerate(types) if other == quantizer]
            self._check_fit(where, quantizer, columns[:, own])
            found = quantizer.quantize_real(columns[:, own]) + corrections[:, own]
            codes[:, own] = found << (grid - quantizer.format.fraction_bits)
        return FixedTensor(codes.reshape(real.shape), grid)

    def every_code(self) -> CodeRange:
        """The codes of the widest of its types, on the finest of their grids; corrections stay within them."""
        grid = max(quantizer.format.fraction_bits for quantizer in self.quantizers)
        finer = [grid - quantizer.format.fraction_bits for quantizer in self.quantizers]
        low = min(quantizer.low << shift for quantizer, shift in zip(self.quantizers, finer, strict=True))
        high = max(quantizer.high << shift for quantizer, shift in zip(self.quantizers, finer, strict=True))
        return CodeRange(low, high, grid)

    def host(self, where: str, shape: tuple[int, ...]) -> HostQuantizer:
        """What the host does to an input of ``shape``.

        Raises:
            ConfigError: If there is not one type for all elements of the last axis, or one for each.
        """
        if self.scale is not None:
            if shape != (len(self.scale.factors),):
                problem = f"scales {counted(len(self.scale.factors), 'feature')}, but the input has shape {shape}"
                raise ConfigError(f"{self.origin}: {where}", problem)
            return self.scale.quantizer(self.whole)
        if len(self.quantizers) == 1:
            return self.quantizers[0]
        if not shape or len(self.quantizers) != shape[-1]:
            problem = f"describes {counted(len(self.quantizers), 'feature')}, but the input has shape {shape}"
            raise ConfigError(f"{self.origin}: {where}", problem)
        columns = np.array([[q.format.fraction_bits, q.low, q.high] for q in self.quantizers], np.int64).T
        rounding, overflow = self.quantizers[0].rounding, self.quantizers[0].overflow
        own = columns.reshape(3, *(1,) * (len(shape) - 1), shape[-1])
        return ElementQuantizer.of_columns(own, rounding, overflow is Overflow.WRAP)

    def _check_fit(self, where: str, quantizer: FixedQuantizer, values: NDArray[np.float64]) -> None:
        if quantizer.overflow is not Overflow.WRAP:
            return
        rounded = round_real(np.ldexp(values, quantizer.format.fraction_bits), quantizer.rounding)
        wrong = values[(rounded < quantizer.low) | (rounded > quantizer.high)]
        if wrong.size:
            low, high = quantizer.low * quantizer.format.lsb, quantizer.high * quantizer.format.lsb
            raise ConfigError(
                f"{self.origin}: {where}",
                f"{float(wrong[0]):g} does not fit {quantizer.format}, which holds {low:g} to {high:g}; declare more "
                "integer bits, or SAT to saturate",
            )


@dataclass(frozen=True)
class DeclaredTypes:
    """Types by name, as spelled in the model file.

    Attributes:
        inputs: Formats of network inputs.
        layers: Formats of the parts of a layer: ``kernel``, ``bias``, ``scale``, ``shift``, ``output``.
        factors: Positive numbers, one for each output channel, by which the float results of a layer are multiplied and
            the layers that read them divide again.
    """

    inputs: Mapping[str, DeclaredType] = field(default_factory=dict)
    layers: Mapping[str, Mapping[str, DeclaredType]] = field(default_factory=dict)
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def over(self, other: DeclaredTypes) -> DeclaredTypes:
        """These types, and those of ``other`` for parts that have none here."""
        names = dict.fromkeys((*other.layers, *self.layers))
        layers = {name: {**other.layers.get(name, {}), **self.layers.get(name, {})} for name in names}
        return DeclaredTypes({**other.inputs, **self.inputs}, layers, {**other.factors, **self.factors})


NO_TYPES = DeclaredTypes()
