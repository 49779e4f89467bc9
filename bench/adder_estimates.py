"""What quick estimates of adder graphs miss, on drawn layers.

    python -m bench.adder_estimates [--layers 1000] [--seed 1]

A network whose adders are far beyond its budget by an estimate is refused without a solution of its matrices. This
prints the smallest share of an estimate that the adders of the best graph took, biases included, by the size of the
layers. Exit code 1 if one took less than the share that the scheduler counts on.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from bench.calibration import Verdicts
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.schedule.lut.adder_estimate import LEAST_SHARE
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver
from bxnn.compiler.search.layer_plan import LayerPlan, drawn_weights

_WIDTHS, _BITS, _PRUNINGS = (2, 4, 8, 16, 24, 32, 48, 64), (3, 4, 5, 6, 8), (0.0, 0.5, 0.75)
_SMALL = 8  # inputs or outputs


def drawn_solver(generator: np.random.Generator) -> AdderSolver:
    """A layer as a search draws it, on inputs that are not negative or, rarely, are."""
    inputs, outputs = generator.choice(_WIDTHS, 2).tolist()
    bits, read = generator.choice(_BITS, 2).tolist()
    plan = LayerPlan("fc", inputs, outputs, bits, "relu")
    kernel, bias = (
        part
        for own in drawn_weights((plan,), float(generator.choice(_PRUNINGS))).values()
        for part in (own.kernel, own.bias)
    )
    low = -(1 << (read - 1)) if generator.random() < 0.2 else 0
    most = (1 << (bits - 1)) - 1
    weights = np.clip(np.rint(kernel.T * (most + 1)), -most - 1, most).astype(np.int64)
    codes = np.rint(bias * (most + 1) * 16).astype(np.int64)
    ends = np.full(inputs, low, np.int64), np.full(inputs, low + (1 << read) - 1, np.int64)
    return AdderSolver("fc", LinearMap(weights, codes, weights.size), *ends)


def share(solver: AdderSolver) -> float:
    """Of the estimate that the adders of the smallest graph take; 1 of nothing."""
    estimate = solver.estimated_adder_bits(1 << 40)
    solved = min(int(graph.adder_bits.sum()) for graph in solver.graphs)
    return solved / estimate if estimate else 1.0


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    generator, found = np.random.default_rng(given.seed), {"small": list[float](), "others": list[float]()}
    for _ in range(given.layers):
        solver = drawn_solver(generator)
        size = "small" if min(solver.weights.shape) <= _SMALL else "others"
        found[size].append(share(solver))
    verdicts = Verdicts()
    for size, shares in found.items():
        verdicts.at_least(f"{size}: share of an estimate, {len(shares)} layers", min(shares), LEAST_SHARE)
    sys.exit(1 if verdicts.missed else 0)


if __name__ == "__main__":
    main()
