"""Keys of design.yaml that exclude each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.plural import counted

if TYPE_CHECKING:
    from bxnn.compiler.config.design_config import DesignConfig


def check_conflicts(config: DesignConfig, subject: str) -> None:
    """Refuse keys that are right alone but not together.

    Args:
        config: The configuration.
        subject: Name of the file.

    Raises:
        ConfigError: If the core has no time for all channels, the tag cannot tell them apart, an ensemble would be
            loaded, or there are two resets.
    """
    channels, interval, tag_bits = config.channels, config.initiation_interval, config.tag_bits
    if channels > interval:
        cores = ceil_div(channels, interval)
        problem = f"{channels} channels with an event every {counted(interval, 'cycle')} need {cores} cores"
        way = f"write channels: {ceil_div(channels, cores)} for each of them"
        raise ConfigError(f"{subject}: channels", f"{problem}; {way}")
    needed = ceil_log2(channels)
    if 0 < tag_bits < needed:
        problem = f"{counted(tag_bits, 'bit')} cannot tell {channels} channels apart; write {needed} or more"
        raise ConfigError(f"{subject}: tag_bits", problem)
    if config.ensemble is not None and config.weights is not None:
        problem = "excludes weights: the members of an ensemble are constants; remove one of the two"
        raise ConfigError(f"{subject}: ensemble", problem)
    asked = None if config.ensemble is None else config.ensemble.cores
    if asked is not None and config.members % asked:
        possible = ", ".join(str(count) for count in range(1, config.members + 1) if config.members % count == 0)
        problem = f"{asked} cores cannot take {config.members} members in equal turns; write one of {possible}"
        raise ConfigError(f"{subject}: ensemble: cores", problem)
    if config.turns > config.core_interval:
        on = "one core" if asked == 1 else "each core"
        problem = f"{config.turns} members take turns on {on}, but an event comes every"
        problem = f"{problem} {counted(config.core_interval, 'cycle')}"
        way = f"write initiation_interval: {config.turns * channels} or more, or remove cores"
        raise ConfigError(f"{subject}: ensemble", f"{problem}; {way}")
    if config.axi_stream is not None and "reset" in config.model_fields_set:
        problem = "is aresetn of axi_stream, synchronous and active low; remove one of the keys"
        raise ConfigError(f"{subject}: reset", problem)


def check_sets(config: DesignConfig) -> None:
    """Refuse what a network with a set of weights per channel cannot have.

    Raises:
        ConfigError: Naming the key.
    """
    if config.weights is not None:
        problem = "is for one set of weights at a time, but every channel has its own: remove it, or name one model"
        raise ConfigError("design.yaml: weights", problem)
    if config.timing.input_register is False:
        problem = "is false, but the tag chooses weights a cycle before they are used: remove it, or name one model"
        raise ConfigError("design.yaml: timing: input_register", problem)


def check_streaming(config: DesignConfig, sets: int = 1) -> None:
    """Refuse what a streaming network cannot have.

    Args:
        config: The configuration.
        sets: Sets of weights.

    Raises:
        ConfigError: Naming the key.
    """
    if config.turns > 1:
        problem = "lets members take turns, but this network streams an image: remove it, or write form: frame_parallel"
        raise ConfigError("design.yaml: ensemble: cores", problem)
    if config.timing.held_input:
        raise ConfigError(
            "design.yaml: timing: held_input", "is for one event at a time; a streaming network takes beats: remove it"
        )
    if sets > 1:
        problem = "have a set of weights each, but this network streams an image: name one model"
        raise ConfigError("design.yaml: channels", f"{problem}, or write form: frame_parallel")
    if config.weights is not None:
        problem = "is for networks that take an event at once, but this one streams an image: remove it"
        raise ConfigError("design.yaml: weights", f"{problem}, or write form: frame_parallel")
    if config.axi_stream is not None:
        problem = "is for events that arrive whole, but this network streams an image: remove it"
        raise ConfigError("design.yaml: axi_stream", problem)
