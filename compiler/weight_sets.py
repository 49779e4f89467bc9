"""A set of weights for every channel: networks that differ in weights alone, as one network of several sets.

Each model is lowered by itself as long as layers are folded into each other. The one network then has the layers of the
first model, with the constants of all; its tensors have the number formats and ranges that hold for every set. An input
with the tag chooses the set of an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from bxnn.compiler.errors import ConfigError, ModelError, raise_all
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.numeric.tensor import FixedTensor

TAG = "tag"
MOST_TAG_BITS = 32  # of a tag that chooses a set; engines take it as a number


def check_quantizers(graphs: Sequence[Graph], files: Sequence[str]) -> None:
    """Refuse weights that are quantized otherwise than those of the first model.

    Args:
        graphs: Of the same layers and shapes, before the pipeline.
        files: What error messages call them.

    Raises:
        ModelError: Naming the layer, the part and both quantizers.
    """
    problems = []
    for graph, file in zip(graphs[1:], files[1:], strict=True):
        for ours, theirs in zip(graph.layers, graphs[0].layers, strict=True):
            for part, constant in ours.constants().items():
                first = theirs.constants()[part]
                if not isinstance(constant, Parameter) or not isinstance(first, Parameter):
                    continue
                if str(constant.quantizer) != str(first.quantizer):
                    layer, way = graph.describe(ours), "quantize all models alike"
                    problem = f"{layer} quantizes its {part} with {constant.quantizer}, but {files[0]} with"
                    problems.append(ModelError(file, f"{problem} {first.quantizer}; {way}"))
    raise_all(problems)


def with_chooser(graph: Graph, tag_bits: int) -> Graph:
    """The network with several sets and a tag that chooses one of them.

    Raises:
        ConfigError: If the tag is too wide.
    """
    if tag_bits > MOST_TAG_BITS:
        problem = f"{tag_bits} is more than a tag that chooses weights can have; write {MOST_TAG_BITS} or fewer"
        raise ConfigError("design.yaml: tag_bits", problem)
    quantizer = FixedQuantizer(FixedFormat(False, tag_bits, 0), Rounding.TRN, Overflow.SAT)
    tag = Input(graph.free_name(TAG), (), (1,), quantizer)
    return replace(graph, layers=(*graph.layers, tag), chooser=tag.name)


def with_sets(graphs: Sequence[Graph], files: Sequence[str], way_if_alike: str) -> Graph:
    """One network with the constants of all.

    Args:
        graphs: Of the same layers, each lowered until nothing is folded any more.
        files: What error messages call them.
        way_if_alike: What to do if all have the same weights.

    Raises:
        ModelError: If they differ in anything but weights and biases, or not even in these.
    """
    first = graphs[0]
    raise_all(
        [problem for own, file in zip(graphs, files, strict=True) for problem in _problems(own, file, first, files[0])]
    )
    layers = tuple(_joined(one) for one in zip(*(graph.layers for graph in graphs), strict=True))
    notices = {repr(notice): notice for graph in graphs for notice in graph.notices}
    joined = replace(first, layers=layers, notices=tuple(notices.values()))
    if joined.sets == 1:
        raise ModelError(files[1], f"has the same weights as {files[0]}; {way_if_alike}")
    _check_formats(joined, graphs, files)
    return joined


def alone(graph: Graph, number: int) -> Graph:
    """The network of one set of weights by itself: on the common grid, but in the formats that it needs."""

    def own(layer: Layer) -> Layer:
        parts = {part: _plain(constant) for part, constant in layer.constants().items()}
        return layer.with_constants(parts) if parts else layer

    return graph.of_set(number).mapped(own)


def _plain(constant: FixedTensor | Parameter) -> FixedTensor | Parameter:
    return FixedTensor(constant.codes, constant.fraction_bits) if isinstance(constant, SetsTensor) else constant


def _joined(layers: Sequence[Layer]) -> Layer:
    """A layer with the constants of all."""
    first, parts = layers[0], dict(layers[0].constants())
    for part in parts:
        tensors = [layer.constants()[part] for layer in layers]
        parts[part] = SetsTensor.of([tensor for tensor in tensors if isinstance(tensor, FixedTensor)])
    return first.with_constants(parts) if parts else first


def _problems(graph: Graph, file: str, first: Graph, first_file: str) -> list[ModelError]:
    """In what a lowered network differs from the first one besides weights and biases."""
    names = [[one.spelled(layer.name) for layer in one.layers] for one in (first, graph)]
    if names[0] != names[1] or graph.outputs != first.outputs:
        problem = f"becomes the layers {', '.join(names[1])}, but {first_file} {', '.join(names[0])}"
        return [ModelError(file, f"{problem}; name models that differ in weights alone")]
    found = []
    for ours, theirs in zip(graph.layers, first.layers, strict=True):
        parts = _different_parts(ours, theirs)
        if parts:
            problem = f"{graph.describe(ours)} differs from {first_file} in {', '.join(parts)}"
            found.append(ModelError(file, f"{problem}, of which channels cannot have their own; make them equal"))
    for ours_name, theirs_name in zip(graph.outputs, first.outputs, strict=True):
        if repr(graph.scales.get(ours_name)) != repr(first.scales.get(theirs_name)):
            spelled = graph.spelled(ours_name)
            way = f'declare one, layers: {{{spelled}: {{output: "fixed<W,I>"}}}}'
            found.append(ModelError(file, f"gives {spelled} on another scale than {first_file}; {way}"))
    return found


def _different_parts(ours: Layer, theirs: Layer) -> list[str]:
    """Attributes that differ, besides the codes of constants of the same shape."""
    if type(ours) is not type(theirs):
        return ["type"]
    own = {id(constant) for constant in ours.constants().values()}
    found = []
    with np.printoptions(threshold=1 << 62):
        for field in fields(ours):
            mine, other = getattr(ours, field.name), getattr(theirs, field.name)
            if id(mine) in own and isinstance(other, FixedTensor) and mine.codes.shape == other.codes.shape:
                continue
            if repr(mine) != repr(other):
                found.append(field.name)
    return found


def _check_formats(joined: Graph, graphs: Sequence[Graph], files: Sequence[str]) -> None:
    """Refuse sets for which a table or a threshold would be of codes of another format.

    Raises:
        ModelError: Naming the layer that needs a declared format.
    """
    for graph, file in zip(graphs, files, strict=True):
        for layer in graph.layers:
            of_codes = any(isinstance(getattr(layer, field.name), FixedTensor) for field in fields(layer))
            if layer.constants() or layer.moves or not of_codes:
                continue
            for name in layer.inputs:
                own, needed = graph.tensor(name).format, joined.tensor(name).format
                if own != needed:
                    spelled = graph.spelled(name)
                    problem = f"gives {spelled} as {own}, but all sets together need {needed}"
                    way = f'declare one format, layers: {{{spelled}: {{output: "fixed<W,I>"}}}}'
                    raise ModelError(file, f"{problem}, and {graph.describe(layer)} reads codes; {way}")
