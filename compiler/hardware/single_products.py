"""A matrix as two: one whose outputs are single products, and one of zeros and ones that adds them up."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.numeric.tensor import Int


def single_products(weights: Int) -> tuple[Int, Int]:
    """Two matrices whose product is ``weights``, the first with one weight in each column.

    Whatever is done to every product alone, such as dropping its low bits, can then be done between the two. Outputs
    that have the same weight for an input share the product.

    Args:
        weights: int64, shape (inputs, outputs).

    Returns:
        Matrices of shapes (inputs, products) and (products, outputs); at least one product, which may be zero.
    """
    inputs, outputs = np.nonzero(weights)
    pairs = np.stack([inputs, weights[inputs, outputs]], axis=1)
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    count = max(len(distinct), 1)
    products = np.zeros((len(weights), count), np.int64)
    products[distinct[:, 0], np.arange(len(distinct))] = distinct[:, 1]
    sums = np.zeros((count, weights.shape[1]), np.int64)
    sums[place.ravel(), outputs] = 1
    return products, sums
