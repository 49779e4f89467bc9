"""The overflow certificate of a build: the ranges of the inputs of each layer, and bounds of all its accumulators.

Ranges and bounds of partial sums come from the integers of the model; the bounds of single accumulators, and
how many bits each has, from the VHDL. `certificate_check` computes all of them again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.linear_layer import LinearLayer
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.verification.accumulator_bounds import Interval, accumulators, elements_read, is_binding
from bxnn.compiler.verification.vhdl_constants import Instance, instances

CERTIFICATE = "certificate.json"
Bound = tuple[int, int, int]
_TITLE = re.compile(r'^-- \w+: [^"\n]*"(.+)", ', re.MULTILINE)


@dataclass(frozen=True)
class LayerBounds:
    """What is certified of a layer.

    Attributes:
        layer: Its name.
        file: Its VHDL file.
        instance: Number of the instance in the file, of those that are bindings.
        ranges: Lowest and highest code of every element that the instance reads.
        partial_sums: Interval of every sum of some of the products of an output, bias and half an LSB for rounding
            included or not, by the weights of the model; ``None`` if the layer is none of one kernel.
        accumulators: Of every accumulator of the VHDL the least and the greatest value, and its bits.
    """

    layer: str
    file: str
    instance: int
    ranges: tuple[Interval, ...]
    partial_sums: Interval | None
    accumulators: tuple[Bound, ...]


def certify(build: Build) -> tuple[LayerBounds, ...]:
    """The bounds of all layers with accumulators.

    Raises:
        VerificationError: If the VHDL of a layer cannot be read.
    """
    graph, interface = build.summed_graph, Interface.load(build.interface)
    return tuple(_layers(graph, build.vhdl, interface))


def save(bounds: Sequence[LayerBounds], path: Path) -> None:
    """Write a certificate, a layer to a line."""
    layers = ",\n".join(json.dumps(vars(layer)) for layer in bounds)
    path.write_text(f'{{"layers": [\n{layers}\n]}}\n', encoding="utf-8")


def load(path: Path) -> tuple[LayerBounds, ...]:
    """Read a certificate.

    Raises:
        VerificationError: If it is not one.
    """
    try:
        return tuple(_parsed(layer) for layer in json.loads(path.read_text(encoding="utf-8"))["layers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VerificationError(str(path), f"is not a certificate ({type(error).__name__}); prove again") from None


def _layers(graph: Graph, folder: Path, interface: Interface) -> Iterator[LayerBounds]:
    halves = {probe.layer: probe.half for probe in interface.probes}
    for name in interface.files:
        found = [instance for instance in instances(folder / name) if is_binding(instance)]
        layer_name = _layer_of(folder / name) if found else ""
        for number, instance in enumerate(found):
            layer = graph.layer(layer_name)
            source = graph.tensor(layer.inputs[0])
            ranges = _ranges(source, instance)
            sums = _partial_sums(layer, source, halves.get(layer_name, 0)) if isinstance(layer, LinearLayer) else None
            found_bounds = tuple((each.low, each.high, each.bits) for each in accumulators(instance, ranges))
            yield LayerBounds(layer_name, name, number, ranges, sums, found_bounds)


def _layer_of(path: Path) -> str:
    """The layer that a file was written for.

    Raises:
        VerificationError: If its header does not say so.
    """
    found = _TITLE.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise VerificationError(path.name, "its header names no layer; compile again")
    return found[1]


def _ranges(source: Tensor, instance: Instance) -> tuple[Interval, ...]:
    """Ranges of the elements that an instance reads: all of the tensor, or a tile with zeros beside the image."""
    low, high, read = source.low.ravel(), source.high.ravel(), elements_read(instance)
    if low.size <= read:
        return tuple((int(a), int(b)) for a, b in zip(low, high, strict=True))
    channels = source.shape[-1] if read % source.shape[-1] == 0 else 1
    lows, highs = low.reshape(-1, channels).min(axis=0), high.reshape(-1, channels).max(axis=0)
    return tuple((min(int(lows[e % channels]), 0), max(int(highs[e % channels]), 0)) for e in range(read))


def _partial_sums(layer: LinearLayer, source: Tensor, half: int) -> Interval:
    lows, highs = layer.linear_map((source,)).partial_sum_bounds(source.low.ravel(), source.high.ravel())
    return int(lows.min()) + min(half, 0), int(highs.max()) + max(half, 0)


def _parsed(raw: dict[str, Any]) -> LayerBounds:
    sums = raw["partial_sums"]
    return LayerBounds(
        layer=str(raw["layer"]),
        file=str(raw["file"]),
        instance=int(raw["instance"]),
        ranges=tuple((int(low), int(high)) for low, high in raw["ranges"]),
        partial_sums=None if sums is None else (int(sums[0]), int(sums[1])),
        accumulators=tuple((int(low), int(high), int(bits)) for low, high, bits in raw["accumulators"]),
    )
