"""How the elements of one event travel between two layers over time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from hashlib import blake2b
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

_DIGEST_BYTES = 16
_SHARED: WeakValueDictionary[tuple[tuple[int, ...], bytes], Int] = WeakValueDictionary()  # by shape and digest


class LayoutKind(Enum):
    """How long the elements of an event are there; the values are the words of the report."""

    PARALLEL = "parallel"  # all with `valid`, held until the next event
    PULSE = "pulse"  # all in the cycle of `valid` only
    SERIAL = "serial"  # some in each phase, none of them held


@dataclass(frozen=True, eq=False)
class Layout:
    """Which element is on which lane in which phase; phase p is the p-th cycle after `valid`.

    Lane ``l`` carries ``elements[p, l]`` in phase ``p``; a parallel layout and a pulse have one phase.

    Attributes:
        kind: How long the elements are there.
        elements: int64, shape (phases, lanes): row-major element index, or -1 for an idle slot.
    """

    kind: LayoutKind
    elements: Int

    def __post_init__(self) -> None:
        """Share the elements with equal layouts: a search keeps many layouts of large tensors."""
        object.__setattr__(self, "elements", _SHARED.setdefault((self.elements.shape, self._digest), self.elements))

    @cached_property
    def _digest(self) -> bytes:
        return blake2b(self.elements.tobytes(), digest_size=_DIGEST_BYTES).digest()

    @property
    def is_parallel(self) -> bool:
        """Whether all elements are held until the next event."""
        return self.kind is LayoutKind.PARALLEL

    @property
    def is_pulse(self) -> bool:
        """Whether all elements are there in the cycle of `valid` only."""
        return self.kind is LayoutKind.PULSE

    @property
    def is_serial(self) -> bool:
        """Whether the elements arrive phase after phase."""
        return self.kind is LayoutKind.SERIAL

    @property
    def phases(self) -> int:
        """Number of cycles over which elements arrive."""
        return int(self.elements.shape[0])

    @property
    def lanes(self) -> int:
        """Number of elements per cycle."""
        return int(self.elements.shape[1])

    @property
    def size(self) -> int:
        """Number of elements in the tensor."""
        return int(self.elements.max()) + 1

    def arrival_phase(self) -> Int:
        """First phase in which each element is present; int64, shape (size,)."""
        result = np.full(self.size, -1, np.int64)
        phase, lane = np.nonzero(self.elements >= 0)
        result[self.elements[phase, lane]] = phase
        return result

    def position(self) -> tuple[Int, Int]:
        """Phase and lane of each element; two int64 arrays of shape (size,)."""
        phases, lanes = np.nonzero(self.elements >= 0)
        order = np.argsort(self.elements[phases, lanes])
        return phases[order].astype(np.int64), lanes[order].astype(np.int64)

    def channels(self, count: int) -> Int | None:
        """Channel of each lane, of ``count`` along the last axis; ``None`` if a lane carries several in turn."""
        channel = np.where(self.elements >= 0, self.elements % count, -1)
        highest = channel.max(axis=0)
        return np.maximum(highest, 0) if bool(((channel == highest) | (channel < 0)).all()) else None

    @classmethod
    def parallel(cls, size: int) -> Layout:
        """All elements at once, held."""
        return cls(LayoutKind.PARALLEL, np.arange(size, dtype=np.int64).reshape(1, size))

    @classmethod
    def pulse(cls, size: int) -> Layout:
        """All elements at once, for a single cycle."""
        return cls(LayoutKind.PULSE, np.arange(size, dtype=np.int64).reshape(1, size))

    def after_register(self) -> Layout:
        """The elements after a register that `valid` loads, which makes a pulse parallel."""
        return Layout(LayoutKind.PARALLEL, self.elements) if self.is_pulse else self

    def holding(self, size: int) -> Layout:
        """A parallel or pulse layout like this one for a tensor of another size."""
        return Layout(self.kind, np.arange(size, dtype=np.int64).reshape(1, size))

    @classmethod
    def serial(cls, size: int, phases: int) -> Layout:
        """Elements in order, phase after phase, over the fewest lanes that suffice for ``phases`` cycles.

        Element ``e`` is on lane ``e % lanes`` in phase ``e // lanes``.
        """
        lanes = ceil_div(size, phases)
        used = ceil_div(size, lanes)
        elements = np.full(used * lanes, -1, np.int64)
        elements[:size] = np.arange(size)
        return cls(LayoutKind.SERIAL, elements.reshape(used, lanes))

    @classmethod
    def serial_in_order(cls, order: Int, phases: int) -> Layout:
        """Elements in the given order, lane after lane: lane ``l`` carries ``order[l * phases + p]`` in phase ``p``."""
        lanes = ceil_div(order.size, phases)
        used = ceil_div(order.size, lanes)
        elements = np.full(lanes * used, -1, np.int64)
        elements[: order.size] = order
        return cls(LayoutKind.SERIAL, np.ascontiguousarray(elements.reshape(lanes, used).T))

    def reading(self, read: NDArray[np.bool_]) -> Layout:
        """The slots and lanes of the elements that are read; ``read`` is bool, shape (size,), not all False.

        The others are idle slots; a lane that has no other is left out.
        """
        elements = np.where((self.elements >= 0) & read[np.maximum(self.elements, 0)], self.elements, -1)
        return Layout(self.kind, np.ascontiguousarray(elements[:, (elements >= 0).any(axis=0)]))

    @cached_property
    def key(self) -> tuple[LayoutKind, tuple[int, ...], bytes]:
        """Equal for equivalent layouts: a digest stands for the elements, of which a search keeps many in tables."""
        return self.kind, self.elements.shape, self._digest

    @property
    def collection_order(self) -> Int | None:
        """The position ``phase * lanes + lane`` of each element; ``None`` if it equals the element's own number."""
        phase, lane = self.position()
        place = phase * self.lanes + lane
        return None if bool((place == np.arange(place.size)).all()) else place

    def __str__(self) -> str:
        return f"{self.kind.value} {self.phases}x{self.lanes}" if self.is_serial else self.kind.value
