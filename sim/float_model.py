"""Runs the model itself in TensorFlow, in a separate process, and compares the compiled network with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ToolError
from bxnn.compiler.installing import install_command
from bxnn.sim.float_comparison import FloatComparison, compare_outputs
from bxnn.sim.float_file import holds_hgq
from bxnn.sim.float_worker import Job
from bxnn.sim.process import run_tool
from bxnn.sim.reference import Reference
from bxnn.sim.toolchain import tool

_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONUNBUFFERED": "1",
    # oneDNN's convolution in TensorFlow 2.21 is wrong for some shapes with one input channel (tests/conv).
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
_SUBJECT = "float model"


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


@dataclass(frozen=True, eq=False)
class ModelRun:
    """What TensorFlow computed.

    Attributes:
        outputs: float32, events first: ``exact_<i>`` of the model for inputs on their grid and, unless ``no_twin``,
            ``real_<i>`` of the model without quantizers for the inputs as they are.
        runner: What ran it, with versions.
        no_twin: Why there is no model without quantizers, or ``None``.
    """

    outputs: Mapping[str, NDArray[np.float32]]
    runner: str
    no_twin: str | None


def compare(
    model: Path,
    weights: Path | None,
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    labels: NDArray[Any] | None,
    work_folder: Path,
    timeout_seconds: float = 1800,
) -> FloatComparison | None:
    """Run the model in TensorFlow, as ``run_model`` does, and compare it with the compiled network.

    Args:
        model: As for ``run_model``, like all others but the labels.
        weights: Weights file of a ``.json`` model.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        labels: Class numbers, shape (events,) or (events, 1), or one-hot vectors.
        work_folder: Created if missing; keeps the log.
        timeout_seconds: After this long TensorFlow is stopped.

    Returns:
        ``None`` if something that the model needs is not installed.

    Raises:
        ToolError: If TensorFlow cannot run the model.
        VerificationError: If the model's outputs do not match ours.
    """
    found = run_model(model, weights, reference, values, work_folder, timeout_seconds)
    if found is None:
        return None
    return compare_outputs(reference, values, found.outputs, labels, found.runner, found.no_twin)


def run_model(
    model: Path,
    weights: Path | None,
    reference: Reference,
    values: Mapping[str, NDArray[Any]],
    work_folder: Path,
    timeout_seconds: float = 1800,
) -> ModelRun | None:
    """Run the model in TensorFlow.

    The model gets the inputs on their grid, like the firmware; the model without quantizers gets the original ones.

    Args:
        model: A file that the front end has accepted.
        weights: Weights file of a ``.json`` model.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        work_folder: Created if missing; keeps the log.
        timeout_seconds: After this long TensorFlow is stopped.

    Returns:
        ``None`` if something that the model needs is not installed.

    Raises:
        ToolError: If TensorFlow cannot run the model.
    """
    if missing(holds_hgq(model)) is not None:
        return None
    folder = work_folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(str(model.resolve()), None if weights is None else str(weights.resolve()), str(folder))
    _write_inputs(folder / "inputs.npz", reference, values)
    result = _run(job, folder, timeout_seconds)
    if result["missing"] is not None:
        return None
    with np.load(folder / "outputs.npz", allow_pickle=False) as stored:
        outputs = dict(stored)
    for name in ("inputs.npz", "outputs.npz"):
        (folder / name).unlink()
    return ModelRun(outputs, result["reference"], result["no_twin"])


def _write_inputs(path: Path, reference: Reference, values: Mapping[str, NDArray[Any]]) -> None:
    """Inputs in order: ``exact_<i>`` as their codes stand for them, ``real_<i>`` as they are."""
    arrays: dict[str, NDArray[np.float32]] = {}
    codes = reference.quantize_inputs(values)
    for index, name in enumerate(reference.graph.inputs):
        arrays[f"exact_{index}"] = reference.input_values(name, codes[name]).astype(np.float32)
        arrays[f"real_{index}"] = np.asarray(values[name], np.float32)
    np.savez(path, **arrays)  # type: ignore[arg-type]


def _run(job: Job, folder: Path, timeout_seconds: float) -> dict[str, Any]:
    """The worker's ``result.json``."""
    result, log = folder / "result.json", folder / "float_model.log"
    result.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", "bxnn.sim.float_worker", str(job.save())]
    try:
        with log.open("w", encoding="utf-8") as file:
            code = run_tool(command, folder, os.environ | _ENVIRONMENT, file, timeout_seconds).returncode
    except subprocess.TimeoutExpired:
        problem = f"TensorFlow did not finish within {timeout_seconds:g} s; use fewer events (log: {log})"
        raise ToolError(_SUBJECT, problem) from None
    if code != 0 or not result.exists():
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        telling = said[-1][:400] if said and code < 128 else f"it exited with code {code}"
        raise ToolError(_SUBJECT, f"TensorFlow could not run {Path(job.model).name}: {telling} (log: {log})")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found


__all__ = ["FloatComparison", "ModelRun", "compare", "missing", "run_model"]
