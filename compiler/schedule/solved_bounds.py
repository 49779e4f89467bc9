"""The LUTs that adder graphs need at least, once they are solved and before any of them is placed in stages.

The bound is admissible: registers and shift registers only add to the adders of a graph, and of a layer that may take
DSPs nothing more is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.schedule.layer_implementations import LayerImplementations


def adders_fit(options: Mapping[str, LayerImplementations], most_lut: int) -> bool:
    """Whether all layers may fit in a number of LUTs.

    The layers with the largest graphs are solved first, and no more than it takes to know.

    Args:
        options: The implementations of each hardware layer.
        most_lut: The limit.
    """
    needed = sum(own.least.lut for own in options.values())
    graphs = [(own.lut, own.least.lut) for own in options.values() if own.lut is not None and own.dsp is None]
    for adders, least in sorted(graphs, key=lambda found: found[0].digits, reverse=True):
        if needed > most_lut:
            return False
        needed += max(adders.solved_lut - least, 0)
    return needed <= most_lut
