"""Bounded access to the bytes of an HDF5 file."""

from __future__ import annotations

from bxnn.compiler import limits

UNDEFINED = 0xFFFF_FFFF_FFFF_FFFF


class Hdf5Error(Exception):
    """The bytes are not an HDF5 file that this reader understands; the text says why."""


class Bytes:
    """A byte string that checks and counts every access, so that no file can crash or hang the reader.

    Attributes:
        data: The file.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._reads = 0
        self._allowance = limits.HDF5_COPIES * len(data) + limits.HDF5_SMALL_BYTES

    def take(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset``.

        Raises:
            Hdf5Error: If they are not all in the file, or if far more is read than the file contains.
        """
        self.check(offset, size)
        self._allowance -= size
        if self._allowance < 0:
            raise Hdf5Error("its parts overlap; it is damaged")
        return self.data[offset : offset + size]

    def check(self, offset: int, size: int) -> None:
        """Count an access to ``size`` bytes from ``offset``.

        Raises:
            Hdf5Error: If they are not all in the file, or if the file has been accessed absurdly often.
        """
        self._reads += 1
        if self._reads > limits.HDF5_READS:
            raise Hdf5Error("its structure is too large or refers to itself")
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise Hdf5Error(f"it refers to byte {offset + size} but has {len(self.data)}; it is truncated or damaged")

    def uint(self, offset: int, size: int) -> int:
        """A little-endian unsigned integer."""
        return int.from_bytes(self.take(offset, size), "little")

    def expect(self, offset: int, signature: bytes) -> None:
        """Check a signature.

        Raises:
            Hdf5Error: If there are other bytes.
        """
        if self.take(offset, len(signature)) != signature:
            raise Hdf5Error(f"byte {offset} should start a {signature.decode()} block; it is damaged")

    def name(self, offset: int, end: int) -> str:
        """A zero-terminated UTF-8 string that ends before ``end``."""
        self.check(offset, end - offset)
        stop = self.data.find(b"\0", offset, end)
        if stop < 0:
            raise Hdf5Error("a name has no end; it is damaged")
        return decoded(self.data[offset:stop])


def decoded(text: bytes) -> str:
    """Bytes as UTF-8 text.

    Raises:
        Hdf5Error: If they are something else.
    """
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Hdf5Error("a text in it is not UTF-8") from error
