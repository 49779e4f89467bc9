"""Proxy models of HGQ1: fixed-point quantizers and unary tables between plain Keras layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hdf5.hdf5_bytes import Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object
from bxnn.compiler.frontend.hgq.hgq_quantizer import HgqQuantizer, QuantizerConfig
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.lookup import Lookup
from bxnn.layers.table_entries import check_room

PACKAGE = "HGQ"

_READ = ("FixedPointQuantizer", "UnaryLUT")


def is_hgq1(item: Mapping[str, Any]) -> bool:
    """Whether a serialised layer is an HGQ1 layer; ``item`` is untrusted."""
    names = (item.get("class_name"), item.get("registered_name"))
    return any(isinstance(name, str) and name.startswith(f"{PACKAGE}>") for name in names)


def check_hgq1_layer(subject: str, kind: str) -> None:
    """Refuse the layers that HGQ1 trains.

    Raises:
        ModelError: Naming the model to save instead.
    """
    if kind not in _READ:
        problem = "is a layer that HGQ1 trains, not one of its proxy models"
        raise ModelError(subject, f"{problem}; save to_proxy_model(model) and compile that")


def read_hgq1_layer(source: LayerSource, group: Hdf5Object | None) -> Sequence[Layer]:
    """The layers for one HGQ1 layer.

    Raises:
        ModelError: If something is missing, damaged, or not supported exactly.
    """
    source.ignore("shape", "overrides", "fusible")
    try:
        arrays = {} if group is None else _arrays(group)
    except Hdf5Error as error:
        raise ModelError(
            source.subject, f"its variables cannot be read ({error}); the model file is damaged"
        ) from error
    layers = _table(source, arrays) if source.class_name == "UnaryLUT" else (_quantizer(source, arrays),)
    source.finish()
    return layers


def _quantizer(source: LayerSource, arrays: Mapping[str, NDArray[Any]]) -> Layer:
    """``overflow(round(x * 2**(bits - integers))) * 2**(integers - bits)``; both counts include the sign."""
    rounding, overflow = str(source.get("RND")), str(source.get("SAT"))
    for mode, known in ((rounding, Rounding), (overflow, Overflow)):
        if mode not in known.__members__:
            raise ModelError(source.subject, f"mode {mode} is not supported; use one of {', '.join(known.__members__)}")
    names = ("keep_negative", "bits", "integers")
    columns = [_array(source, arrays, name) for name in names]
    if len({column.shape for column in columns}) != 1 or any(column.dtype != np.int8 for column in columns):
        raise ModelError(source.subject, f"{', '.join(names)} are not int8 of one shape; the model file is damaged")
    keep, bits, integers = (column.astype(np.int64) for column in columns)
    if int(bits.min(initial=0)) < 0 or not np.isin(keep, (0, 1)).all():
        raise ModelError(source.subject, "has a format of negative width or sign; the model file is damaged")
    shape = source.input_shapes[0]
    keep, bits, integers = (_without_batch(source, column, shape) for column in (keep, bits, integers))
    config = QuantizerConfig(source.subject, "quantizer", "kif", Rounding[rounding], Overflow[overflow])
    there = bits > 0
    fraction_bits = np.where(there, bits - integers, 0)
    quantizer = HgqQuantizer(config, np.where(there, keep, 0), np.where(there, integers - keep, 0), fraction_bits)
    return ActivationLayer(source.name, (source.one_input(),), quantizer.activation())


def _table(source: LayerSource, arrays: Mapping[str, NDArray[Any]]) -> tuple[Layer, ...]:
    """``table[round(x * 2**f) mod entries]``: a quantizer does the wrapping."""
    keep, integer, fraction = _kif(source, "kif_in")
    source.ignore("kif_out")
    values = _array(source, arrays, "table")
    bits = keep + integer + fraction
    if bits < 1:
        raise ModelError(source.subject, f"is a table with an input of {counted(bits, 'bit')}; give it at least 1")
    check_room(source.subject, bits)
    if values.shape != (1 << bits,) or values.dtype.kind != "f" or not np.isfinite(values).all():
        raise ModelError(source.subject, f"its table is not {1 << bits} finite floats; the model file is damaged")
    entries = FixedTensor.from_real(values.reshape(1, -1))
    low, high = int(entries.codes.min()), int(entries.codes.max())
    result = FixedFormat.covering(low, high, entries.fraction_bits)
    address = FixedQuantizer(FixedFormat(bool(keep), integer, fraction), Rounding.RND_CONV, Overflow.WRAP)
    wrapped = ActivationLayer(f"{source.name}_address", (source.one_input(),), address)
    return wrapped, Lookup(source.name, (wrapped.name,), entries, result)


def _kif(source: LayerSource, key: str) -> tuple[int, int, int]:
    value = source.get(key)
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(type(n) is int for n in value):
        raise ModelError(source.subject, f"{key} {value!r} is not three integers; the model file is damaged")
    if value[0] not in (0, 1) or max(map(abs, value)) > 64:
        raise ModelError(source.subject, f"{key} {value!r} is not a format; the model file is damaged")
    return value[0], value[1], value[2]


def _without_batch(source: LayerSource, column: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Formats with as many axes as the tensor; the batch axis, if present, is 1."""
    own = column.shape[max(column.ndim - len(shape), 0) :]
    padded = (1,) * (len(shape) - len(own)) + own
    fits = all(size == 1 for size in column.shape[: column.ndim - len(own)])
    if not fits or any(a not in (1, b) for a, b in zip(padded, shape, strict=True)):
        raise ModelError(source.subject, f"its formats have shape {column.shape}, but its input has {shape}")
    return column.reshape(padded)


def _array(source: LayerSource, arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise ModelError(source.subject, f"its {name} is missing from the weights file; the model file is damaged")
    return arrays[name]


def _arrays(group: Hdf5Object) -> dict[str, NDArray[Any]]:
    """All arrays under a group by their last name without ``:0``."""
    found: dict[str, NDArray[Any]] = {}
    for name, child in group.children().items():
        found |= _arrays(child) if child.is_group else {name.split(":")[0]: child.array()}
    return found
