"""Real values of the outputs of a network; those that leave through two ports become one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import TwoPorts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bxnn.sim.emulator import Emulator


def joined_outputs(emulator: Emulator, values: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float64]]:
    """Outputs of the model for real-valued inputs, batch axis first.

    Codes of two ports are added as integers of any size and rounded once, to the nearest float64, ties to even, as
    ``to_double`` of ap_fixed does.
    """
    reference = emulator.reference
    graph = reference.graph
    highs = {notice.place for notice in graph.notices if isinstance(notice, TwoPorts) and notice.place is not None}
    if not highs:
        return list(emulator.predict(values).values())
    codes = emulator.output_codes(reference.quantize_inputs(values))
    found = []
    for place, name in enumerate(graph.outputs):
        if place in highs:
            found.append(joined(graph, name, graph.outputs[place + 1], codes))
        elif place - 1 not in highs:
            found.append(graph.real_values(name, codes[name]))
    return found


def joined(graph: Graph, high: str, low: str, codes: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """What the codes of two ports stand for together."""
    tensors = graph.tensors()
    grids = [tensors[name].format.fraction_bits for name in (high, low)]
    whole = codes[high].astype(np.int64).astype(object) * (1 << (grids[1] - grids[0])) + codes[low].astype(np.int64)
    return np.asarray(np.ldexp(whole.astype(np.float64), -grids[1]))
