"""The part of the layer contract that concerns float models: real numbers, and types declared for constants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.source import Parameter, Reals
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.reloadable_tensor import CodeRange
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor

_UNIT = FixedFormat(True, 8, 0)  # of a code that is the number itself


class Reads(Enum):
    """What a layer expects of the numbers that it reads, if it is to cost little."""

    ANY = "any"  # it costs no more than their width
    FEW_BITS = "few bits"  # they are multiplied
    ADDRESS = "address"  # they address a table


class RealLayer(ABC):
    """A layer before its numbers are codes.

    Attributes:
        selects: Whether every result is one of the numbers that it reads, or zero.
        moves: Whether it is so by its place alone, whatever the numbers are.
        exact: Whether the result of any number is a binary fraction; if not, a type must be declared for it.
        reads: What it expects of the numbers that it reads.
        name: Name in the graph.
    """

    selects: ClassVar[bool] = False
    moves: ClassVar[bool] = False
    exact: ClassVar[bool] = True
    reads: ClassVar[Reads] = Reads.ANY

    name: str

    @abstractmethod
    def describe(self) -> str:
        """Kind and name for error messages."""

    @abstractmethod
    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        """Format and proven range of the output."""

    @abstractmethod
    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        """The definition of the layer on codes."""

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        """The layer on real numbers in float64, as the float model computes it; shape (events, ...).

        By default, what ``evaluate`` gives for codes that are the numbers themselves.
        """
        sources = [Tensor.of_format(value.shape[1:], _UNIT) for value in values]
        return np.asarray(self.evaluate(values, sources) * self.infer(sources).format.lsb, np.float64)

    def constants(self) -> Mapping[str, Parameter | FixedTensor]:
        """Trained constants by part: ``kernel``, ``bias``, ``scale``, ``shift``."""
        return {}

    def channels(self) -> int:
        """Output channels, of which each may have its own type."""
        return 1

    def factors(self, value: Reals) -> Reals | None:
        """What the weights of an output channel multiply, shape (groups, sums, weights).

        The output channels belong to the groups in order. ``None`` for a layer without such weights.
        """
        return None

    def with_constants(self, constants: Mapping[str, Parameter | FixedTensor]) -> Self:
        """The layer with other constants, by part."""
        return self

    @property
    def sets(self) -> int:
        """Sets of constants of which channels choose one; 1 if all channels share them."""
        return max((len(part.sets) for part in self.constants().values() if isinstance(part, SetsTensor)), default=1)

    def of_set(self, number: int) -> Self:
        """The layer with a set of constants in use."""
        own = self.constants()
        chosen = {part: value.of_set(number) for part, value in own.items() if isinstance(value, SetsTensor)}
        return self.with_constants({**own, **chosen}) if chosen else self

    def with_types(self, types: Mapping[str, DeclaredType]) -> Self:
        """The layer with declared types for some of its constants.

        Raises:
            ConfigError: Naming a part that the layer does not have.
        """
        own = self.constants()
        changed: dict[str, Parameter | FixedTensor] = {}
        for part, declared in types.items():
            where = f"layers: {self.name}: {part}"
            if part == "bias" and "kernel" in own and part not in own:
                own = {**own, part: FixedTensor(np.zeros(self.channels(), np.int64), 0)}
            if part not in own:
                raise ConfigError(f"{declared.origin}: {where}", f"{self.describe()} has no {part}; remove it")
            changed[part] = Parameter(own[part].values, Declared(where, declared, self.channels()))
        return self.with_constants(changed)


class Declared:
    """The declared type of a constant, as its quantizer.

    Attributes:
        where: The part, for errors.
        declared: Its type.
        channels: Number of output channels.
    """

    def __init__(self, where: str, declared: DeclaredType, channels: int) -> None:
        self.where, self.declared, self.channels = where, declared, channels

    def quantize(self, values: Reals) -> FixedTensor:
        return self.declared.constant(self.where, values, self.channels)

    def every_code(self) -> CodeRange:
        return self.declared.every_code()

    def __str__(self) -> str:
        return f"declared in {self.declared.origin}"


def real_values(constant: Parameter | FixedTensor) -> NDArray[np.float64]:
    """What the framework multiplies with."""
    return constant.real if isinstance(constant, Parameter) else constant.values
