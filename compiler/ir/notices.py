"""What the user should know about a compilation: facts, which the report puts into words."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.ir.reasons import IgnoredReason, LeftOutReason
from bxnn.compiler.numeric.elementwise import FixedQuantizer


@dataclass(frozen=True)
class Notice:
    """A fact about one subject.

    Attributes:
        subject: The layer or the section of a configuration, as spelled by the user.
    """

    subject: str


@dataclass(frozen=True)
class LeftOut(Notice):
    """A layer is not in the firmware; the network outputs what the layer reads instead.

    Attributes:
        kind: Kind of the layer.
        reason: Why it is not needed.
    """

    kind: str
    reason: LeftOutReason


@dataclass(frozen=True)
class HostQuantizes(Notice):
    """The host applies a quantizer at an input of the network.

    Attributes:
        input_name: The input, which carries the quantizer's codes.
    """

    input_name: str


@dataclass(frozen=True)
class ElementsWithoutBits(Notice):
    """Elements of an input are always zero, as their formats have no bits.

    Attributes:
        elements: Their numbers, in the order of the port.
        total: Elements of the input.
    """

    elements: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class DeclaredResult(Notice):
    """The configuration rounds the result of a layer.

    Attributes:
        quantizer: What rounds it.
    """

    quantizer: FixedQuantizer


@dataclass(frozen=True)
class DeclaredTypesApplied(Notice):
    """A configuration declares types of constants or results, so the outputs are not exactly those of the model.

    Attributes:
        constants: Number of weights, biases, factors and shifts that have declared types.
        results: Number of layer results.
    """

    constants: int
    results: int


@dataclass(frozen=True)
class ReuseLimit(Notice):
    """A layer is too small for its reuse factor.

    Attributes:
        asked: The reuse factor in the configuration.
        used: The one that the layer has.
    """

    asked: int
    used: int


@dataclass(frozen=True)
class IntervalRaised(Notice):
    """Frames of a stream arrive less often than hls4ml would send them.

    Attributes:
        asked: Cycles of the pixels of a frame.
        used: The least that the design takes.
    """

    asked: int
    used: int


@dataclass(frozen=True)
class ClosesTypically(Notice):
    """A path fits the period with the typical delays of routes, but not with the pessimistic ones.

    Attributes:
        kind: Class of the path.
        ns: Its pessimistic delay.
        clock_mhz: The fastest clock for which that is short enough.
    """

    kind: str
    ns: float
    clock_mhz: float


@dataclass(frozen=True)
class BoundNotInForce(Notice):
    """The model file does not record whether the upper bound of a ``quantized_relu`` applies.

    Attributes:
        key: Attribute that holds the ``quantized_relu``.
        bound: The bound, as Python writes it.
    """

    key: str
    bound: str


@dataclass(frozen=True)
class IgnoredKey(Notice):
    """A key of a configuration changes neither bits nor hardware.

    Attributes:
        key: The key.
        value: Its value, as Python writes it; empty if it is an entire section.
        reason: Why it changes nothing.
    """

    key: str
    value: str
    reason: IgnoredReason


@dataclass(frozen=True)
class CloseThresholds(Notice):
    """Some exact thresholds of a quantizer are nearer to a code than the framework's float32 resolves.

    Attributes:
        close: Number of close thresholds.
        total: Number of all thresholds.
    """

    close: int
    total: int


@dataclass(frozen=True)
class UndecidedEntries(Notice):
    """The framework's float32 may round entries of a table to a different code: here, the exact value decides.

    Attributes:
        codes: Codes of the input.
        total: Entries of the table.
    """

    codes: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class LargeTable(Notice):
    """A table takes many LUTs.

    Attributes:
        entries: Number of its entries.
        few_bits: Most bits of an input for which a table takes few.
    """

    entries: int
    few_bits: int


@dataclass(frozen=True)
class TabulatedSoftmax(Notice):
    """A softmax is computed by tables, which round its parts.

    Attributes:
        error: No result is farther from the exact one, before it is rounded itself.
    """

    error: float


@dataclass(frozen=True)
class ConstantDecision(Notice):
    """All results that are possible lie on one side of a threshold.

    Attributes:
        threshold: The threshold.
    """

    threshold: float


@dataclass(frozen=True)
class TwoPorts(Notice):
    """An input or output of more bits than a port has; the lower ones have no sign.

    Attributes:
        bits: Of its codes.
        high: The port with the upper bits.
        low: That with the lower ones.
        place: Number of the upper port among the outputs, after which the lower one comes; ``None`` for an input.
    """

    bits: int
    high: str
    low: str
    place: int | None


NOTICE_TYPES: tuple[type[Notice], ...] = (
    LeftOut,
    HostQuantizes,
    ElementsWithoutBits,
    DeclaredResult,
    DeclaredTypesApplied,
    ReuseLimit,
    IntervalRaised,
    ClosesTypically,
    BoundNotInForce,
    IgnoredKey,
    CloseThresholds,
    UndecidedEntries,
    LargeTable,
    TabulatedSoftmax,
    ConstantDecision,
    TwoPorts,
)
