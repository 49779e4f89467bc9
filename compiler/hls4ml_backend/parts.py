"""hls4ml's Part and Board as a board of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.boards.board import board_names, load_board
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.notices import IgnoredKey
from bxnn.compiler.ir.reasons import IgnoredReason


def board_keys(options: Mapping[str, Any]) -> dict[str, str]:
    """What design.yaml says for a part or board: ``board``, and ``part`` if it is another part of the board's device.

    A part of a device on no board gives nothing, and `ignored_part` a notice.

    Raises:
        ConfigError: If there is no such board, or it has another part.
    """
    part, name = options.get("Part"), options.get("Board")
    if name is not None:
        found = load_board(str(name))
        if part not in (None, found.part):
            raise ConfigError("Part", f"{part!r} is not the part of board {name!r}, which is {found.part!r}; keep one")
        return {"board": found.name}
    boards = [load_board(board) for board in board_names()]
    for board in boards:
        if part == board.part:
            return {"board": board.name}
    for board in boards:
        try:
            return {"board": board.name, "part": board.with_part(str(part)).part}
        except ConfigError:  # of another device, or of a speed grade without known limits
            continue
    return {}


def ignored_part(options: Mapping[str, Any]) -> tuple[IgnoredKey, ...]:
    """That a part is on no board, if it is not."""
    part = options.get("Part")
    if part is None or board_keys(options):
        return ()
    return (IgnoredKey("hls4ml", "Part", repr(str(part)[:80]), IgnoredReason.PART_ON_NO_BOARD),)
