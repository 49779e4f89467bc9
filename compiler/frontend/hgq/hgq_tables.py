"""Functions of HGQ2 that are tables: unary functions, and softmax with its exponential and its reciprocal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_functions import TABULATED
from bxnn.compiler.frontend.hgq.hgq_quantizer import HgqQuantizer
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.ir.keras_axes import axes_without_batch
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Real
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import Int
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.gather import Gather
from bxnn.layers.largest import largest
from bxnn.layers.lookup import Lookup
from bxnn.layers.multiply import Multiply
from bxnn.layers.reshape import Reshape
from bxnn.layers.subtract import Subtract
from bxnn.layers.sum import Sum
from bxnn.layers.table_entries import check_room

_EPSILON = np.float32(1e-7)  # keras.epsilon()
_UNQUANTIZED = "is a table without quantizers before and after it; enable iq and oq"
_FLOAT32 = 2.0**-20  # relative distance from a boundary that float32 may not resolve


@dataclass(frozen=True)
class SoftmaxConfig:
    """How a softmax computes.

    Attributes:
        axes: Its axes, counted from 0 without the batch axis.
        stable: Whether the largest element is subtracted first.
        scaler: Factor on the exponent.
        prefix: Prefix of the configuration keys, such as ``softmax_`` in an attention layer.
    """

    axes: tuple[int, ...]
    stable: bool
    scaler: float
    prefix: str = ""


def unary_function(source: HgqSource) -> Sequence[Layer]:
    """``oq(f(iq(x)))``, or ``oq(f(iq(x) * scale + bias))`` with one number for each: a table."""
    attributes = source.source
    attributes.ignore("allow_heterogeneous_table", "allow_heterogeneous_input")
    function = attributes.get("activation")
    if not isinstance(function, str) or function not in TABULATED:
        problem = f"activation {str(function)[:40]!r} is unknown; use one of"
        raise ModelError(source.subject, f"{problem} {', '.join(TABULATED)}")
    attributes.expect("enable_oq", True, advice="give the table an output quantizer")
    name = source.one_input()
    exact, line = TABULATED[function], _line(source)
    result = source.quantizer("oq", attributes.get("oq_conf"), source.variables)
    table(source, source.name, name, lambda x: exact(_double(line(x))), result)
    attributes.finish()
    return source.made


def _line(source: HgqSource) -> Callable[[Real], Real]:
    """What a table does before its function, in float32."""
    if source.source.class_name != "QAffinedUnaryFunctionLUT":
        return lambda x: x
    stored = source.variables.weights(("scale", "bias"))
    if any(stored[key].shape != (1,) or not np.isfinite(stored[key]).all() for key in stored):
        raise ModelError(source.subject, "its scale and bias are not one finite number each; the model file is damaged")
    return lambda x: np.asarray(x * stored["scale"] + stored["bias"], np.float32)


def softmax_layer(source: HgqSource) -> Sequence[Layer]:
    """QSoftmax over some axes; unlike a plain softmax, it is computed even at an output."""
    attributes = source.source
    attributes.ignore("allow_heterogeneous_table")
    axes = axes_without_batch(attributes, attributes.get("axes", attributes.get("axis", -1)))
    config = SoftmaxConfig(axes, attributes.flag("stable", True), _scaler(source))
    name = source.quantized(attributes.one_input(), "iq", attributes.flag("enable_iq", False))
    return source.finished(softmax(source, source.name, name, source.variables, config))


def softmax(source: HgqSource, result: str, name: str, variables: HgqVariables, config: SoftmaxConfig) -> str:
    """``exp * inv(sum of exp)``, every part through its own table and quantizers; the name of the result."""
    scaler = np.float32(-config.scaler if config.stable else config.scaler)
    exponent = name
    if config.stable:
        most = largest(name, source.shapes[name], config.axes, lambda part: f"{result}_{part}", source.add)
        exponent = source.add(Subtract(f"{result}_below_max", (most, name)))
    exponent = _table_part(source, result, "exp", exponent, variables, config, lambda x: np.exp(_double(x * scaler)))
    total = source.add(Sum(f"{result}_sum", (exponent,), config.axes, 0, True))
    inverse = _table_part(source, result, "inv", total, variables, config, lambda x: np.float32(1) / (x + _EPSILON))
    wide = Gather.broadcast(f"{result}_inv_wide", inverse, source.shapes[inverse], source.shapes[exponent])
    return source.add(Multiply(result, (exponent, source.add(wide))))


def _table_part(
    source: HgqSource,
    result: str,
    part: str,
    name: str,
    variables: HgqVariables,
    config: SoftmaxConfig,
    function: Callable[[Real], Any],
) -> str:
    """A tensor through the table ``exp`` or ``inv`` of a softmax."""
    inner, attributes = variables.part(f"{part}_table"), source.source
    if inner is None:
        raise ModelError(source.subject, f"its {part}_table is not in the file; the model file is damaged")
    key = f"{config.prefix}{part}"
    incoming, outgoing = attributes.get(f"{key}_iq_conf"), attributes.get(f"{key}_oq_conf")
    if part == "inv" or config.stable:
        quantizer = source.quantizer(f"{key}_iq", incoming, inner, "iq")
        if quantizer is not None:
            name = source.applied(name, f"{result.removeprefix(source.name + '_')}_{part}_iq", quantizer)
    results = source.quantizer(f"{key}_oq", outgoing, inner, "oq")
    return table(source, f"{result}_{part}", name, function, results)


def table(
    source: HgqSource, result: str, name: str, function: Callable[[Real], Any], quantizer: HgqQuantizer | None
) -> str:
    """A function of every element after its quantizer, as a table over the possible values of ``name``.

    Raises:
        ModelError: If ``name`` is not a quantized tensor, or has too many bits.
    """
    if quantizer is None:
        raise ModelError(source.subject, _UNQUANTIZED)
    shape, own = source.shapes[name], quantizer.integer_bits.shape[1:]
    per_channel = len(own) == len(shape) and all(size == 1 for size in own[:-1])
    return looked_up(source, result, name, function, _rows(quantizer, shape[-1:] if per_channel else shape))


def looked_up(source: HgqSource, result: str, name: str, function: Callable[[Real], Any], rows: HgqQuantizer) -> str:
    """A function of every element and a quantizer, as a table, or as one for each of the last elements of the tensor.

    Args:
        source: The layer.
        result: Name of the result.
        name: A quantized tensor.
        function: From float32 numbers to their results, or to a row of results for each table.
        rows: The quantizer, with a row for each table.

    Raises:
        ModelError: If ``name`` is not a quantized tensor, or has too many bits.
    """
    before = next((layer for layer in source.made if layer.name == name), None)
    if not isinstance(before, ActivationLayer):
        raise ModelError(source.subject, _UNQUANTIZED)
    incoming = before.function.output_format(None)  # type: ignore[arg-type]  # a quantizer does not ask
    check_room(source.subject, incoming.bits)
    codes = incoming.by_address
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        exact = function(np.ldexp(codes.astype(np.float32), -incoming.fraction_bits))
        values = np.asarray(exact, np.float32)
    shape, tables = source.shapes[name], len(rows.integer_bits)
    own_shape = tables in (1, shape[-1])
    if not own_shape:
        name = source.add(Reshape(f"{result}_flat", (name,), (math.prod(shape) // tables, tables)))
    full = np.broadcast_to(np.tile(values, (tables // (values.size // codes.size), 1)), (tables, codes.size))
    number_format = _format(rows)
    layer = Lookup(
        result if own_shape else f"{result}_table",
        (name,),
        rows.weights(full).aligned(number_format.fraction_bits),
        number_format,
        _undecided(exact, codes, rows),
    )
    name = source.add(layer)
    return name if own_shape else source.add(Reshape(result, (name,), shape))


def _undecided(exact: Any, codes: Int, rows: HgqQuantizer) -> tuple[int, ...]:
    """Codes at which the function is so close to where a quantizer rounds up that float32 may decide otherwise."""
    if exact.dtype != np.float64:
        return ()  # a function that float32 defines
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.ldexp(exact, rows.fraction_bits - rows.config.scale_bits)
        half = 0.0 if rows.config.rounding in (Rounding.TRN, Rounding.TRN_ZERO) else 0.5
        distance = np.abs(scaled - half - np.rint(scaled - half))
        close = (distance > 0) & (distance < _FLOAT32 * np.maximum(np.abs(scaled), 1)) & (rows.bits > 0)
    return tuple(codes[close.any(axis=0)].tolist())


def _rows(quantizer: HgqQuantizer, shape: tuple[int, ...]) -> HgqQuantizer:
    """The quantizer with a row for every element of the last axis, or one for all."""
    arrays = (quantizer.keep_negative, quantizer.integer_bits, quantizer.fraction_bits)
    if quantizer.integer_bits.size == 1:
        keep, integer, fraction = (array.reshape(1, 1) for array in arrays)
    else:
        keep, integer, fraction = (
            np.broadcast_to(array[0], (*array.shape[1 : -len(shape)], *shape)) for array in arrays
        )
        keep, integer, fraction = (array.reshape(-1, 1) for array in (keep, integer, fraction))
    return HgqQuantizer(quantizer.config, keep, integer, fraction)


def _format(quantizer: HgqQuantizer) -> FixedFormat:
    function = quantizer.activation()
    return function.format


def _scaler(source: HgqSource) -> float:
    value = source.source.get("input_scaler", 1.0)
    if type(value) not in (int, float) or not math.isfinite(value) or value <= 0:
        raise source.source.refuse("input_scaler", "use a positive number")
    return float(value)


def _double(values: Real) -> Any:
    return values.astype(np.float64)
