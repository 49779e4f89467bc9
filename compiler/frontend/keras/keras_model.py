"""From a Keras or QKeras model file to a graph."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError, all_of
from bxnn.compiler.frontend.hgq.hgq1_layers import read_hgq1_layer
from bxnn.compiler.frontend.hgq.hgq_layers import read_hgq_layer
from bxnn.compiler.frontend.keras.archive import read_archive
from bxnn.compiler.frontend.keras.composed_layers import READERS, read_composed
from bxnn.compiler.frontend.keras.keras_calls import LayerRecord
from bxnn.compiler.frontend.keras.keras_graph import ModelRecord, read_model
from bxnn.compiler.frontend.keras.keras_operation import Operation
from bxnn.compiler.frontend.keras.keras_operations import read_operation
from bxnn.compiler.frontend.keras.keras_recurrent import RECURRENT, read_recurrent
from bxnn.compiler.frontend.keras.keras_weights import ModelVariables
from bxnn.compiler.frontend.keras.layer_parts import LayerParts
from bxnn.compiler.frontend.keras.qkeras import parse_activation, reload_notice
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from bxnn.compiler.frontend.names import graph_name, legal_name, legal_names, printable
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import IgnoredKey, Notice
from bxnn.compiler.ir.reasons import IgnoredReason
from bxnn.compiler.ir.registry import keras_layer_types
from bxnn.compiler.ir.source import LayerSource

_DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def load_keras(
    path: Path, weights: Path | None = None, name: str | None = None, build_name: str | None = None
) -> Graph:
    """Read a model that Keras 2, tf-keras or Keras 3 saved, with or without QKeras layers.

    Args:
        path: ``.keras``, ``.h5`` or ``.json``.
        weights: Weights file of a ``.json`` model.
        name: Name of the graph and of the top entity; by default made from the file name, unless that says nothing.
        build_name: Name of the build, for files called model and the like.

    Returns:
        The graph, with weights not yet quantized. Layers are renamed where VHDL or C++ need it.

    Raises:
        ModelError: If a file is damaged or requires something that is not supported exactly.
    """
    archive = read_archive(Path(path), None if weights is None else Path(weights))
    model = read_model(archive.file, archive.config)
    variables = archive.weights.by_layer(model.stored)
    new_names = legal_names(record.name for record in model.layers)
    layers, written = _build(model, new_names, variables)
    ends = {new_names[name]: end for name, end in written.items() if new_names[name] != end}
    return Graph(
        name=name or graph_name(path, build_name, [layer.name for layer in layers]),
        layers=tuple(layers),
        outputs=tuple(written[output] for output in model.outputs),
        notices=_notices(model),
        renames={new: printable(original) for original, new in new_names.items() if new != original},
        ends=ends,
    )


def _notices(model: ModelRecord) -> tuple[Notice, ...]:
    """What the files do not preserve of the trained model, and what they propose for its hardware."""
    found: list[Notice | None] = []
    for record in model.layers:
        subject, proposed = printable(record.subject), record.config.get("parallelization_factor")
        found.append(reload_notice(subject, "activation", record.config.get("activation")))
        if isinstance(proposed, int) and proposed > 1:
            found.append(IgnoredKey(subject, "parallelization_factor", str(proposed), IgnoredReason.PARALLEL_HINT))
    return tuple(notice for notice in found if notice is not None)


def _build(
    model: ModelRecord, new_names: Mapping[str, str], variables: ModelVariables
) -> tuple[list[Layer], dict[str, str]]:
    """Layers in order, and the name of the tensor that stands for each layer's output."""
    layers: list[Layer] = []
    written: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    problems: list[ModelError] = []
    macs = 0
    for record in model.layers:
        if not all(name in written for name in record.inputs):
            continue  # it reads a layer with a problem
        try:
            source = _source(record, new_names, variables, written, shapes)
            taken = {*new_names.values(), *(layer.name for layer in layers)}
            made = _made(record, source, taken, variables)
            for layer in made:
                shapes[layer.name] = _shape(source, layer, shapes)
        except ModelError as error:
            problems.append(error)
            shape = record.plain_shape([shapes[written[name]] for name in record.inputs])
            if shape is not None:  # so what reads it can be checked
                written[record.name] = new_names[record.name]
                shapes[new_names[record.name]] = shape
            continue
        layers += made
        macs += sum(layer.macs(shapes[layer.inputs[0]]) for layer in made if layer.multiplies)
        if macs > limits.NETWORK_MACS:
            raise ModelError(
                source.subject,
                f"brings the network to {macs} multiplications per event; the limit is {limits.NETWORK_MACS}",
            )
        written[record.name] = layers[-1].name
    if problems:
        raise all_of(problems)
    return layers, written


