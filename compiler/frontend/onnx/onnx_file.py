"""An ONNX file as nodes and arrays, read without the onnx package.

Source: onnx.proto of ONNX 1.23, whose field numbers the reader uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.names import printable
from bxnn.compiler.frontend.onnx import protobuf
from bxnn.compiler.frontend.onnx.onnx_tensor import StoredTensor, read_tensor
from bxnn.compiler.frontend.onnx.protobuf import Value, WireError

# Field numbers of a message, and the types of their values.
_Schema = Mapping[int, tuple[str, Callable[[Value], Any]]]


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """One node.

    Attributes:
        op: Its type, e.g. ``Gemm``.
        domain: Where the type is defined; empty for ONNX itself.
        inputs: Names of tensors; empty for one that is omitted.
        outputs: The same.
        attributes: Untrusted.
        version: Version of the domain that the file uses.
    """

    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    version: int

    @property
    def subject(self) -> str:
        """Its name in errors: the tensor that it writes, a name that the user sees."""
        return f"{printable(self.outputs[0]) if self.outputs else '?'} ({printable(self.op)})"


@dataclass(frozen=True, eq=False)
class OnnxModel:
    """A file.

    Attributes:
        nodes: In order; each after all those whose outputs it reads.
        constants: Stored tensors by name.
        inputs: Shape of every input that is not stored, batch axis first; ``None`` for a size that is not fixed.
        outputs: Names.
    """

    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, StoredTensor]
    inputs: Mapping[str, tuple[int | None, ...]]
    outputs: tuple[str, ...]


def parse_onnx(subject: str, data: bytes) -> OnnxModel:
    """The model of an ONNX file.

    Args:
        subject: Name of the file, for errors.
        data: Its contents; untrusted.

    Raises:
        ModelError: If it is damaged, or has something that is not supported.
    """
    try:
        return _Parser(subject).model(memoryview(data))
    except WireError as error:
        raise ModelError(subject, f"is not an ONNX model, or a damaged one ({error})") from None


@dataclass
class _Parser:
    """Reads one file.

    Attributes:
        subject: For errors.
        elements: Elements of all tensors so far.
    """

    subject: str
    elements: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    def model(self, data: memoryview) -> OnnxModel:
        found = list(protobuf.fields(data))
        if any(number == 25 for number, _ in found):
            raise ModelError(self.subject, "defines functions; export it with its functions inlined")
        for number, value in found:
            if number == 8:
                self._opset(protobuf.raw(value))
        graphs = [protobuf.raw(value) for number, value in found if number == 7]
        if len(graphs) != 1:
            raise ModelError(self.subject, "is not an ONNX model, or a damaged one (it has no graph)")
        return self._graph(graphs[0])

    def _opset(self, data: memoryview) -> None:
        domain, version = "", 1
        for number, value in protobuf.fields(data):
            if number == 1:
                domain = protobuf.text(value)
            elif number == 2:
                version = protobuf.signed(value)
        self.versions[domain] = version

    def _graph(self, data: memoryview) -> OnnxModel:
        nodes: list[OnnxNode] = []
        constants: dict[str, StoredTensor] = {}
        inputs: dict[str, tuple[int | None, ...]] = {}
        outputs: list[str] = []
        for number, value in protobuf.fields(data):
            if number == 1:
                nodes.append(self._node(protobuf.raw(value)))
            elif number == 5:
                name, array = self._tensor(protobuf.raw(value))
                constants[name] = array
            elif number == 11:
                name, shape = self._value_info(protobuf.raw(value))
                inputs[name] = shape
            elif number == 12:
                outputs.append(self._value_info(protobuf.raw(value))[0])
            elif number == 15:
                raise ModelError(self.subject, "has sparse weights; export dense ones")
            if len(nodes) > limits.LAYERS:
                raise ModelError(self.subject, f"has more than {limits.LAYERS} nodes")
        fed = {name: shape for name, shape in inputs.items() if name not in constants}  # weights are inputs, too
        return OnnxModel(tuple(nodes), constants, fed, tuple(outputs))

    def _node(self, data: memoryview) -> OnnxNode:
        inputs: list[str] = []
        outputs: list[str] = []
        op = domain = ""
        attributes: dict[str, Any] = {}
        for number, value in protobuf.fields(data):
            if number == 1:
                inputs.append(protobuf.text(value))
            elif number == 2:
                outputs.append(protobuf.text(value))
            elif number == 4:
                op = protobuf.text(value)
            elif number == 5:
                name, stored = self._attribute(op, protobuf.raw(value))
                attributes[name] = stored
            elif number == 7:
                domain = protobuf.text(value)
        domain = "" if domain == "ai.onnx" else domain
        return OnnxNode(op, domain, tuple(inputs), tuple(outputs), attributes, self.versions.get(domain, 1))

    def _attribute(self, op: str, data: memoryview) -> tuple[str, Any]:
        name: str = ""
        stored: Any = None
        numbers: list[int] = []
        reals: list[float] = []
        for number, value in protobuf.fields(data):
            if number == 1:
                name = protobuf.text(value)
            elif number == 2:
                stored = float(protobuf.floats(value, "<f4")[0])
            elif number == 3:
                stored = protobuf.signed(value)
            elif number == 4:
                stored = protobuf.text(value)
            elif number == 5:
                stored = self._tensor(protobuf.raw(value))[1]
            elif number == 7:
                reals += protobuf.floats(value, "<f4").tolist()
            elif number == 8:
                numbers += protobuf.integers(value)
            elif number in (6, 11):
                raise ModelError(
                    self.subject, f"node {op} contains a graph; export the model without If, Loop and Scan"
                )
        return name, tuple(numbers) or tuple(reals) or (() if stored is None else stored)

    def _tensor(self, data: memoryview) -> tuple[str, StoredTensor]:
        name, array = read_tensor(self.subject, data, limits.TENSOR_ELEMENTS)
        self.elements += array.values.size
        if self.elements > limits.MODEL_FILE_BYTES // 4:
            raise ModelError(self.subject, "holds more weights than any trigger's network; the model file is damaged")
        return name, array

    def _value_info(self, data: memoryview) -> tuple[str, tuple[int | None, ...]]:
        """Name and shape of an input or output."""
        name: str = ""
        shape: list[int | None] = []
        for number, value in protobuf.fields(data):
            if number == 1:
                name = protobuf.text(value)
            elif number == 2:
                for _, dimension in _within(protobuf.raw(value), 1, 2, 1):
                    stored = [protobuf.signed(size) for key, size in protobuf.fields(dimension) if key == 1]
                    shape.append(stored[0] if stored else None)
        if len(shape) > limits.TENSOR_RANK:
            raise ModelError(self.subject, f"input or output {printable(name)!r} has {len(shape)} axes")
        return name, tuple(shape)


def _within(data: memoryview, *path: int) -> list[tuple[int, memoryview]]:
    """The messages that a chain of field numbers leads to."""
    found = [(0, data)]
    for wanted in path:
        found = [
            (number, protobuf.raw(value))
            for _, message in found
            for number, value in protobuf.fields(message)
            if number == wanted
        ]
    return found
