"""Configurations given in Python: a file or a mapping, with number formats given beside it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from bxnn.compiler.config.design_config import (
    DEFAULT_INITIATION_INTERVAL,
    SUBJECT,
    DesignConfig,
    check_config,
    load_config,
)
from bxnn.compiler.errors import ConfigError


def given_config(config: str | PathLike[str] | Mapping[str, Any] | None, formats: Path | None = None) -> DesignConfig:
    """The configuration, with the number formats of a file, if one is given.

    Args:
        config: design.yaml, or its contents; without ``initiation_interval``, an event every bunch crossing.
        formats: formats.yaml.

    Raises:
        ConfigError: If something in it is wrong, or it names another file with number formats.
    """
    if isinstance(config, Mapping):
        found = check_config({"initiation_interval": DEFAULT_INITIATION_INTERVAL, **config}, "config")
    else:
        found = load_config(None if config is None else Path(config))
    if formats is None:
        return found
    if found.formats is not None:
        raise ConfigError(f"{SUBJECT}: formats", "is given beside the argument formats; keep one of the two")
    changed = found.model_copy(update={"formats": str(formats)})
    changed.declared_types()
    return changed