def _source(
    record: LayerRecord,
    new_names: Mapping[str, str],
    variables: ModelVariables,
    written: Mapping[str, str],
    shapes: Mapping[str, tuple[int, ...]],
) -> LayerSource:
    """A layer for its class to read."""
    inputs = tuple(written[name] for name in record.inputs)
    own_shape = (_input_shape(record),) if record.class_name == "InputLayer" else ()
    source = LayerSource(
        class_name=record.class_name,
        name=new_names[record.name],
        spelled=printable(record.name),
        inputs=inputs,
        input_shapes=own_shape or tuple(shapes[name] for name in inputs),
        config=record.config,
        weights=variables.arrays.get(record.path, {}),
        parse_activation=parse_activation,
        parse_weight_quantizer=parse_weight_quantizer,
    )
    _check_dtype(source)
    return source


def _made(record: LayerRecord, source: LayerSource, taken: set[str], variables: ModelVariables) -> Sequence[Layer]:
    """The layers of one Keras layer; names made up by a layer class give way to names in the file."""
    made: list[Layer] = []
    renamed: dict[str, str] = {}
    try:
        group = variables.groups.get(record.path)
        if record.hgq == 2:
            parts = read_hgq_layer(source, group, variables.numbered)
        elif record.hgq == 1:
            parts = read_hgq1_layer(source, group)
        elif record.class_name in RECURRENT:
            parts = read_recurrent(source)
        elif record.operation is not None:
            attributes = {**record.config, **record.keywords}
            parts = read_operation(record.operation, Operation(source, record.operands, attributes))
        elif record.class_name in READERS:
            parts = read_composed(LayerParts(source))
        else:
            parts = keras_layer_types()[record.class_name].from_keras(source)
    except _DAMAGE as error:
        raise ModelError(
            source.subject, f"its attributes cannot be read ({error}); the model file is damaged"
        ) from error
    for original in parts:
        part = original.reading(renamed)
        if part.name != source.name:
            fresh = legal_name(part.name, taken)
            renamed[part.name] = fresh
            part = replace(part, name=fresh)
        taken.add(part.name)
        made.append(part)
    return made


def _shape(source: LayerSource, layer: Layer, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    try:
        shape = tuple(layer.output_shape([shapes[name] for name in layer.inputs]))
    except _DAMAGE as error:
        raise ModelError(source.subject, f"does not fit its input ({error})") from error
    _check_size(source.subject, shape)
    return shape


def _input_shape(record: LayerRecord) -> tuple[int, ...]:
    """Shape of an input without its batch axis."""
    shape = record.config.get("batch_shape", record.config.get("batch_input_shape"))
    if not isinstance(shape, list) or not 2 <= len(shape) <= limits.TENSOR_RANK:
        raise ModelError(record.subject, f"shape {shape!r} is not a list of a batch size and sizes")
    if not all(type(size) is int and size > 0 for size in shape[1:]):
        raise ModelError(record.subject, f"shape {tuple(shape)} is not fixed; give every size except the batch size")
    _check_size(record.subject, tuple(shape[1:]))
    return tuple(shape[1:])


def _check_size(subject: str, shape: tuple[int, ...]) -> None:
    if math.prod(shape) > limits.TENSOR_ELEMENTS:
        raise ModelError(subject, f"shape {shape} has more than {limits.TENSOR_ELEMENTS} elements")


def _check_dtype(source: LayerSource) -> None:
    """Layers must compute in float32, like their golden values."""
    dtype: Any = source.get("dtype", "float32")
    if isinstance(dtype, dict) and isinstance(dtype.get("config"), dict):
        dtype = dtype["config"].get("name")
    if source.class_name != "InputLayer" and dtype not in (None, "float32"):
        raise ModelError(source.subject, f"dtype {dtype!r} is not supported; use 'float32'")
