"""The text form of a graph: one layer per line, no constants; printing and reading are inverse after `quantize`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import NOTICE_TYPES, Notice
from bxnn.compiler.ir.real_scale import RealScale
from bxnn.compiler.ir.reasons import IgnoredReason, LeftOutReason, NoOpReason
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.host_quantizer import HostOperation, HostStep, ScaledHostQuantizer
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import FixedTensor

Arrays = dict[str, NDArray[np.int64]]
_LINE = re.compile(r"(\w+) = (\w+)\(([\w, ]*)\) (\{.*\})")
_FUNCTIONS = (FixedQuantizer, ElementQuantizer, Rectifier, StepFunction)
_REAL = (ScaledHostQuantizer, HostStep, RealScale, Smooth)
_VALUES = {cls.__name__: cls for cls in (FixedFormat, *_FUNCTIONS, *_REAL, Window, FinestThreshold, *NOTICE_TYPES)}
_ENUMS = {
    cls.__name__: cls for cls in (Rounding, Overflow, HostOperation, Curve, NoOpReason, LeftOutReason, IgnoredReason)
}


def print_graph(graph: Graph) -> tuple[str, Arrays]:
    """Return the text, and the constants that it names with ``@``."""
    arrays: Arrays = {}
    lines = [f"graph {graph.name}"]
    for layer in graph.layers:
        values = {
            field.name: _encode(getattr(layer, field.name), f"{layer.name}.{field.name}", arrays)
            for field in fields(layer)
            if field.name not in ("name", "inputs")
        }
        lines.append(f"{layer.name} = {layer.kind}({', '.join(layer.inputs)}) {json.dumps(values)}")
    lines.append(f"return {', '.join(graph.outputs)}")
    lines.append(f"renames {json.dumps(dict(graph.renames))}")
    if graph.derived:
        lines.append(f"derived {json.dumps(dict(graph.derived))}")
    if graph.twins:
        lines.append(f"twins {json.dumps(dict(graph.twins))}")
    if graph.means:
        lines.append(f"means {', '.join(graph.means)}")
    if graph.chooser:
        lines.append(f"chooser {graph.chooser}")
    lines.extend(f"scale {name} {json.dumps(_encode(scale, '', arrays))}" for name, scale in graph.scales.items())
    lines.extend(f"notice {json.dumps(_encode(notice, '', arrays))}" for notice in graph.notices)
    return "\n".join(lines) + "\n", arrays


def parse_graph(text: str, arrays: Mapping[str, NDArray[np.int64]]) -> Graph:
    """The graph described by a text.

    Raises:
        InternalError: Naming the line that is not understood.
    """
    name, layers, notices = "", list[Layer](), list[Notice]()
    outputs: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    chooser = ""
    mappings: dict[str, dict[str, str]] = {"renames": {}, "derived": {}, "twins": {}}
    scales: dict[str, RealScale] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        word, _, rest = line.partition(" ")
        if _LINE.fullmatch(line):  # first: a layer may be called `graph` or `notice`
            layers.append(_parse_layer(line, number, arrays))
        elif word == "graph":
            name = rest
        elif word == "return":
            outputs = tuple(rest.split(", "))
        elif word in mappings:
            mappings[word] = json.loads(rest)
        elif word == "means":
            means = tuple(rest.split(", "))
        elif word == "chooser":
            chooser = rest
        elif word == "scale":
            scaled, _, value = rest.partition(" ")
            scales[scaled] = _decode(json.loads(value), arrays)
        elif word == "notice":
            notices.append(_decode(json.loads(rest), arrays))
        else:
            layers.append(_parse_layer(line, number, arrays))
    renames, derived, twins = (mappings[key] for key in ("renames", "derived", "twins"))
    known = name, tuple(layers), outputs, tuple(notices), renames, scales, derived
    return Graph(*known, twins=twins, means=means, chooser=chooser)


def _parse_layer(line: str, number: int, arrays: Mapping[str, NDArray[np.int64]]) -> Layer:
    match = _LINE.fullmatch(line)
    if match is None or match[2] not in layer_types():
        raise InternalError(f"IR line {number}", f"is not understood: {line[:80]}")
    values = {key: _decode(value, arrays) for key, value in json.loads(match[4]).items()}
    inputs = tuple(match[3].split(", ")) if match[3] else ()
    return layer_types()[match[2]](match[1], inputs, **values)


def _encode(value: Any, path: str, arrays: Arrays) -> Any:
    if isinstance(value, FixedTensor):
        arrays[path] = value.sets if isinstance(value, SetsTensor) else value.codes
        more: dict[str, int] = {}
        if isinstance(value, ReloadableTensor):
            more = {"low": value.low, "high": value.high}
        elif isinstance(value, SetsTensor):
            more = {"sets": len(value.sets)}
        shape = list(value.codes.shape)
        return {"constant": f"@{path}", "shape": shape, "fraction_bits": value.fraction_bits, **more}
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {"array": f"@{path}", "shape": list(value.shape)}
    if isinstance(value, Parameter):
        return {"trained": list(value.values.shape), "quantizer": str(value.quantizer)}
    if isinstance(value, Enum):
        return {"enum": type(value).__name__, "value": value.value}
    if is_dataclass(value):
        members = {
            field.name: _encode(getattr(value, field.name), f"{path}.{field.name}", arrays) for field in fields(value)
        }
        return {"type": type(value).__name__, **members}
    if isinstance(value, Fraction):
        return {"fraction": [value.numerator, value.denominator]}
    if isinstance(value, tuple):
        return [_encode(item, path, arrays) for item in value]
    return value


def _decode(value: Any, arrays: Mapping[str, NDArray[np.int64]]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, arrays) for item in value)
    if not isinstance(value, dict):
        return value
    if "constant" in value:
        codes, fraction_bits = arrays[value["constant"][1:]], value["fraction_bits"]
        if "sets" in value:
            return SetsTensor(codes[0], fraction_bits, codes)
        fixed = FixedTensor(codes, fraction_bits)
        if "low" not in value:
            return fixed
        return ReloadableTensor(codes, fraction_bits, value["low"], value["high"])
    if "array" in value:
        return arrays[value["array"][1:]]
    if "fraction" in value:
        return Fraction(*value["fraction"])
    if "enum" in value:
        return _ENUMS[value["enum"]](value["value"])
    members = {key: _decode(item, arrays) for key, item in value.items() if key != "type"}
    return _VALUES[value["type"]](**members)
