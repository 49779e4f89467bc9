"""Runs an ONNX file in onnxruntime or in the executor of qonnx: ``python -m bxnn.sim.onnx_worker JOB.json``.

The model computes what its file says, without fusions, with one change: a softmax or sigmoid that the firmware leaves
out becomes an identity.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.sim.close_decisions import CloseDecisions

Arrays = list[NDArray[Any]]
Run = Callable[[Arrays], Arrays]

_BATCH_EVENTS = 4096
_FINAL = ("Softmax", "LogSoftmax", "Sigmoid")
_FINN, _QONNX = "finn.custom_op.general", "qonnx.custom_op.general"  # the same operations under two names


@dataclass(frozen=True)
class OnnxJob:
    """What to run. The folder contains ``inputs.npz``; ``outputs.npz`` and ``result.json`` are written there.

    Attributes:
        model: The ``.onnx`` file.
        left_out: Tensors whose softmax or sigmoid becomes an identity.
        custom: Whether operations of QONNX are in the file.
        folder: Where inputs and outputs are: ``exact_<i>``, float32, events first.
    """

    model: str
    left_out: Sequence[str]
    custom: bool
    folder: str

    def save(self) -> Path:
        """Write as JSON."""
        path = Path(self.folder) / "job.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        return path


def _without(model: Any, left_out: Sequence[str]) -> None:
    """Make identities of some nodes."""
    for node in model.graph.node:
        if node.op_type in _FINAL and not set(left_out).isdisjoint(node.output):
            node.op_type = "Identity"
            node.ClearField("attribute")


def _ports(model: Any) -> list[Any]:
    """The inputs that are not stored; old files list those as well."""
    stored = {tensor.name for tensor in model.graph.initializer}
    return [port for port in model.graph.input if port.name not in stored]


def _runtime(model: Any, more: Sequence[str]) -> Run:
    """Runs a model in onnxruntime: its outputs, and more tensors."""
    runtime, onnx = import_module("onnxruntime"), import_module("onnx")
    runtime.set_default_logger_severity(4)
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    names = [port.name for port in model.graph.output]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in more if name not in names)
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    kinds = [
        (port.name, onnx.helper.tensor_dtype_to_np_dtype(port.type.tensor_type.elem_type)) for port in _ports(model)
    ]

    def run(inputs: Arrays) -> Arrays:
        fed = {name: array.astype(kind) for (name, kind), array in zip(kinds, inputs, strict=True)}
        return list(session.run([*names, *more], fed))

    return run


def _executor(model: Any, more: Sequence[str]) -> Run:
    """The same with the executor of qonnx."""
    for operation in model.graph.node:
        operation.domain = _QONNX if operation.domain == _FINN else operation.domain
    for used in model.opset_import:
        used.domain = _QONNX if used.domain == _FINN else used.domain
    wrapper = import_module("qonnx.core.modelwrapper").ModelWrapper
    infer = import_module("qonnx.transformation.infer_shapes").InferShapes
    execute = import_module("qonnx.core.onnx_exec").execute_onnx

    def run(inputs: Arrays) -> Arrays:
        ports = _ports(model)
        for port, array in zip(ports, inputs, strict=True):
            port.type.tensor_type.shape.dim[0].dim_value = len(array)
        wrapped = wrapper(model).transform(infer())
        fed = {port.name: array for port, array in zip(ports, inputs, strict=True)}
        found = execute(wrapped, fed, return_full_exec_context=True)
        return [found[name] for name in (*(port.name for port in model.graph.output), *more)]

    return run


def _free(model: Any) -> int:
    """Make any number of events legal at the ports; the number that the file was written for, or 1."""
    (first, *_), written = _ports(model), 1
    for port in (*_ports(model), *model.graph.output):
        axes = port.type.tensor_type.shape.dim
        if axes and port.name == first.name:
            written = axes[0].dim_value or 1
        if axes:
            axes[0].dim_param = "events"
    del model.graph.value_info[:]
    return written


def _chunks(run: Run, inputs: Arrays, size: int) -> Arrays:
    """The results, ``size`` events at a time, events first."""
    events, found = len(inputs[0]), []
    for start in range(0, events, size):
        rows = np.minimum(np.arange(start, start + size), events - 1)  # the last chunk is filled up
        results = run([array[rows] for array in inputs])
        found.append([array if array.shape[:1] == (size,) else np.reshape(array, (size, -1)) for array in results])
    return [np.concatenate(parts)[:events] for parts in zip(*found, strict=True)]


def _outputs(run: Run, inputs: Arrays, written: int) -> Arrays:
    """The results of all events; a file may compute only as many at a time as it was written for."""
    try:
        return _chunks(run, inputs, min(len(inputs[0]), _BATCH_EVENTS))
    except Exception:  # whatever a framework raises for a shape that does not fit
        return _chunks(run, inputs, written)


def work(job: OnnxJob) -> dict[str, str | None]:
    """Run the model; returns what goes to ``result.json``."""
    folder = Path(job.folder)
    with np.load(folder / "inputs.npz", allow_pickle=False) as stored:
        inputs = [stored[f"exact_{index}"] for index in range(len(stored.files) // 2)]
    model = import_module("onnx").load_model(job.model, load_external_data=False)
    _without(model, job.left_out)
    written, decisions = _free(model), CloseDecisions.of(model)
    tensors, outputs = tuple(decisions.places), len(model.graph.output)
    found = _outputs((_executor if job.custom else _runtime)(model, tensors), inputs, written)
    arrays = {f"exact_{index}": array.astype(np.float32) for index, array in enumerate(found[:outputs])}
    undecided = decisions.undecided(len(inputs[0]), dict(zip(tensors, found[outputs:], strict=True)))
    np.savez(folder / "outputs.npz", undecided=undecided, **arrays)  # type: ignore[arg-type]
    package = "qonnx" if job.custom else "onnxruntime"
    return {"reference": f"{package} {version(package)}"}


def main(arguments: Sequence[str]) -> int:
    """Run the job; the last line of the log says in one line what failed."""
    job = OnnxJob(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    warnings.simplefilter("ignore")  # of frameworks about themselves
    try:
        result = work(job)
    except Exception as error:  # anything that a framework may raise on a file that it cannot read
        traceback.print_exc()
        words = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split())
        sys.stderr.write(f"{type(error).__name__}: {words}\n")
        return 1
    (Path(job.folder) / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
