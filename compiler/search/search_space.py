"""The space of search.yaml as parameters with a list of values each, some of which depend on the depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.space_config import SpaceConfig

DEPTH = "depth"
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One choice.

    Attributes:
        name: Unique in the space.
        values: In ascending order if they are numbers.
        layer: Which hidden layer it belongs to, from 1, so that it exists from that depth on; 0 if it always exists.
    """

    name: str
    values: tuple[Any, ...]
    layer: int = 0

    @property
    def ordered(self) -> bool:
        """Whether values are numbers."""
        return not isinstance(self.values[0], str)


@dataclass(frozen=True)
class SearchSpace:
    """All networks of a space.

    Attributes:
        config: `space:` of search.yaml.
    """

    config: SpaceConfig

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The depth first, then what may depend on it."""
        own = self.config
        layers = range(1, max(own.depth) + 1)
        found = [Parameter(DEPTH, own.depth)]
        found += [Parameter(f"width_{layer}", own.widths, layer) for layer in layers]
        if own.family == "cnn":
            found += [Parameter(f"kernel_size_{layer}", own.kernel_sizes, layer) for layer in layers]
        found += [Parameter(f"bits_{layer}", own.bits, layer) for layer in layers]
        found += [
            Parameter("bits_out", own.bits),
            Parameter("input_bits", own.input_bits),
            Parameter("activation", own.activation),
            Parameter("pruning", own.pruning),
            Parameter("strategy", own.strategy),
        ]
        return tuple(Parameter(each.name, _ascending(each.values), each.layer) for each in found)

    def candidate(self, values: Values) -> Candidate:
        """The network of a value for every parameter that exists."""
        layers = range(1, int(values[DEPTH]) + 1)
        bits = [values[f"bits_{layer}"] for layer in layers] + [values["bits_out"]]
        return Candidate(
            family=self.config.family,
            widths=tuple(int(values[f"width_{layer}"]) for layer in layers),
            kernel_sizes=tuple(int(values[f"kernel_size_{layer}"]) for layer in layers if self.config.family == "cnn"),
            bits=tuple(map(int, bits)),
            input_bits=int(values["input_bits"]),
            activation=values["activation"],
            pruning=float(values["pruning"]),
            strategy=values["strategy"],
        )

    def values(self, candidate: Candidate) -> dict[str, Any]:
        """A value for every parameter that a network has: what ``candidate`` makes it of."""
        found: dict[str, Any] = {DEPTH: len(candidate.widths)}
        for layer, width in enumerate(candidate.widths, 1):
            found[f"width_{layer}"], found[f"bits_{layer}"] = width, candidate.bits[layer - 1]
        for layer, size in enumerate(candidate.kernel_sizes, 1):
            found[f"kernel_size_{layer}"] = size
        found["bits_out"] = candidate.bits[-1]
        for name in ("input_bits", "activation", "pruning", "strategy"):
            found[name] = getattr(candidate, name)
        return found

    def neighbour(self, candidate: Candidate, generator: np.random.Generator) -> Candidate:
        """A network that differs in one parameter, with layers drawn if it is deeper; the same if there is no other."""
        values = {**self.values(self.drawn(generator, max(self.config.depth))), **self.values(candidate)}
        own = [each for each in self.parameters if len(each.values) > 1 and each.layer <= len(candidate.widths)]
        if not own:
            return candidate
        one = own[int(generator.integers(len(own)))]
        others = [value for value in one.values if value != values[one.name]]
        return self.candidate({**values, one.name: others[int(generator.integers(len(others)))]})

    def drawn(self, generator: np.random.Generator, depth: int | None = None) -> Candidate:
        """A network at random: every value of a parameter is equally likely; of any depth, or the one given."""
        values = {each.name: each.values[int(generator.integers(len(each.values)))] for each in self.parameters}
        return self.candidate(values if depth is None else {**values, DEPTH: depth})

    def every(self) -> Iterator[Candidate]:
        """All networks of the space, the shallow and narrow ones first."""
        for depth in _ascending(self.config.depth):
            own = [each for each in self.parameters if each.name != DEPTH and each.layer <= depth]
            for chosen in product(*(each.values for each in own)):
                yield self.candidate({DEPTH: depth, **dict(zip((each.name for each in own), chosen, strict=True))})

    def smallest(self) -> tuple[Candidate, ...]:
        """The narrowest networks with the most zeros, one for every strategy and activation: none can be cheaper."""
        least = {each.name: each.values[-1] if each.name == "pruning" else each.values[0] for each in self.parameters}
        choices = product(_ascending(self.config.strategy), _ascending(self.config.activation))
        return tuple(self.candidate({**least, "strategy": one, "activation": other}) for one, other in choices)


def _ascending(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Different values: numbers in ascending order, words as written."""
    different = tuple(dict.fromkeys(values))
    return different if isinstance(different[0], str) else tuple(sorted(different))
