"""What the user asks of a calibration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bxnn.compiler.calibration.chosen_format import RangeChoice
from bxnn.compiler.config.design_config import Budget
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.nearest import unknown

DEFAULT_BITS = 8
LEAST_BITS, MOST_BITS = 2, 16
_SEARCHED_BITS = 5
_LIMITS = ("dsp", "lut", "latency_ns")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Request:
    """What the user asks of a calibration.

    Attributes:
        bits: Width of hidden weights and results; where a search starts, if there is one.
        input_bits: Width of inputs.
        budget: What the network may cost; ``None`` without such a search.
        loss: The largest loss of a search for the cheapest network; ``None`` without such a search.
        choice: How ranges of results are chosen.
        per_channel: Whether each output channel of a kernel has its own type.
        scaled_inputs: Whether the host may scale the features of an input before it rounds them.
    """

    bits: int = DEFAULT_BITS
    input_bits: int = DEFAULT_BITS
    budget: Budget | None = None
    loss: float | None = None
    choice: RangeChoice = field(default_factory=RangeChoice)
    per_channel: bool = True
    scaled_inputs: bool = True

    def __post_init__(self) -> None:
        for option, bits in (("bits", self.bits), ("input-bits", self.input_bits)):
            if not LEAST_BITS <= bits <= MOST_BITS:
                raise ConfigError(f"--{option} {bits}", f"is not in {LEAST_BITS}..{MOST_BITS}")
        if self.loss is not None and not 0 < self.loss < float("inf"):
            raise ConfigError(f"--loss {self.loss:g}", "is not a positive number")
        if not 0 < self.choice.percentile <= 100:
            raise ConfigError(f"--percentile {self.choice.percentile:g}", "is not a percentage of up to 100")

    @property
    def typical_bits(self) -> int:
        """Width of hidden results, or what it may come to in a search."""
        return min(self.bits, _SEARCHED_BITS) if self.searches else self.bits

    @property
    def searches(self) -> bool:
        """Whether widths are found by a search."""
        return self.budget is not None or self.loss is not None


def one_target(bits: int | None, budget: str | None, loss: float | None) -> None:
    """Refuse several of the options that say how wide the network may be.

    Raises:
        ConfigError: Naming two of them.
    """
    given = [name for name, value in (("--bits", bits), ("--budget", budget), ("--loss", loss)) if value is not None]
    if len(given) > 1:
        raise ConfigError(f"{given[0]} and {given[1]}", "exclude each other; keep one")


def read_budget(text: str) -> Budget:
    """``dsp=100,lut=20000,latency_ns=300``.

    Raises:
        ConfigError: If it is not a list of limits.
    """
    limits: dict[str, float] = {}
    for item in text.split(","):
        name, separator, number = (part.strip() for part in item.partition("="))
        if not separator or not _NUMBER.fullmatch(number):
            raise ConfigError(f"--budget {text[:60]}", "is not a list of limits such as dsp=9,lut=2000,latency_ns=300")
        if name not in _LIMITS:
            raise ConfigError(f"--budget {text[:60]}", f"limit {name!r} {unknown(name, _LIMITS)}")
        if name != "latency_ns" and "." in number:
            raise ConfigError(f"--budget {text[:60]}", f"{name} {number} is not an integer")
        if name in limits or (float(number) == 0 and name == "latency_ns"):
            problem = f"{name} is given twice; keep one" if name in limits else "latency_ns 0 is not positive"
            raise ConfigError(f"--budget {text[:60]}", problem)
        limits[name] = float(number) if name == "latency_ns" else int(number)
    return Budget.model_validate(limits)
