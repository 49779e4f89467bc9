"""Random damage to the bytes of a file."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence

_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)

Mutation = Callable[[random.Random, bytes], bytes]


def damaged(drawn: random.Random, data: bytes, tokens: Sequence[bytes] = ()) -> bytes:
    """The bytes after one to four edits.

    Args:
        drawn: Determines the edits.
        data: A good file.
        tokens: Strings with a meaning in files of this kind, e.g. ``&anchor`` in YAML.
    """
    for _ in range(drawn.randint(1, 4)):
        data = _edited(drawn, data, tokens)
    return data


def rezipped(drawn: random.Random, data: bytes, change: Mutation) -> bytes:
    """A zip with one of its members changed, lost, duplicated or renamed, with any method of compression."""
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as good, zipfile.ZipFile(stored, "w") as bad:
        names = good.namelist()
        chosen, fate = drawn.choice(names), drawn.randrange(8)
        for name in names:
            content = good.read(name)
            if name == chosen and fate == 0:
                continue
            if name == chosen and fate > 1:
                content = change(drawn, content)
            spelled = f"{name}{drawn.randrange(9)}" if name == chosen and fate == 1 else name
            bad.writestr(spelled, content, drawn.choice(_METHODS))
    return stored.getvalue() if drawn.random() < 0.5 else damaged(drawn, stored.getvalue())


def _edited(drawn: random.Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    start = drawn.randrange(len(data) + 1)
    end = min(len(data), start + (1 << drawn.randrange(10)))
    kind = drawn.randrange(8 if tokens else 6)
    if kind == 0:
        return data[:start] + drawn.randbytes(1) + data[start + 1 :]
    if kind == 1:
        width = drawn.choice((1, 2, 4, 8))
        number = drawn.choice(_NUMBERS) & ((1 << 8 * width) - 1)
        return data[:start] + number.to_bytes(width, "little") + data[start + width :]
    if kind == 2:
        return data[:start] + data[end:]
    if kind == 3:
        return data[:end] + data[start:]
    if kind == 4:
        return data[:start]
    if kind == 5:
        place = drawn.randrange(len(data) + 1)
        return data[:place] + data[start:end] + data[place + end - start :]
    token = drawn.choice(tokens)
    return data[:start] + token + data[start if kind == 6 else end :]
