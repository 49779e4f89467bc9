"""The executor of qonnx, event by event."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from qonnx.core import onnx_exec


def executed(model: Any, events: Any) -> Any:
    """Values of the model's first output, shape (events, ...); its only input takes one event at a time.

    qonnx makes a session of ONNX Runtime for every node of every event, which takes longer than to run it: here each
    node has one.
    """
    source, result = model.graph.input[0].name, model.graph.output[0].name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_exec.rt, "InferenceSession", cache(onnx_exec.rt.InferenceSession))
        answers = [onnx_exec.execute_onnx(model, {source: event[np.newaxis]})[result] for event in events]
    return np.concatenate(answers)
