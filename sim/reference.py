"""The integer reference: the definition of what every implementation must compute."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer
from bxnn.compiler.numeric.tensor import Tensor

_FLOAT32_EXACT = 2**23  # one bit below the mantissa, so that a half is still representable
_FLOAT64_EXACT = 2**52
_CHUNK_ELEMENTS = 1 << 20  # per chunk and layer: fits a core's caches and bounds the memory


class Reference:
    """Interprets a quantized graph on integers.

    Codes are int64, or float32/float64 if the range analysis proves that every partial sum remains exactly
    representable: the same bits, at the speed of a BLAS.

    Attributes:
        graph: A graph after the pipeline.
        tensors: Shape, format and range of each layer's output.
        carrier: dtype of the codes.
    """

    def __init__(self, graph: Graph, carrier: np.dtype[Any] | None = None) -> None:
        self.graph = graph
        self.tensors: dict[str, Tensor] = graph.tensors()
        self.carrier = exact_carrier(graph) if carrier is None else carrier

    def quantize_inputs(self, values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Codes of real-valued inputs, as the host sends them to the firmware.

        Args:
            values: Floats by input name, batch axis first.
        """
        codes = {}
        for name in self.graph.inputs:
            layer = self.graph.layer(name)
            assert isinstance(layer, Input) and layer.quantizer is not None
            codes[name] = layer.quantizer.quantize_into(values[name], self.carrier)
        return codes

    def input_values(self, name: str, codes: NDArray[Any]) -> NDArray[np.float64]:
        """The numbers of the model that codes of an input stand for, whatever the host does to make codes of them."""
        layer = self.graph.layer(name)
        assert isinstance(layer, Input)
        if isinstance(layer.quantizer, ScaledHostQuantizer):
            return layer.quantizer.real_values(codes)
        return np.asarray(codes, np.float64) * self.tensors[name].format.lsb

    def evaluate(self, codes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Codes of all layers for codes of the inputs; batch axis first, in the carrier dtype."""
        return self._evaluated(codes, keep=frozenset(self.tensors))

    def output_codes(self, codes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
        """Codes of the network outputs, int64."""
        events = len(next(iter(codes.values())))
        parts = [
            self._outputs({name: value[start : start + self._chunk] for name, value in codes.items()})
            for start in range(0, max(events, 1), self._chunk)
        ]
        return {name: np.concatenate([part[name] for part in parts]).astype(np.int64) for name in self.graph.outputs}

    def predict(self, values: Mapping[str, NDArray[Any]], threads: int | None = None) -> dict[str, NDArray[np.float64]]:
        """Real-valued outputs, float64, for real-valued inputs; event chunks run on ``threads`` cores."""
        events = len(next(iter(values.values())))
        outputs = {name: np.empty((events, *self.tensors[name].shape), np.float64) for name in self.graph.outputs}

        def run(start: int) -> None:
            part = slice(start, start + self._chunk)
            known = self._outputs(self.quantize_inputs({name: value[part] for name, value in values.items()}))
            for name, array in outputs.items():
                array[part] = self.graph.real_values(name, known[name])

        # One BLAS thread per worker: threads of the BLAS itself would fight over matrices this small.
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            list(pool.map(run, range(0, events, self._chunk)))
        return outputs

    @property
    def _chunk(self) -> int:
        """Events that are evaluated together."""
        return max(1, _CHUNK_ELEMENTS // max(tensor.size for tensor in self.tensors.values()))

    def _outputs(self, codes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return self._evaluated(codes, keep=frozenset(self.graph.outputs))

    def _evaluated(self, codes: Mapping[str, NDArray[Any]], keep: frozenset[str]) -> dict[str, NDArray[Any]]:
        """Codes of the layers in ``keep``; others are dropped after their last use."""
        known = {name: np.asarray(value).astype(self.carrier, copy=False) for name, value in codes.items()}
        numbers = self.graph.set_numbers(known[self.graph.chooser]) if self.graph.chooser else None
        last_use = {name: layer.name for layer in self.graph.layers for name in layer.inputs}
        for layer in self.graph.layers:
            if layer.inputs:
                known[layer.name] = self._result(layer, [known[name] for name in layer.inputs], numbers)
            for name in layer.inputs:
                if last_use[name] == layer.name and name not in keep:
                    known.pop(name, None)
        return known

    def _result(self, layer: Layer, values: list[NDArray[Any]], numbers: NDArray[np.int64] | None) -> NDArray[Any]:
        """Codes of a layer, of each event with its own set of weights.

        Args:
            layer: The layer.
            values: Codes that it reads.
            numbers: The set of each event, shape (events,); ``None`` if there is one.
        """
        sources = self.graph.sources(layer, self.tensors)
        if numbers is None or layer.sets == 1:
            return layer.evaluate(values, sources)
        found = np.empty((len(numbers), *self.tensors[layer.name].shape), self.carrier)
        for number in np.unique(numbers).tolist():
            own = numbers == number
            found[own] = layer.of_set(number).evaluate([value[own] for value in values], sources)
        return found


def exact_carrier(graph: Graph) -> np.dtype[Any]:
    """The fastest dtype in which no integer of the graph is ever rounded."""
    tensors = graph.tensors()
    magnitude = max(layer.magnitude(graph.sources(layer, tensors)) for layer in graph.layers)
    if magnitude < _FLOAT32_EXACT:
        return np.dtype(np.float32)
    return np.dtype(np.float64 if magnitude < _FLOAT64_EXACT else np.int64)
