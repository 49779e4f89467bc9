"""Places of registers for entities that take them as generics."""

import random
from collections.abc import Iterable

from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.numeric.integers import ceil_log2


def drawn(names: Iterable[str]) -> list[tuple[str, Pipelining]]:
    """A random pipelining for each name, the same in every run."""
    rng = random.Random(1)
    return [(name, Pipelining(rng.random() < 0.3, rng.choice((1, 2, 2, 3)), rng.random() < 0.7)) for name in names]


def stages(leaves: int, pipelining: Pipelining) -> int:
    """Registers on the path through a tree of sums: whole stages, and a shorter one if levels are left over."""
    closed = max(ceil_log2(leaves) - pipelining.open_levels, 0)
    whole, rest = divmod(closed, pipelining.tree_levels_per_stage)
    return whole + (rest > 0)
