"""The events of the plain test bench: corners and random ones, with what the integer reference computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_div

_SEED = 1
_RANDOM = 16  # random events beside the corners
_RANDOM_FRAMES = 4  # the same for images, which take long to simulate

Codes = Mapping[str, NDArray[np.int64]]


def vector_text(graph: Graph, interface: Interface) -> str:
    """A line per event: the value of each input port, then of each output port, in hexadecimal digits.

    The value of a streaming input consists of all beats of a frame, the first one lowest.

    Args:
        graph: The final graph.
        interface: The ports.
    """
    from bxnn.sim.events import random_codes
    from bxnn.sim.reference import Reference
    from bxnn.sim.vectors import corner_vectors

    reference = Reference(graph)
    corners = corner_vectors(reference, _SEED)
    kept = corners.cover if interface.streaming else corners.events
    random = random_codes(reference, _RANDOM_FRAMES if interface.streaming else _RANDOM, _SEED)
    inputs = {name: np.concatenate([corners.inputs[name][:kept], _flat(random[name])]) for name in graph.inputs}
    if graph.chooser:  # the test bench sends the number of an event as its tag
        numbers = np.arange(len(inputs[graph.chooser]))
        inputs[graph.chooser] = tags_of(numbers, interface.tag_bits)[:, np.newaxis]
    shaped = {name: codes.reshape(-1, *reference.tensors[name].shape) for name, codes in inputs.items()}
    outputs = reference.output_codes(shaped)
    return text_of(interface, inputs, outputs)


def text_of(interface: Interface, inputs: Codes, outputs: Codes) -> str:
    """The same for events that are known.

    Args:
        interface: The ports.
        inputs: Codes by input, events first.
        outputs: Codes by output.
    """
    columns = chain(
        (_words(port, _flat(inputs[port.name])) for port in interface.data_inputs),
        (_words(port, _flat(outputs[port.name])) for port in interface.outputs),
    )
    names = " ".join(port.data for port in (*interface.data_inputs, *interface.outputs))
    return "\n".join([f"# {names}", *(" ".join(words) for words in zip(*columns, strict=True))]) + "\n"


def tags_of(numbers: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """The tags that the test bench sends with events: their numbers, over and over again in higher bits."""
    place = np.arange(bits)
    return np.asarray((((numbers[:, np.newaxis] >> (place % 30)) & 1) << place).sum(axis=1), np.int64)


def _flat(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return codes.reshape(len(codes), -1)


def _words(port: Port, codes: NDArray[np.int64]) -> Iterator[str]:
    """Value of a port for each event; codes of shape (events, elements)."""
    from bxnn.sim.beat_packing import BeatPacker, pack

    if port.beats:
        width = port.width * len(port.beats)
        for beats in BeatPacker(port).pack(codes):
            yield _hex(sum(beat << (number * port.width) for number, beat in enumerate(beats)), width)
        return
    bits = pack(codes, port.bits)
    for start in range(0, len(bits), port.width):
        yield _hex(int(bits[start : start + port.width], 2), port.width)


def _hex(value: int, width: int) -> str:
    return f"{value:0{ceil_div(width, 4)}x}"
