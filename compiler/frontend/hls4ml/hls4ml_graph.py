"""From hls4ml's graph to ours, after hls4ml's own optimizer: every type is honoured or refused.

hls4ml itself is not imported: a caller that has one of its graphs has already imported it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_embedding import read_embedding
from bxnn.compiler.frontend.hls4ml.hls4ml_input import INPUTS, read_input
from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.hls4ml_merge import read_merge
from bxnn.compiler.frontend.hls4ml.hls4ml_recurrent import RECURRENT, read_recurrent
from bxnn.compiler.frontend.hls4ml.hls4ml_steps import STEPS, begins_steps, ends_steps, read_steps
from bxnn.compiler.frontend.hls4ml.wide_ports import input_notices, ports_of
from bxnn.compiler.frontend.hls4ml.wide_readers import read_wide
from bxnn.compiler.frontend.hls4ml.wide_value import WideValue
from bxnn.compiler.frontend.names import is_legal_top, legal_name, legal_names, printable
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.registry import hls4ml_layer_types
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.reshape import Reshape

# Nodes that become several layers; the class of the layer reads any other.
_READERS: Mapping[str, Callable[[NodeLayers], None]] = {
    **dict.fromkeys(INPUTS, read_input),
    "Merge": read_merge,
    "Embedding": read_embedding,
    STEPS: read_steps,
    **dict.fromkeys(RECURRENT, read_recurrent),
}
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
    named = [(output, translation.written[output]) for output in model.outputs]
    outputs, notices = ports_of(named, translation.wide)
    notices = (*input_notices(translation.layers, translation.wide), *notices)
    if not outputs:
        raise ModelError(name, "hls4ml finds no output in the model; for an ONNX model, run qonnx-cleanup on the file")
    graph = Graph(name, translation.layers, outputs, notices, renames=translation.renames)
    return _after_inputs(_standing_alone(graph, translation.tensors))


@dataclass(frozen=True)
class Translation:
    """All layers made from a ``ModelGraph``.

    Attributes:
        layers: In order.
        tensors: Their outputs, by name of the layer.
        written: The layer that stands for each output of a node, by hls4ml's name of the output; nodes that every
            step of an event repeats have none.
        renames: Original names of layers that have another one.
        wide: The values that two layers have, by name of the one that stands for them.
    """

    layers: tuple[Layer, ...]
    tensors: dict[str, Tensor]
    written: dict[str, str]
    renames: dict[str, str]
    wide: dict[str, WideValue]


def translated(model: Any, name: str) -> Translation:
    """The layers for every node of an hls4ml ``ModelGraph``; raises what ``from_hls4ml`` raises."""
    if not is_legal_top(name):
        raise ConfigError(f"ProjectName {name!r}", "is not a legal identifier in VHDL, Verilog and C++, or is reserved")
    nodes = _in_order(model)
    new_names = legal_names(node.name for node in nodes)
    layers: list[Layer] = []
    written: dict[str, tuple[str, ...]] = {}  # one layer for each step, where every step has its own
    tensors: dict[str, Tensor] = {}
    wide: dict[str, WideValue] = {}
    taken = {*new_names.values(), name}

    def fresh(text: str) -> str:
        found = legal_name(text, taken)
        taken.add(found)
        return found

    for node in nodes:
        named = [name for name in node.inputs if name]  # in ONNX, an omitted input has an empty name
        inputs = _known(node, named, written) if node.class_name not in INPUTS else []
        made: list[NodeLayers] = []
        for step, reads in enumerate(reads_of_steps(node, inputs)):
            own = fresh(f"{new_names[node.name]}_step{step}") if step else new_names[node.name]
            made.append(NodeLayers(node, own, reads, tuple(tensors[name] for name in reads), fresh, wide=wide))
            _translate(made[-1])
            layers += made[-1].layers
            tensors |= {layer.name: tensor for layer, tensor in zip(made[-1].layers, made[-1].tensors, strict=True)}
        results = tuple(one.layers[-1].name if one.layers else one.inputs[0] for one in made)
        if begins_steps(node):
            results = tuple(layer.name for layer in made[0].layers)
        written |= dict.fromkeys(node.outputs, results)
    renames = {new: printable(original) for original, new in new_names.items() if new != original}
    whole = {output: names[0] for output, names in written.items() if len(names) == 1}
    return Translation(tuple(layers), tensors, whole, renames, wide)


def _known(node: Any, names: Sequence[str], written: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The layers that a node reads; hls4ml 1.3.0 makes circles of TimeDistributed and a layer of its name."""
    for name in names:
        if name not in written:
            advice = "give a TimeDistributed another name than the layer in it"
            problem = f"reads {name!r} before it is computed, in hls4ml's own graph; {advice}"
            raise ModelError(f"{node.name} ({node.class_name})", problem)
    return [written[name] for name in names]


def reads_of_steps(node: Any, inputs: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """What a node reads in every step; in the only one, if it is not among those that every step repeats.

    Args:
        node: The node.
        inputs: For each of its inputs the layers that have it, one for each step.

    Raises:
        ModelError: If steps consist of steps.
    """
    if ends_steps(node):
        return [inputs[0]]
    steps = max(map(len, inputs), default=1)
    if steps > 1 and begins_steps(node):
        raise ModelError(f"{node.name} ({STEPS})", "is inside another one, which is not supported; use one of them")
    return [tuple(names[step % len(names)] for names in inputs) for step in range(steps)]


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
        raise made.refuse(f"layer type is not supported; supported: {', '.join(sorted({*types, *_READERS}))}")
    try:
        if not read_wide(made, reader):
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
