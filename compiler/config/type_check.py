"""All types in design.yaml that are wrong, at once."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from bxnn.compiler.config.written_types import read_quantizer
from bxnn.compiler.errors import ConfigError, InputError, raise_all
from bxnn.compiler.numeric.declared_types import DESIGN

TYPED_PARTS = ("kernel", "bias", "scale", "shift", "output")  # of a layer


def check_types(inputs: Mapping[str, str], layers: Mapping[str, BaseModel]) -> None:
    """Read every declared type.

    Args:
        inputs: Types of inputs by name.
        layers: Choices by layer, whose ``TYPED_PARTS`` are types or ``None``.

    Raises:
        ConfigError: With all that are wrong.
    """
    texts = {f"{DESIGN}: inputs: {name}": text for name, text in inputs.items()}
    for name, choice in layers.items():
        parts = {part: getattr(choice, part) for part in TYPED_PARTS}
        texts |= {f"{DESIGN}: layers: {name}: {part}": text for part, text in parts.items() if text is not None}
    wrong: list[InputError] = []
    for where, text in texts.items():
        try:
            read_quantizer(where, text)
        except ConfigError as error:
            wrong.append(error)
    raise_all(wrong)
