"""What codes at the outputs stand for, whatever the network outputs beside: real values against onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from bench.strangers.onnx_builder import Builder
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.report.notice_text import notice_text
from bxnn.sim.reference import Reference

X = np.random.default_rng(0).normal(0, 2.5, (20, 6)).astype(np.float32)
Ends = tuple[list[str], list[str]]  # outputs, and the same without a final softmax or sigmoid


def dense(b: Builder, outputs: int = 3, axis: int | None = None) -> str:
    return b.node("MatMul", b.qdq("x0", zero=3), b.weights((6, outputs), axis))


def same(*names: str) -> Ends:
    return list(names), list(names)


def of_input(b: Builder) -> Ends:
    return same(b.qdq("x0", zero=3))


def input_and_result(b: Builder) -> Ends:
    x = b.qdq("x0", zero=3)
    return same(x, b.node("MatMul", x, b.weights((6, 3))))


def scaled_once_more(b: Builder) -> Ends:
    y = dense(b)
    return same(y, b.node("Mul", y, b.constant(0.37)))


def scaled_first(b: Builder) -> Ends:
    y = dense(b)
    return same(b.node("Mul", y, b.constant(0.37)), y)


def twice(b: Builder) -> Ends:
    y = dense(b)
    return same(y, b.node("Identity", y))


def softmax(b: Builder) -> Ends:
    y = b.node("Add", dense(b, axis=1), b.normal(3))
    return [b.node("Softmax", y, axis=-1)], [y]


def sigmoid(b: Builder) -> Ends:
    y = dense(b, 1)
    return [b.node("Sigmoid", y)], [y]


def two_heads(b: Builder) -> Ends:
    x = b.qdq("x0")
    y, u = (b.node("MatMul", x, b.weights((6, outputs))) for outputs in (3, 1))
    return [b.node("Softmax", y, axis=-1), b.node("Sigmoid", u)], [y, u]


def with_its_logits(b: Builder) -> Ends:
    y = dense(b)
    return [y, b.node("Softmax", y, axis=-1)], [y, y]


def sigmoid_of_a_multiple(b: Builder) -> Ends:
    y = dense(b)
    z = b.node("Mul", y, b.constant(0.37))
    return [y, b.node("Sigmoid", z)], [y, z]


CASES: list[Callable[[Builder], Ends]] = [
    *(of_input, input_and_result, scaled_once_more, scaled_first, twice),
    *(softmax, sigmoid, two_heads, with_its_logits, sigmoid_of_a_multiple),
]


def run_model(b: Builder, names: list[str]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    model = b.model(*dict.fromkeys(names)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return [np.concatenate([session.run([name], {"x0": x[np.newaxis]})[0] for x in X]) for name in names]


@pytest.mark.parametrize("make", CASES)
def test_real_values(make: Callable[[Builder], Ends], tmp_path: Path) -> None:
    onnxruntime.set_default_logger_severity(4)
    builder = Builder((6,))
    outputs, logits = make(builder)
    (tmp_path / "m.onnx").write_bytes(builder.model(*outputs).SerializeToString())
    config = parse_config("initiation_interval: 1\n")
    graph = lower(load_model(tmp_path / "m.onnx"), config)
    found = Reference(graph).predict({graph.inputs[0]: X})
    for mine, theirs in zip(found.values(), run_model(builder, logits), strict=True):
        assert np.abs(mine.reshape(theirs.shape) - theirs).max() <= 2**-20 * np.abs(theirs).max()


def test_a_threshold_on_a_probability(tmp_path: Path) -> None:
    """It is one on the difference of two logits whose scale is not a power of two."""
    builder = Builder((6,))
    y = dense(builder, 2)
    z = builder.node("Softmax", y, axis=-1)
    (tmp_path / "m.onnx").write_bytes(builder.model(z).SerializeToString())
    config = parse_config(f"initiation_interval: 1\noutputs: {{{z}: {{threshold: 0.7}}}}\n")
    graph = lower(load_model(tmp_path / "m.onnx"), config)
    (found,) = Reference(graph).predict({graph.inputs[0]: X}).values()
    (wanted,) = run_model(builder, [z])
    assert np.array_equal(found.reshape(wanted.shape), wanted > 0.7)


@pytest.mark.parametrize(
    ("scale", "told"), [(0.041268, ["t3: 255 of 255 thresholds are closer than float32 resolves"]), (0.03125, [])]
)
def test_codes_between_two_results(scale: float, told: list[str], tmp_path: Path) -> None:
    """With twice the scale, every other code is a tie, which is exact only if the scale is a power of two."""
    builder = Builder((6,))
    y = builder.qdq(builder.node("Relu", builder.qdq("x0", scale)), 2 * scale, -128)
    (tmp_path / "m.onnx").write_bytes(builder.model(y).SerializeToString())
    notices = [notice_text(notice) for notice in load_model(tmp_path / "m.onnx").notices]
    assert [line for line in notices if "float32" in line] == told
