"""What becomes of a model file: every output compared with another evaluation of it, or the reason of a refusal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.errors import InputError, ModelError
from bxnn.compiler.frontend import load_model
from bxnn.sim.reference import Reference

Array = NDArray[Any]
Expected = Callable[[Sequence[Array]], Sequence[Array]]
_DESIGN = "initiation_interval: 1\n"


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        name: What is special about it.
        outputs: Numbers compared; 0 if the file was refused.
        wrong: How many of them differ.
        message: Of the refusal, or ``None``.
        seconds: Processor time of reading and lowering.
    """

    name: str
    outputs: int = 0
    wrong: int = 0
    message: str | None = None
    seconds: float = 0.0


def outcome(name: str, path: Path, inputs: Sequence[Array], expected: Expected, design: str = _DESIGN) -> Outcome:
    """Read a file, and compare its reference with another evaluation, number by number, as float32.

    Args:
        name: What is special about it.
        path: The file.
        inputs: One array of events for every input, in order.
        expected: The other evaluation; not called if the file is refused.
        design: The text of a design.yaml.
    """
    config, start = parse_config(design), time.process_time()
    try:
        graph = lower(load_model(path, types=config.declared_types()), config)
    except (InputError, ModelError) as error:
        return Outcome(name, message=str(error).splitlines()[0], seconds=time.process_time() - start)
    seconds = time.process_time() - start
    found = Reference(graph).predict(dict(zip(graph.inputs, inputs, strict=True)))
    wanted, total, wrong = expected(inputs), 0, 0
    for mine, theirs in zip(found.values(), wanted, strict=True):
        flat = np.asarray(mine, np.float32).reshape(len(theirs), -1)
        other = np.asarray(theirs, np.float32).reshape(len(theirs), -1)
        assert flat.shape == other.shape, f"{name}: {flat.shape} against {other.shape}"
        total, wrong = total + flat.size, wrong + int((flat != other).sum())
    return Outcome(name, total, wrong, seconds=seconds)
