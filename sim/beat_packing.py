"""Conversion between frames of the streaming form and beats.

Beat ``k`` of a frame carries one element per lane, ``Port.beats[k]``, lane 0 in the least significant bits of the
data port. For an image of height x width x channels with ``pixels_per_cycle`` pixels per beat, the compiler places
pixel ``x`` of row ``y`` in beat ``y * ceil(width / pixels_per_cycle) + x // pixels_per_cycle`` on lanes
``(x % pixels_per_cycle) * channels`` and up, channel 0 first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.plural import counted

Codes = NDArray[np.int64]


class BeatPacker:
    """Packs events of one streaming input into beats, and unpacks them.

    Attributes:
        port: The input.
        shape: Shape of one event, row-major.
    """

    def __init__(self, port: Port, shape: Sequence[int] = ()) -> None:
        """A packer for ``port``.

        Args:
            port: A streaming input.
            shape: Shape of one event; flat by default.

        Raises:
            DataError: If the port is frame-parallel.
        """
        if not port.beats:
            raise DataError(port.name, "is frame-parallel; all its elements arrive in one cycle, not in beats")
        self.port = port
        self.shape = tuple(shape) or (port.elements,)
        self._order = np.array(port.beats, np.int64)

    @property
    def beats(self) -> int:
        """Beats in a frame."""
        return len(self._order)

    @property
    def width(self) -> int:
        """Bits in a beat: those of the data port."""
        return self.port.width

    def pack(self, codes: NDArray[np.integer]) -> list[list[int]]:
        """The beats of each event as unsigned integers; ignored lanes are zero.

        Args:
            codes: Shape (events, *shape) or (events, elements).

        Raises:
            DataError: If the codes do not fit the port.
        """
        text = self.bits(checked_codes(self.port, codes))
        beats = [int(text[start : start + self.width], 2) for start in range(0, len(text), self.width)]
        return [beats[start : start + self.beats] for start in range(0, len(beats), self.beats)]

    def unpack(self, beats: Sequence[int], first: Sequence[bool] | None = None) -> Codes:
        """The codes of whole frames, int64, shape (events, *shape); ignored lanes may have any value.

        Args:
            beats: Values of the data port in the cycles in which valid is high.
            first: Which of them are marked as the first beat of a frame; by default the first of each frame.

        Raises:
            DataError: If the beats are not whole frames, or are wider than the port.
        """
        self._check_frames(len(beats), first)
        wide = next((k for k, beat in enumerate(beats) if not 0 <= beat < 1 << self.width), None)
        if wide is not None:
            raise DataError(
                self.port.name, f"beat {wide} is {beats[wide]}, but {self.port.data} has {counted(self.width, 'bit')}"
            )
        text = "".join(f"{beat:0{self.width}b}" for beat in beats)
        bits = (np.frombuffer(text.encode("ascii"), np.uint8) - ord("0")).astype(np.int64)
        fields = bits.reshape(-1, self.beats, self._order.shape[1], self.port.bits)[:, :, ::-1]  # lane 0 comes first
        weights = np.int64(1) << np.arange(self.port.bits - 1, -1, -1, dtype=np.int64)
        if self.port.signed:
            weights[0] = -weights[0]
        codes = np.zeros((len(fields), self.port.elements), np.int64)
        used = self._order >= 0
        codes[:, self._order[used]] = (fields @ weights)[:, used]
        return codes.reshape(-1, *self.shape)

    def bits(self, codes: Codes, filler: np.random.Generator | None = None) -> str:
        """Bits of events of shape (events, elements), beat after beat, the most significant bit first in each.

        Args:
            codes: Codes that fit the port.
            filler: Makes the bits of ignored lanes; they are zero without it.
        """
        lanes = codes[:, self._order]
        ignored = self._order < 0
        lanes[:, ignored] = 0
        if filler is not None:
            lanes[:, ignored] = filler.integers(0, 1 << min(self.port.bits, 62), lanes[:, ignored].shape)
        return pack(lanes.reshape(-1, self._order.shape[1]), self.port.bits)

    def _check_frames(self, beats: int, first: Sequence[bool] | None) -> None:
        name, whole = self.port.name, self.beats
        marks = list(range(0, beats, whole)) if first is None else [k for k, mark in enumerate(first) if mark]
        if first is not None and len(first) != beats:
            raise DataError(
                name,
                f"has {counted(len(first), 'mark')} of first beats for {counted(beats, 'beat')}; give one for each",
            )
        if beats and (not marks or marks[0] != 0):
            early = counted(marks[0] if marks else beats, "beat")
            raise DataError(name, f"has {early} before the first mark; give frames")
        for frame, (start, end) in enumerate(zip(marks, [*marks[1:], beats], strict=True)):
            if end - start != whole:
                raise DataError(
                    name,
                    f"frame {frame} has {counted(end - start, 'beat')} (from beat {start} on), but a frame of shape"
                    f" {' x '.join(map(str, self.shape))} has {whole}; send every frame whole, or leave it out",
                )


def pack(codes: Codes, bits: int) -> str:
    """Bits of codes of shape (events, elements), event after event, the highest element first in each."""
    text = np.empty((*codes.shape, bits), np.uint8)
    highest_first = codes[:, ::-1]
    for bit in range(bits):
        text[:, :, bits - 1 - bit] = ord("0") + ((highest_first >> bit) & 1)
    return text.tobytes().decode("ascii")


def checked_codes(port: Port, codes: NDArray[np.integer]) -> Codes:
    """Codes as int64 of shape (events, elements).

    Raises:
        DataError: If their shape or a value does not fit the port.
    """
    flat = np.asarray(codes, np.int64).reshape(len(codes), -1)
    if flat.size and flat.shape[1] != port.elements:
        raise DataError(port.name, f"has {counted(port.elements, 'element')}, but the vectors have {flat.shape[1]}")
    flat = flat.reshape(-1, port.elements)
    low, high = (-(1 << (port.bits - 1)), (1 << (port.bits - 1)) - 1) if port.signed else (0, (1 << port.bits) - 1)
    if flat.size and (int(flat.min()) < low or int(flat.max()) > high):
        reached = f"{flat.min()} to {flat.max()}"
        raise DataError(port.name, f"takes codes from {low} to {high}, but the vectors reach {reached}")
    return flat
