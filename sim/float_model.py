"""Runs the model itself, a Keras one in TensorFlow, and compares the compiled network with it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from bxnn.compiler.installing import install_command
from bxnn.sim.float_comparison import FloatComparison, compare_outputs
from bxnn.sim.float_file import holds_hgq, holds_keras
from bxnn.sim.float_worker import Job
from bxnn.sim.framework_run import ModelRun, run_worker, taken_outputs, uncompared, write_inputs
from bxnn.sim.onnx_run import holds_onnx, run_onnx
from bxnn.sim.reference import Reference
from bxnn.sim.toolchain import tool

_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONUNBUFFERED": "1",
    # oneDNN's convolution in TensorFlow 2.21 is wrong for some shapes with one input channel (tests/conv).
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


def missing(hgq: bool = False) -> str | None:
    """What has to be installed before models, or those of HGQ2, can be compared; ``None`` if nothing has to.

    HGQ2 and QKeras cannot share an environment.
    """
    tools = ("tensorflow",) if hgq else ("tensorflow", "qkeras")
    packages = {"hgq2": "hgq"} if hgq else {"tf_keras": "tf_keras"}
    absent = [name for name in tools if not tool(name).found]
    absent += [name for name, module in {**packages, "h5py": "h5py"}.items() if find_spec(module) is None]
    command = install_command("hgq2" if hgq else "tensorflow")
    return f"{', '.join(absent)} not installed; install with: {command}" if absent else None


def runs(model: Path) -> bool:
    """Whether a framework runs a model file that the compiler accepted."""
    return holds_onnx(model) or holds_keras(model)


def compare(
    model: Path,
    weights: Path | None,
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    labels: NDArray[Any] | None,
    work_folder: Path,
    timeout_seconds: float = 1800,
) -> FloatComparison | None:
    """Run the model in its framework, as ``run_model`` does, and compare it with the compiled network.

    Args:
        model: As for ``run_model``, like all others but the labels.
        weights: Weights file of a ``.json`` model.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        labels: Class numbers, shape (events,) or (events, 1), or one-hot vectors.
        work_folder: Created if missing; keeps the log.
        timeout_seconds: After this long the framework is stopped.

    Returns:
        ``None`` if something that the model needs is not installed.

    Raises:
        ToolError: If the framework cannot run the model.
        VerificationError: If the model's outputs do not match ours.
    """
    found = run_model(model, weights, reference, values, work_folder, timeout_seconds)
    if found is None:
        return None
    return compare_outputs(reference, values, found.outputs, labels, found.runner, found.no_twin, found.undecided)


def run_model(
    model: Path,
    weights: Path | None,
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    work_folder: Path,
    timeout_seconds: float = 1800,
) -> ModelRun | None:
    """Run the model in TensorFlow, or an ONNX file as ``run_onnx`` does.

    The model gets the inputs on their grid, like the firmware; the model without quantizers gets the original ones.

    Args:
        model: A file that the front end has accepted.
        weights: Weights file of a ``.json`` model.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        work_folder: Created if missing; keeps the log.
        timeout_seconds: After this long the framework is stopped.

    Returns:
        ``None`` if something that the model needs is not installed.

    Raises:
        ToolError: If the framework cannot run the model.
    """
    if holds_onnx(model):
        return run_onnx(model, reference, values, work_folder, timeout_seconds)
    if missing(holds_hgq(model)) is not None:
        return None
    folder = work_folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # A layer of a nested model is model/layer, its second use layer#2.
    linear = sorted({name.partition("#")[0].rpartition("/")[2] for name in uncompared(reference.graph)})
    job = Job(str(model.resolve()), None if weights is None else str(weights.resolve()), str(folder), linear)
    write_inputs(folder / "inputs.npz", reference, values)
    worker = "bxnn.sim.float_worker", job.save(), model.name, "TensorFlow", _ENVIRONMENT, timeout_seconds
    result = run_worker(*worker)
    if result["missing"] is not None:
        return None
    return ModelRun(taken_outputs(folder), result["reference"], result["no_twin"])


__all__ = ["FloatComparison", "ModelRun", "compare", "missing", "run_model", "runs"]
