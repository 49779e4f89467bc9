"""Arrays of a user of hls4ml as values of the ports of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import TwoPorts


def port_arrays(graph: Graph, subject: str, x: Any) -> dict[str, NDArray[Any]]:
    """Real values of every port, events first, in its shape; both ports of a wide input take those of one array.

    Args:
        graph: The network.
        subject: Its name, for the error.
        x: One array, or a list with one per input.

    Raises:
        ValueError: If the number of arrays is another one.
    """
    ports = [notice for notice in graph.notices if isinstance(notice, TwoPorts) and notice.place is None]
    lows = {notice.low: notice.high for notice in ports}
    names = [name for name in graph.inputs if name not in lows]
    arrays = [np.asarray(values) for values in (x if isinstance(x, list | tuple) else [x])]
    if len(arrays) != len(names):
        raise ValueError(f"{subject}: takes {len(names)} arrays, not {len(arrays)}")
    shapes = graph.shapes()
    found = {name: values.reshape(-1, *shapes[name]) for name, values in zip(names, arrays, strict=True)}
    return found | {low: found[high] for low, high in lows.items()}
