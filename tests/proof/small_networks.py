"""Networks of two or three neurons on few bits, and how they are compiled."""

from pathlib import Path

import numpy as np

from bxnn.compiler import driver
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.ir.graph import Graph
from tests.ir.networks import activation, dense, network, sat, source

TWO_LAYERS = network(
    source("x", 2, integer_bits=1, fraction_bits=2),
    dense("fc1", "x", [[3, -2, 1], [-4, 2, 3]], [5, -3, 0]),
    activation("relu", "fc1", sat(False, 1, 2)),
    dense("fc2", "relu", [[2, -1], [-3, 3], [1, 2]], [-7, 2]),
    activation("scores", "fc2", sat(True, 2, 2)),
    name="small",
)
ONE_LAYER = network(
    source("x", 3, signed=False, integer_bits=1, fraction_bits=2),
    dense("fc", "x", [[3, -3], [1, 2], [-2, 0]], [1, -4]),
    activation("y", "fc", sat(True, 1, 2)),
    name="small",
)
# graph, and what design.yaml says
NETWORKS: dict[str, tuple[Graph, str]] = {
    "two_cycles": (TWO_LAYERS, "initiation_interval: 2"),
    "three_cycles": (TWO_LAYERS, "initiation_interval: 3"),
    "adders": (TWO_LAYERS, "initiation_interval: 1\nstrategy: lut"),
    "one_cycle": (ONE_LAYER, "initiation_interval: 1\nstrategy: dsp"),
    "low_reset": (ONE_LAYER, "initiation_interval: 2\nreset: {active: low, asynchronous: true}"),
}
INSTANTIATED = (ONE_LAYER, "initiation_interval: 1\nstrategy: dsp\ndsp: instantiated")


def compiled(name: str, folder: Path) -> Path:
    """A build of one of the networks."""
    graph, text = INSTANTIATED if name == "instantiated" else NETWORKS[name]
    driver.compile_graph(graph, parse_config(text), folder)
    return folder


def number_of_codes(graph: Graph) -> int:
    """Different events of a graph with one input."""
    tensor = graph.tensor(graph.inputs[0])
    return int(np.prod(tensor.high - tensor.low + 1))
