"""From hls4ml's graph to ours, after hls4ml's own optimizer: every type is honoured or refused.

hls4ml itself is not imported: a caller that has one of its graphs has already imported it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.hls4ml_merge import read_merge
from bxnn.compiler.frontend.hls4ml.hls4ml_recurrent import RECURRENT, read_recurrent
from bxnn.compiler.frontend.names import is_legal_top, legal_name, legal_names, printable
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.registry import hls4ml_layer_types
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.reshape import Reshape

# Nodes that become several layers; the class of the layer reads any other.
_READERS: Mapping[str, Callable[[NodeLayers], None]] = {"Merge": read_merge, **dict.fromkeys(RECURRENT, read_recurrent)}
_DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def from_hls4ml(model: Any, name: str) -> Graph:
    """The graph of an hls4ml ``ModelGraph`` on which hls4ml's flows ``convert`` and ``optimize`` have run.

    Args:
        model: The ``ModelGraph``.
        name: Name of the graph and of the top entity.

    Returns:
        The graph, weights as exact codes, input formats declared. A node's linear layer has the node's name; names
        that are not identifiers are changed in the same way as those of Keras layers.

    Raises:
        ModelError: Naming the node that requires something that is not supported exactly.
        ConfigError: If ``name`` is not a legal identifier.
    """
    translation = translated(model, name)
    outputs = tuple(translation.written[output] for output in model.outputs)
    if not outputs:
        raise ModelError(name, "hls4ml finds no output in the model; for an ONNX model, run qonnx-cleanup on the file")
    graph = Graph(name, translation.layers, outputs, renames=translation.renames)
    return _after_inputs(_standing_alone(graph, translation.tensors))


@dataclass(frozen=True)
class Translation:
    """All layers made from a ``ModelGraph``.

    Attributes:
        layers: In order.
        tensors: Their outputs, by name of the layer.
        written: The layer that stands for each output of a node, by hls4ml's name of the output.
        renames: Original names of layers that have another one.
    """

    layers: tuple[Layer, ...]
    tensors: dict[str, Tensor]
    written: dict[str, str]
    renames: dict[str, str]


def translated(model: Any, name: str) -> Translation:
    """The layers for every node of an hls4ml ``ModelGraph``; raises what ``from_hls4ml`` raises."""
    if not is_legal_top(name):
        raise ConfigError(f"ProjectName {name!r}", "is not a legal identifier in VHDL, Verilog and C++, or is reserved")
    nodes = _in_order(model)
    new_names = legal_names(node.name for node in nodes)
    layers: list[Layer] = []
    written: dict[str, str] = {}
    tensors: dict[str, Tensor] = {}
    taken = {*new_names.values(), name}

    def fresh(text: str) -> str:
        found = legal_name(text, taken)
        taken.add(found)
        return found

    for node in nodes:
        named = [name for name in node.inputs if name]  # in ONNX, an omitted input has an empty name
        reads = tuple(written[name] for name in named) if node.class_name not in ("Input", "InputLayer") else ()
        made = NodeLayers(node, new_names[node.name], reads, tuple(tensors[name] for name in reads), fresh)
        _translate(made)
        layers += made.layers
        tensors |= {layer.name: tensor for layer, tensor in zip(made.layers, made.tensors, strict=True)}
        written |= dict.fromkeys(node.outputs, made.layers[-1].name if made.layers else reads[0])
    renames = {new: printable(original) for original, new in new_names.items() if new != original}
    return Translation(tuple(layers), tensors, written, renames)


def _in_order(model: Any) -> list[Any]:
    """The nodes, inputs first and in the order of the model, in which ``predict`` gets arrays; hls4ml sorts by use."""
    places = {output: place for place, output in enumerate(model.inputs)}

    def place(node: Any) -> int:
        return min((places.get(output, len(places)) for output in node.outputs), default=len(places))

    return sorted(model.get_layers(), key=place)


def _translate(made: NodeLayers) -> None:
    types = hls4ml_layer_types()
    reader = _READERS.get(made.class_name) or getattr(types.get(made.class_name), "from_hls4ml", None)
    if reader is None:
        raise made.refuse(f"layer type is not supported; supported: {', '.join(sorted((*types, *_READERS)))}")
    try:
        reader(made)
    except ModelError as error:  # of a layer, which knows neither hls4ml's class nor the original name
        raise ModelError(made.subject, error.problem) from error
    except _DAMAGE as error:
        raise ModelError(made.subject, f"its attributes cannot be read ({type(error).__name__}: {error})") from error
    _check_shape(made)


def _check_shape(made: NodeLayers) -> None:
    """hls4ml's readers misinterpret some nodes, and its C++ then reads past the end of an array."""
    tensor = made.tensors[-1] if made.tensors else made.sources[0]
    if tensor.shape != made.output_shape:
        raise made.refuse(f"gives {tensor.shape} from {made.sources[0].shape}, but hls4ml gives it {made.output_shape}")


def _after_inputs(graph: Graph) -> Graph:
    """A layer that is left out at an output reads wires if it read an input: a port cannot be both."""
    for layer in graph.layers:
        reads_input = layer.inputs and isinstance(graph.layer(layer.inputs[0]), Input)
        if layer.left_out_at_output() is not None and reads_input:
            name = legal_name(f"{layer.name}_logits", {other.name for other in graph.layers})
            wires = Reshape(name, layer.inputs, graph.shapes()[layer.inputs[0]])
            pairs = [(wires, replace(layer, inputs=(name,))) if old is layer else (old,) for old in graph.layers]
            graph = replace(graph, layers=tuple(new for pair in pairs for new in pair))
    return graph


def _standing_alone(graph: Graph, tensors: dict[str, Tensor]) -> Graph:
    """Layers without hardware that no neighbour can absorb become separate layers, if they can."""
    for layer in graph.layers:
        alone = layer.standing_alone(tensors[layer.name].shape)
        if alone is not None and not _foldable(graph, layer):
            graph = graph.replaced(layer.name, alone)
    return graph


def _foldable(graph: Graph, layer: Layer) -> bool:
    producer, consumer = graph.layer(layer.inputs[0]), graph.only_consumer(layer.name)
    if graph.only_consumer(producer.name) is layer and layer.folded_into(producer) is not None:
        return True
    return consumer is not None and layer.folded_forward(consumer) is not None


def linear_nodes(model: Any) -> Sequence[Any]:
    """Nodes whose reuse and strategy can be chosen: those with a kernel."""
    return [node for node in model.get_layers() if "weight" in node.weights]
