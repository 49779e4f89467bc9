"""Adder graphs from `alkaid`'s solver of constant matrix-vector products.

alkaid (LGPL-3.0, an optional dependency) is used through its public function ``alkaid.cmvm.cmvm_solve``. Its
programs are converted here to adder graphs, which are then verified coefficient by coefficient. The solver computes in
float32: wider weights are cut into parts, whose products it finds together, and which are added up here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.installing import not_installed
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term

_ADD, _SUBTRACT, _INPUT, _NEGATE = 0, 1, -1, -2
_PART_BITS = 24  # of a weight, the sign included: float32 also represents differences of two exactly
_UNLIMITED, _DEEPER, _SHALLOWEST = -1, 2, 0  # depth allowed beyond that of the shallowest graph
_LEVEL = 1.0  # an adder, in alkaid's depths
CANDIDATES = 3


@dataclass(frozen=True, eq=False)
class Program:
    """A solved product ``x @ matrix``: one or two alkaid programs; the second reads the outputs of the first.

    Attributes:
        parts: The programs.
        cuts: How many parts of the weights, the lowest first, have outputs of the programs.
    """

    parts: tuple[Any, ...]
    cuts: int = 1

    def built(self, builder: AdderBuilder, inputs: list[Term | None]) -> list[Term | None]:
        """The outputs of the program for values of a builder; ``None`` is zero."""
        for part in self.parts:
            inputs = _built(part, builder, inputs)
        outputs = len(inputs) // self.cuts
        found = inputs[-outputs:]
        for cut in range(self.cuts - 2, -1, -1):
            lower = inputs[cut * outputs : (cut + 1) * outputs]
            higher = [None if term is None else term.shifted(_PART_BITS) for term in found]
            found = [builder.add(*terms) for terms in zip(lower, higher, strict=True)]
        return found

    @property
    def depth(self) -> float:
        """Depth of the deepest output of the programs, as alkaid counts it."""
        return float(max(self.parts[-1].out_latency, default=0.0))

    @property
    def in_one_part(self) -> bool:
        """Whether only the first program adds anything."""
        return not any(operation.opcode in (_ADD, _SUBTRACT) for part in self.parts[1:] for operation in part.ops)


def solve(matrix: Int, low: Int, high: Int) -> tuple[Program, ...]:
    """Candidates for the product with a constant matrix: of any depth, a little deeper than possible, the shallowest.

    The first and the second of them are often the same program. Then it is solved once: if one in a single part is no
    more than a level deeper than the shallowest, the solver finds it with a limit of two levels as well.

    Args:
        matrix: int64, shape (inputs, outputs).
        low: Smallest code of each input.
        high: Largest code of each input.

    Raises:
        ToolError: If alkaid is not installed.
    """
    solved = _solver_of(matrix, low, high)

    def found(extra: int) -> Program:
        return solved(hard_dc=extra)

    with ThreadPoolExecutor(1) as beside:  # the solver computes without the lock of Python
        other = beside.submit(found, _SHALLOWEST)
        cheapest, shallowest = found(_UNLIMITED), other.result()
    shallow = cheapest.in_one_part and cheapest.depth <= shallowest.depth + _LEVEL
    return cheapest, cheapest if shallow else found(_DEEPER), shallowest


def solved_once(matrix: Int, low: Int, high: Int) -> Program:
    """A program of any depth, by one pass at one depth of a decomposition: a fraction of the time of ``solve``.

    Args:
        matrix: int64, shape (inputs, outputs).
        low: Smallest code of each input.
        high: Largest code of each input.

    Raises:
        ToolError: If alkaid is not installed.
    """
    return _solver_of(matrix, low, high)(hard_dc=_UNLIMITED, decompose_dc=0, search_all_decompose_dc=False)


def _solver_of(matrix: Int, low: Int, high: Int) -> Callable[..., Program]:
    """The solver for one matrix, which takes the remaining options."""
    cmvm, cut = solver(), _cut(matrix)
    kernel = np.ascontiguousarray(np.concatenate(cut, axis=1).astype(np.float32))
    intervals = [(float(bottom), float(top), 1.0) for bottom, top in zip(low, high, strict=True)]
    latencies = [0.0] * len(intervals)
    return lambda **options: Program(
        tuple(cmvm.cmvm_solve(kernel, qintervals=intervals, latencies=latencies, **options)), len(cut)
    )


def _cut(matrix: Int) -> list[Int]:
    """Parts of the weights, the lowest first: ``matrix = sum_k parts[k] * 2**(k * _PART_BITS)``."""
    parts, rest, half = list[Int](), matrix, 1 << (_PART_BITS - 1)
    while int(np.abs(rest).max(initial=0)) > half:
        parts.append(((rest + half) & ((1 << _PART_BITS) - 1)) - half)
        rest = (rest - parts[-1]) >> _PART_BITS
    return [*parts, rest]


def solver() -> Any:
    """The module ``alkaid.cmvm``.

    Raises:
        ToolError: If it is not installed.
    """
    try:
        return importlib.import_module("alkaid.cmvm")
    except ImportError:
        raise not_installed("alkaid", "strategy lut") from None


def _built(part: Any, builder: AdderBuilder, inputs: list[Term | None]) -> list[Term | None]:
    terms: list[Term | None] = []
    for operation in part.ops:
        kind = operation.opcode
        if kind == _INPUT:
            index = operation.data[0]
            term = inputs[index]
            terms.append(None if term is None else term.shifted(part.inp_shifts[index]))
        elif kind in (_ADD, _SUBTRACT):
            left, right = (terms[address] for address in operation.addr)
            if right is not None:
                right = right.shifted(operation.data[0])
                right = right.negated() if kind == _SUBTRACT else right
            terms.append(builder.add(left, right))
        elif kind == _NEGATE:
            term = terms[operation.addr[0]]
            terms.append(None if term is None else term.negated())
        else:
            raise InternalError("alkaid", f"returned operation {kind}, which is not an addition")
    outputs: list[Term | None] = []
    for index, shift, negative in zip(part.out_idxs, part.out_shifts, part.out_negs, strict=True):
        term = terms[index] if index >= 0 else None
        term = None if term is None else term.shifted(shift)
        outputs.append(term.negated() if term is not None and negative else term)
    return outputs
