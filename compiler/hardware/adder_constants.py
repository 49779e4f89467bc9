"""Tables that configure the library entity `adder_graph` for a pipelined adder graph, each row with a comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.shift_add_graph import ZERO, ShiftAddGraph
from bxnn.compiler.numeric.tensor import Int


def adder_constants(pipeline: AdderPipeline) -> Mapping[str, Any]:
    """Rows and comments of the three tables, plus the constants.

    Returns:
        ``values`` (bits, signed, first stage, last stage), ``adders`` (left, left shift, right, right shift,
        subtract), ``results`` (value, shift), each a list of (row, comment) pairs; ``constant_codes``,
        ``constant_bits``. An empty table gets one row of zeros that nothing reads.
    """
    graph, names = pipeline.graph, _names(pipeline.graph)
    columns = graph.bits, graph.signed.astype(np.int64), pipeline.stage, pipeline.last_stage
    adders = np.column_stack(
        [graph.operands[:, 0], graph.shifts[:, 0], graph.operands[:, 1], graph.shifts[:, 1], graph.subtract]
    )
    codes = graph.constants if graph.constants.size else np.zeros(1, np.int64)
    low, high = graph.ranges
    ranges = [f"{name} in {a} .. {b}" for name, a, b in zip(names, low.tolist(), high.tolist(), strict=True)]
    sums = [f"{name} = {text}" for name, text in zip(names[graph.first_sum :], _sums(graph, names), strict=True)]
    outputs = zip(graph.outputs.tolist(), graph.output_shifts.tolist(), strict=True)
    results = ["0" if v == ZERO else _shifted(names[v], s) for v, s in outputs]
    return {
        "values": _rows(np.column_stack(columns), ranges),
        "adders": _rows(adders, sums) or [("0, 0, 0, 0, 0", "none")],
        "results": _rows(
            np.column_stack([graph.outputs, graph.output_shifts]),
            [f"y{o} = {t}" for o, t in enumerate(results)],
        ),
        "constant_codes": codes,
        "constant_bits": max(int(codes.max()).bit_length(), 1),
    }


def _rows(table: Int, comments: list[str]) -> list[tuple[str, str]]:
    texts = (", ".join(map(str, row)) for row in table.tolist())
    return list(zip(texts, comments, strict=True))


def _names(graph: ShiftAddGraph) -> list[str]:
    """``x0, x1, ...`` for inputs, the number itself for constants, ``s0, s1, ...`` for sums."""
    inputs = [f"x{i}" for i in range(graph.inputs)]
    return [*inputs, *map(str, graph.constants.tolist()), *(f"s{n}" for n in range(graph.sums))]


def _sums(graph: ShiftAddGraph, names: list[str]) -> list[str]:
    rows = zip(graph.operands.tolist(), graph.shifts.tolist(), graph.subtract.tolist(), strict=True)
    return [
        f"{_shifted(names[left], first)} {'-' if minus else '+'} {_shifted(names[right], second)}"
        for (left, right), (first, second), minus in rows
    ]


def _shifted(name: str, shift: int) -> str:
    if shift == 0:
        return name
    return f"{name} * {1 << shift}" if shift > 0 else f"{name} / {1 << -shift}"
