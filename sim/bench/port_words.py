"""Codes of a port as 32-bit words, least significant first: how compiled simulations see wide ports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.numeric.integers import ceil_div

WORD_BITS = 32
_CODE_BITS = 64

Words = NDArray[np.uint32]


def words_of(port: Port) -> int:
    """Words of the data port in one cycle."""
    return ceil_div(port.width, WORD_BITS)


def to_words(port: Port, codes: NDArray[np.int64]) -> Words:
    """The data port in every beat.

    Args:
        port: An input.
        codes: Shape (events, elements).

    Returns:
        Shape (events, beats, words); bits above the width of the port are zero.
    """
    flat = codes.reshape(len(codes), -1)
    if port.beats:
        order = np.array(port.beats, np.int64)
        lanes = np.where(order >= 0, flat[:, np.maximum(order, 0)], 0)
    else:
        lanes = flat[:, None, :]
    return _packed(lanes, port.bits)


def from_words(port: Port, words: Words) -> NDArray[np.int64]:
    """Codes of a frame-parallel output; inverse of ``to_words``.

    Args:
        port: The output.
        words: Shape (events, words).

    Returns:
        Shape (events, elements).
    """
    octets = np.ascontiguousarray(words).view(np.uint8)
    bits = np.unpackbits(octets, axis=-1, count=port.elements * port.bits, bitorder="little")
    single = np.zeros((len(words), port.elements, _CODE_BITS), np.uint8)
    single[..., : port.bits] = bits.reshape(len(words), port.elements, port.bits)
    codes = np.packbits(single, axis=-1, bitorder="little").view("<i8")[..., 0]
    above = _CODE_BITS - port.bits
    return (codes << above) >> above if port.signed else codes.astype(np.int64, copy=False)


def _packed(lanes: NDArray[np.int64], bits: int) -> Words:
    """Lane 0 lowest; two's complement of ``bits`` bits each."""
    events, beats, count = lanes.shape
    octets = np.ascontiguousarray(lanes, "<i8").view(np.uint8).reshape(events, beats, count, -1)
    single = np.unpackbits(octets, axis=-1, count=bits, bitorder="little").reshape(events, beats, count * bits)
    padding = -single.shape[-1] % WORD_BITS
    padded = np.concatenate([single, np.zeros((events, beats, padding), np.uint8)], axis=-1)
    return np.packbits(padded, axis=-1, bitorder="little").view("<u4")
