"""The outputs of a compiled network beside those of its model, on the network's grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.plural import counted
from bxnn.sim.class_decisions import cut, origin
from bxnn.sim.reference import Reference

Reals = NDArray[np.float64]

_SUBJECT = "float model"


@dataclass(frozen=True, eq=False)
class MatchedOutput:
    """One network output; arrays are float64, shape (events, elements).

    Attributes:
        name: Name in the graph.
        codes: Our codes.
        model_codes: The model's codes, rounded to our grid.
        reals: What our codes stand for.
        model_reals: What the model's codes stand for.
        source: The output of the model that it is derived from, or its own name.
        values: Our real values of ``source``.
        model_values: The model's, rounded.
        real_values: Those of the model without quantizers, or ``None``.
        cut: A single element above it means class 1.
        undecided: Events that may differ.
    """

    name: str
    codes: Reals
    model_codes: Reals
    reals: Reals
    model_reals: Reals
    source: str
    values: Reals
    model_values: Reals
    real_values: Reals | None
    cut: float
    undecided: NDArray[np.bool_] | None

    @property
    def differing(self) -> NDArray[np.bool_]:
        """Where the model gives a different code, and its float32 decides that."""
        differs = np.not_equal(self.codes, self.model_codes)
        return differs if self.undecided is None else differs & ~self.undecided[:, np.newaxis]


def matched_outputs(
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    arrays: Mapping[str, NDArray[np.float32]],
    undecided: NDArray[np.bool_] | None,
) -> list[MatchedOutput]:
    """Our outputs, in order, with the model's, as `compare_outputs` of bxnn.sim.float_comparison is given them.

    What the network derives from an output of its model (argmax, threshold, table of a sigmoid) is compared with the
    same, derived from the model's values on our grid.
    """
    graph, tensors = reference.graph, reference.tensors
    sources = [origin(graph, name) for name in graph.outputs]
    distinct = list(dict.fromkeys(sources))
    _check_shapes(tensors, distinct, arrays)
    every = Reference(replace(graph, outputs=(*graph.outputs, *sources)), reference.carrier)
    ours = every.output_codes(every.quantize_inputs(values))
    found: list[MatchedOutput] = []
    for place, (name, source) in enumerate(zip(graph.outputs, sources, strict=True)):
        index, first = distinct.index(source), source not in sources[:place]
        given = arrays[f"exact_{index}"]
        _flat(name, given)  # all are finite
        snapped = graph.nearest_codes(source, given)
        both = ours[name], _derived(reference, name, source, snapped)
        found.append(
            MatchedOutput(
                name=name,
                codes=_flat(name, both[0]),
                model_codes=_flat(name, both[1]),
                reals=_flat(name, graph.real_values(name, both[0])),
                model_reals=_flat(name, graph.real_values(name, both[1])),
                source=source,
                values=_flat(name, graph.real_values(source, ours[source])),
                model_values=_flat(name, graph.real_values(source, snapped)),
                real_values=_flat(name, arrays[f"real_{index}"]) if first and f"real_{index}" in arrays else None,
                cut=cut(tensors[source]),
                undecided=undecided,
            )
        )
    return found


def _check_shapes(
    tensors: Mapping[str, Tensor], sources: Sequence[str], arrays: Mapping[str, NDArray[np.float32]]
) -> None:
    """Check that the model has the outputs of the network.

    Raises:
        VerificationError: Naming the first difference.
    """
    count = sum(name.startswith("exact_") for name in arrays)
    if count != len(sources):
        raise VerificationError(_SUBJECT, f"has {counted(count, 'output')}, the compiled network {len(sources)}")
    for index, source in enumerate(sources):
        shape = arrays[f"exact_{index}"].shape[1:]
        if tensors[source].shape != shape:
            problem = f"output {source} has shape {shape}, but {tensors[source].shape} in the compiled network"
            raise VerificationError(_SUBJECT, problem)


def _derived(reference: Reference, name: str, source: str, codes: Reals) -> NDArray[Any]:
    """Codes of an output for codes of the tensor that it is derived from, shape (events, elements)."""
    graph, tensors = reference.graph, reference.tensors
    known: dict[str, NDArray[Any]] = {source: codes.reshape(len(codes), *tensors[source].shape)}
    for layer in graph.layers:
        if layer.inputs and layer.name not in known and all(origin in known for origin in layer.inputs):
            known[layer.name] = layer.evaluate(
                [known[origin] for origin in layer.inputs], graph.sources(layer, tensors)
            )
    return known[name]


def _flat(name: str, array: NDArray[Any]) -> Reals:
    """As (events, elements)."""
    flat = np.asarray(array, np.float64).reshape(len(array), -1)
    bad = int(flat.size - np.isfinite(flat).sum())
    if bad:
        verb = "is" if bad == 1 else "are"
        raise VerificationError(_SUBJECT, f"output {name} has {counted(bad, 'value')} that {verb} not finite")
    return flat
