"""Runs an ONNX file in onnxruntime, or with the executor of qonnx, in a separate process."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.installing import install_command
from bxnn.compiler.plural import counted
from bxnn.sim.class_decisions import origin
from bxnn.sim.framework_run import ModelRun, run_worker, taken_outputs, uncompared, write_inputs
from bxnn.sim.onnx_worker import OnnxJob
from bxnn.sim.reference import Reference

_DOMAINS = (b"qonnx.custom_op.general", b"onnx.brevitas", b"finn.custom_op.general")  # of operations of QONNX
_DOMAIN_OF_NODE = 7 << 3 | 2  # field 7 of NodeProto, a string; files may list domains that they do not use
_NO_TWIN = "an ONNX file has no unquantized counterpart"


def holds_onnx(model: Path) -> bool:
    """Whether a model file that the compiler accepted is an ONNX file: those are read by their names."""
    return model.suffix.lower() in (".onnx", ".qonnx")


def absent(model: Path) -> str | None:
    """What has to be installed before an ONNX file can be compared; ``None`` if nothing has to."""
    wanted = ("onnx", "onnxruntime", *(("qonnx",) if _custom(model) else ()))
    found = [name for name in wanted if find_spec(name) is None]
    command = install_command("onnxruntime")
    return f"{', '.join(found)} not installed; install with: {command}" if found else None


def run_onnx(
    model: Path, reference: Reference, values: Mapping[str, NDArray[Any]], work_folder: Path, seconds: float = 1800
) -> ModelRun | None:
    """Run an ONNX file; a softmax or sigmoid that the firmware leaves out is left out as well.

    Args:
        model: A file that the front end has accepted.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        work_folder: Created if missing; keeps the log.
        seconds: After this long the framework is stopped.

    Returns:
        ``None`` if something that the model needs is not installed.

    Raises:
        ToolError: If the framework cannot run the model.
        VerificationError: If the outputs of the model are not those of the network.
    """
    if absent(model) is not None:
        return None
    folder = work_folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    write_inputs(folder / "inputs.npz", reference, values)
    job = OnnxJob(str(model.resolve()), sorted(uncompared(reference.graph)), _custom(model), str(folder))
    framework = "qonnx" if job.custom else "onnxruntime"
    result = run_worker("bxnn.sim.onnx_worker", job.save(), model.name, framework, {}, seconds)
    found = taken_outputs(folder)
    undecided = found.pop("undecided").astype(bool)
    return ModelRun(_shaped(reference, found), result["reference"], _NO_TWIN, undecided, rounds_declared=True)


def _custom(model: Path) -> bool:
    """Whether a file has operations of QONNX."""
    data = model.read_bytes()
    return any(bytes((_DOMAIN_OF_NODE, len(domain))) + domain in data for domain in _DOMAINS)


def _shaped(reference: Reference, found: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The outputs with the shapes of the network's.

    Raises:
        VerificationError: If they have other sizes.
    """
    sources = list(dict.fromkeys(origin(reference.graph, name) for name in reference.graph.outputs))
    shapes = [reference.tensors[source].shape for source in sources]
    outputs = dict(found)
    for index, (source, shape) in enumerate(zip(sources, shapes, strict=True)):
        array = outputs.get(f"exact_{index}")
        if array is None:
            continue  # the comparison says how many there are
        if array.size != len(array) * np.prod(shape):
            elements = counted(array.size // len(array), "element")
            raise VerificationError("float model", f"output {source} has {elements}, but shape {shape} in the network")
        outputs[f"exact_{index}"] = array.reshape(len(array), *shape)
    return outputs
