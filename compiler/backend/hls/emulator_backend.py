"""The emulator: the layers of the HLS C++ on vectors of events, without any vendor header, with a C interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bxnn.compiler.backend.hls import c_literals
from bxnn.compiler.backend.hls.c_literals import double_literal, float_literal
from bxnn.compiler.backend.hls.hls_backend import EMULATOR_TEMPLATES, HLS_TEMPLATES, HlsBackend
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.tensor import Int

SHARED_LIBRARY = ("compare", "linear", "lookup", "pairwise", "requantize", "select", "threshold", "window", "wires")
OWN_LIBRARY = ("ap_int", "host")
_BLOCK_BYTES = 128  # per element of a block of events: 16 events in 64-bit lanes
_STACK_BYTES = 1 << 18


class EmulatorBackend(HlsBackend):
    """Renders a scheduled graph as dependency-free C++17.

    The layers and most of the library are those of the HLS back end, compiled with a different ``ap_int``: one that
    holds a whole block of events. A new layer type needs no separate template here.
    """

    def __init__(self, graph: Graph, schedule: Schedule | StreamSchedule, facts: Mapping[str, Any]) -> None:
        super().__init__(graph, schedule, facts)
        self.environment.globals["rom_type"] = rom_type
        self.environment.filters |= {"double_literal": double_literal, "float_literal": float_literal}
        self.environment.globals["columns_of"] = columns_of

    def render(self) -> dict[str, str]:
        top = self.graph.name
        files = {f"lib/{name}.h": self._library(HLS_TEMPLATES / "lib" / f"{name}.h") for name in SHARED_LIBRARY}
        files |= {f"lib/{name}.h": self._library(EMULATOR_TEMPLATES / f"{name}.h") for name in OWN_LIBRARY}
        files[f"{top}_types.h"] = self._template("types.h.j2")
        for layer in self.hardware:
            files[f"layers/{layer.name}.h"] = self.layer(layer)
        files[f"{top}_emulator.h"] = self._template("emulator.h.j2")
        files[f"{top}_emulator.cpp"] = self._template("emulator.cpp.j2")
        files["example.cpp"] = self._template("example.cpp.j2")
        files["CMakeLists.txt"] = self._template("CMakeLists.txt.j2")
        return files

    def _values(self) -> Mapping[str, Any]:
        block = sum(tensor.size for tensor in self.tensors.values()) * _BLOCK_BYTES
        return {"big": block > _STACK_BYTES}

    def _library(self, path: Path) -> str:
        """A library file in a version-specific namespace, so that a program may link networks of several versions."""
        inner = "v" + re.sub(r"\W", "_", str(self.facts["version"]))
        text = path.read_text(encoding="utf-8")
        text = text.replace("namespace bxnn {\n", f"namespace bxnn {{\ninline namespace {inner} {{\n", 1)
        return text.replace("} // namespace bxnn\n", f"}} // namespace {inner}\n}} // namespace bxnn\n", 1)

    def _accumulator(self, layer: HardwareLayer, binding: Binding, dropped_bits: int) -> Mapping[str, Any]:
        """Sums may wrap on the way because the result fits: the narrowest lanes are the fastest."""
        if binding.accumulator is None:
            return super()._accumulator(layer, binding, dropped_bits)
        result = self.tensors[layer.name]
        bits = min(binding.accumulator, result.bits + int(not result.format.signed) + dropped_bits)
        return {"accum_bits": bits, "accum_note": "partial sums may wrap, the result fits"}


def rom_type(values: Int) -> str:
    """The narrowest plain C type of at least 16 bits for a lane, which one instruction loads into all lanes."""
    narrowest = c_literals.rom_type(values)
    return "int16_t" if narrowest == "int8_t" else narrowest


def columns_of(quantizer: ElementQuantizer, shape: tuple[int, ...]) -> Mapping[str, Int]:
    """The format of every element of a tensor, row-major."""
    columns = {name: getattr(quantizer, name) for name in ("fraction_bits", "zeros", "low", "high")}
    return {name: np.broadcast_to(column, shape).ravel() for name, column in columns.items()}
