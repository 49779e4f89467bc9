"""Codes to and from the bits of a port."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import Port
from bxnn.sim.beat_packing import BeatPacker, pack

_CHUNK_EVENTS = 256


class BitVectors:
    """The events of one port as strings of '0' and '1', most significant bit first, packed on demand.

    Attributes:
        port: The port; element 0 is in the least significant bits.
        codes: int64, shape (events, elements).
    """

    def __init__(self, port: Port, codes: NDArray[np.int64]) -> None:
        self.port = port
        self.codes = codes
        self._chunk = -1
        self._text = ""

    @property
    def width(self) -> int:
        """Bits of one event."""
        return self.port.elements * self.port.bits

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, event: int) -> str:
        chunk, row = divmod(event, _CHUNK_EVENTS)
        if chunk != self._chunk:
            self._text = pack(self.codes[chunk * _CHUNK_EVENTS : (chunk + 1) * _CHUNK_EVENTS], self.port.bits)
            self._chunk = chunk
        return self._text[row * self.width : (row + 1) * self.width]

    def beats(self, event: int) -> tuple[str, ...]:
        """The event as the only beat of a frame."""
        return (self[event],)


class BeatVectors:
    """The frames of one streaming port as strings of bits, packed on demand; ignored lanes have random bits.

    Attributes:
        port: The port.
        codes: int64, shape (events, elements).
    """

    def __init__(self, port: Port, codes: NDArray[np.int64]) -> None:
        self.port = port
        self.codes = codes
        self._packer = BeatPacker(port)

    @property
    def width(self) -> int:
        """Bits of one beat."""
        return self.port.width

    def __len__(self) -> int:
        return len(self.codes)

    def beats(self, event: int) -> tuple[str, ...]:
        """The beats of an event; the same each time."""
        text = self._packer.bits(self.codes[event : event + 1], np.random.default_rng(event))
        return tuple(text[start : start + self.width] for start in range(0, len(text), self.width))


def unpack(text: str, port: Port) -> list[int | str]:
    """Elements of one event, element 0 first; an element with an undefined bit remains text (``0X1U``)."""
    codes: list[int | str] = []
    for element in range(port.elements):
        end = len(text) - element * port.bits
        field = text[end - port.bits : end]
        if set(field) <= {"0", "1"}:
            code = int(field, 2)
            codes.append(code - (1 << port.bits) if port.signed and field[0] == "1" else code)
        else:
            codes.append(field)
    return codes
