"""The C++ emulator of a build, compiled on this machine and called in this process."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.sim.gxx import build_program
from bxnn.sim.reference import Reference

_FLAGS = (
    *("-std=c++17", "-march=native", "-fPIC", "-Ilib"),
    "-fno-tree-vectorize",  # the code has vectors; GCC's own would not be faster and take 3/4 of its time
    "-fno-gnu-unique",  # such symbols are shared by all libraries of a process, but no emulator may use another's
    "-ffp-contract=off",  # a product and a sum are rounded separately, as in the model
    *("-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Wno-unused-label", "-Wno-psabi"),
)


class Emulator:
    """Computes the firmware's outputs in compiled code.

    Args:
        source: What the emulator back end wrote.
        folder: Receives the library and the compiler's messages.
        reference: The network; it provides names and shapes.
        optimization: The compiler's optimization option.

    Attributes:
        library: The shared library.

    Raises:
        ToolError: If there is no compiler, or it refuses the code.
    """

    def __init__(self, source: Path, folder: Path, reference: Reference, optimization: str = "-O3") -> None:
        self.reference = reference
        name = reference.graph.name
        self.library = build_program(
            source, [f"{name}_emulator.cpp"], [*_FLAGS, optimization], folder, f"{name}_emulator.so", ["-shared"]
        )
        loaded = ctypes.CDLL(str(self.library))
        self._predict, self._run = getattr(loaded, f"{name}_emulator_predict"), getattr(loaded, f"{name}_emulator_run")

    def predict(self, values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
        """Real-valued outputs for real-valued inputs, batch axis first."""
        return self._call(self._predict, values, np.dtype(np.float64))

    def output_codes(self, codes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
        """Codes of the outputs for codes of the inputs, batch axis first."""
        return self._call(self._run, codes, np.dtype(np.int64))

    def _call(self, function: Any, values: Mapping[str, NDArray[Any]], dtype: np.dtype[Any]) -> dict[str, NDArray[Any]]:
        graph, tensors = self.reference.graph, self.reference.tensors
        inputs = [np.ascontiguousarray(values[name], dtype) for name in graph.inputs]
        events = len(inputs[0])
        outputs = {name: np.empty((events, *tensors[name].shape), dtype) for name in graph.outputs}
        if not graph.chooser:
            function(ctypes.c_size_t(events), _pointers(inputs), _pointers(list(outputs.values())))
            return outputs
        # Events of the same set of weights are computed together.
        order = np.argsort(graph.set_numbers(inputs[graph.inputs.index(graph.chooser)]), kind="stable")
        inputs = [np.ascontiguousarray(array[order]) for array in inputs]
        function(ctypes.c_size_t(events), _pointers(inputs), _pointers(list(outputs.values())))
        return {name: array[np.argsort(order)] for name, array in outputs.items()}


def _pointers(arrays: list[NDArray[Any]]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
