"""Names of boards that trigger groups look for, and the device that each of them carries."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bxnn.compiler.config.messages import all_problems
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.nearest import nearest
from bxnn.compiler.sourced import Origin

_FILE = Path(__file__).resolve().parent / "carriers" / "carriers.yaml"
_LIKE = 0.6  # likeness from which a name may be meant
_SPELLED = {"globalcommonmodule": "gcm", "pynqz2": "pynq_z2"}  # other spellings


class Carrier(BaseModel):
    """A board by its own name.

    Attributes:
        board: Name of the device's file in boards/.
        source: Where it says so.
        mark: How reliable that is.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, strict=True)

    board: str = Field(description="the name of a board")
    source: str = Field(min_length=1, description="a text")
    mark: str = Field(default="read", pattern="^(read|memory)$", description="read or memory")

    @property
    def origin(self) -> Origin:
        """Where it says so, like the origin of a number."""
        return Origin.model_validate({"source": self.source, "mark": self.mark})


@cache
def carriers() -> dict[str, Carrier]:
    """All of them by name.

    Raises:
        ConfigError: If the file is wrong.
    """
    found = {}
    for name, raw in read_mapping(_FILE, "boards/carriers/carriers.yaml").items():
        try:
            found[str(name)] = Carrier.model_validate(raw)
        except ValidationError as error:
            raise all_problems(f"boards/carriers/carriers.yaml: {name}", Carrier, error) from error
    return found


def plain(name: str) -> str:
    """A name without case, blanks and punctuation: ``Pynq-Z2`` is ``pynqz2``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def spelled(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that is meant: however spelled, and devices without their ``xc``; ``None`` if there is none."""
    by_plain = {plain(each): each for each in known} | {plain(each).removeprefix("xc"): each for each in known}
    return by_plain.get(plain(name)) or _SPELLED.get(plain(name))


def resembles(name: str, known: tuple[str, ...]) -> bool:
    """Whether a name is so like a known one that it may be meant."""
    return nearest(plain(name), map(plain, known), _LIKE) is not None


def several(name: str) -> tuple[str, ...]:
    """The carriers of a family of boards, such as ``felix``, that come with different devices."""
    return tuple(each for each in carriers() if plain(name) and each.startswith(f"{plain(name)}_"))
