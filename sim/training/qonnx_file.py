"""Writes an ONNX file with the onnx package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredNode:
    """One node of a file.

    Attributes:
        op: Its type.
        domain: Where the type is defined; empty for ONNX itself.
        version: Version of the domain, the same for all its nodes.
        inputs: Names of tensors.
        output: Name of its tensor.
        attributes: By name.
    """

    op: str
    domain: str
    version: int
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


def onnx_bytes(
    nodes: Sequence[StoredNode],
    constants: Mapping[str, NDArray[np.floating]],
    inputs: Mapping[str, tuple[int, ...]],
    output: str,
) -> bytes:
    """The file of some nodes; any number of events may be a batch.

    Args:
        nodes: In topological order.
        constants: Stored tensors by name.
        inputs: Shape of an event by name of the input.
        output: Name of the output.
    """
    from onnx import TensorProto, helper, numpy_helper

    stored = [numpy_helper.from_array(np.asarray(own), name) for name, own in constants.items()]
    read = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["events", *shape]) for name, shape in inputs.items()
    ]
    written = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    made = [
        helper.make_node(
            node.op, list(node.inputs), [node.output], name=node.output, domain=node.domain, **node.attributes
        )
        for node in nodes
    ]
    graph = helper.make_graph(made, "network", read, written, stored)
    versions = {node.domain: node.version for node in nodes}
    opsets = [helper.make_opsetid(domain, version) for domain, version in sorted(versions.items())]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="bxnn")
    found: bytes = model.SerializeToString()
    return found
