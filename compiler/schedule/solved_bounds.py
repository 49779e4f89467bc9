"""The LUTs that adder graphs need at least, before any of them is placed in stages.

The bound is admissible once the graphs are solved: registers and shift registers only add to the adders of a graph, and
of a layer that may take DSPs nothing more is known. What is far beyond a limit by a quick estimate is not solved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bxnn.compiler.schedule.layer_implementations import LayerImplementations
from bxnn.compiler.schedule.lut.lut_implementations import LutImplementations

_HARDLY = 0.5  # of the limit, in full adders by digits: what has fewer is not estimated


def adders_fit(options: Mapping[str, LayerImplementations], most_lut: int) -> bool:
    """Whether all layers may fit in a number of LUTs.

    The layers with the largest graphs are solved first, and no more than it takes to know.

    Args:
        options: The implementations of each hardware layer.
        most_lut: The limit.
    """
    needed = sum(own.least.lut for own in options.values())
    pure = [(own.lut, own.least.lut) for own in options.values() if own.lut is not None and own.dsp is None]
    graphs = sorted(pure, key=lambda found: found[0].digits, reverse=True)
    large = sum(adders.digit_bits for adders, _ in graphs) > _HARDLY * most_lut
    if large and not _fit(graphs, needed, most_lut, lambda adders: adders.estimated_lut(most_lut)):
        return False
    return _fit(graphs, needed, most_lut, lambda adders: adders.solved_lut)


def _fit(
    graphs: Sequence[tuple[LutImplementations, int]],
    needed: int,
    most_lut: int,
    lut_of: Callable[[LutImplementations], int],
) -> bool:
    """Whether the layers fit, each with its bound or what is found beyond it."""
    for adders, least in graphs:
        if needed > most_lut:
            return False
        needed += max(lut_of(adders) - least, 0)
    return needed <= most_lut
