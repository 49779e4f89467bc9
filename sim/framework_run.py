"""Runs a model in its own framework, in a separate process: what goes in, what comes out, and what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ToolError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import DeclaredResult, HostQuantizes, LeftOut
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer
from bxnn.sim.process import run_tool
from bxnn.sim.reference import Reference

_SUBJECT = "float model"
LOG = "float_model.log"


@dataclass(frozen=True, eq=False)
class ModelRun:
    """What a framework computed.

    Attributes:
        outputs: float32, events first: ``exact_<i>`` of the model for inputs on their grid and, unless ``no_twin``,
            ``real_<i>`` of the model without quantizers for the inputs as they are.
        runner: What ran it, with versions.
        no_twin: Why there is no model without quantizers, or ``None``.
        undecided: Events that the rounding of the framework's float32 may have decided, bool; ``None`` if there are
            no such events.
        rounds_declared: Whether the network rounds results, as design.yaml declares, where the comparison does not.
    """

    outputs: Mapping[str, NDArray[np.float32]]
    runner: str
    no_twin: str | None
    undecided: NDArray[np.bool_] | None = None
    rounds_declared: bool = False


def write_inputs(path: Path, reference: Reference, values: Mapping[str, NDArray[Any]]) -> None:
    """Inputs in order: ``exact_<i>`` as their codes stand for them, ``real_<i>`` as they are.

    Where the host applies a quantizer of the model whose scale is not a power of two, the model does the same, and both
    round alike; a quotient that is computed again from a code may be rounded to another one.
    """
    arrays: dict[str, NDArray[np.float32]] = {}
    codes = reference.quantize_inputs(values)
    own = {notice.input_name for notice in reference.graph.notices if isinstance(notice, HostQuantizes)}
    for index, name in enumerate(reference.graph.inputs):
        layer, real = reference.graph.layer(name), np.asarray(values[name], np.float32)
        scaled = isinstance(layer, Input) and isinstance(layer.quantizer, ScaledHostQuantizer)
        on_grid = (
            real
            if scaled and reference.graph.spelled(name) in own
            else reference.input_values(name, codes[name]).astype(np.float32)
        )
        arrays |= {f"exact_{index}": on_grid, f"real_{index}": real}
    np.savez(path, **arrays)  # type: ignore[arg-type]


def uncompared(graph: Graph) -> set[str]:
    """Layers whose softmax or sigmoid the model has to leave out, as the user spells them.

    Those that the firmware leaves out, and those whose tables are compared with tables of the model's own logits.
    """
    final = tuple(graph.spelled(name) for name in graph.derived)  # of a member of an ensemble, with its suffix
    found = set()
    for notice in graph.notices:
        name = notice.subject.rpartition(" (")[0]
        if isinstance(notice, LeftOut) and notice.kind in ("softmax", "sigmoid"):
            found.add(name)
        if isinstance(notice, DeclaredResult) and any(own.startswith(name) for own in final):
            found.add(name)
    return found


def run_worker(module: str, job: Path, model: str, framework: str, variables: Mapping[str, str], seconds: float) -> Any:
    """Run a worker on its job, whose folder it leaves its results in.

    Args:
        module: The worker; it reads the job and writes ``result.json`` beside it.
        job: The job.
        model: Name of the model's file, for messages.
        framework: What runs the model, for messages.
        variables: Added to the environment.
        seconds: After this long it is stopped.

    Returns:
        The contents of ``result.json``.

    Raises:
        ToolError: If the framework cannot run the model.
    """
    folder = job.parent
    result, log = folder / "result.json", folder / LOG
    result.unlink(missing_ok=True)
    try:
        with log.open("w", encoding="utf-8") as file:
            command = [sys.executable, "-P", "-m", module, str(job)]
            code = run_tool(command, folder, os.environ | variables, file, seconds).returncode
    except subprocess.TimeoutExpired:
        problem = f"{framework} did not finish within {seconds:g} s; use fewer events (log: {log})"
        raise ToolError(_SUBJECT, problem) from None
    if code != 0 or not result.exists():
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        telling = said[-1][:400] if said and code < 128 else f"it exited with code {code}"
        raise ToolError(_SUBJECT, f"{framework} could not run {model}: {telling} (log: {log})")
    return json.loads(result.read_text(encoding="utf-8"))


def taken_outputs(folder: Path) -> dict[str, NDArray[np.float32]]:
    """The outputs that a worker has left in a folder; they are removed from there, as the inputs are."""
    with np.load(folder / "outputs.npz", allow_pickle=False) as stored:
        outputs = dict(stored)
    for name in ("inputs.npz", "outputs.npz"):
        (folder / name).unlink()
    return outputs
