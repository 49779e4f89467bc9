"""Products of two tensors that nothing reads take no DSP slice: as many are predicted as synthesis finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.read_elements import Mask
from bxnn.compiler.hardware.shared_product_stage import SharedProductStage
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.dense import Dense
from bxnn.layers.gather import Gather
from bxnn.layers.maximum import Maximum
from bxnn.layers.multiply import Multiply
from bxnn.layers.reshape import Reshape
from bxnn.layers.sum import Sum
from tests.layers.firmware import check_firmware, schedule
from tests.vhdl.test_predicted_networks import slices, synthesized

Layers = tuple[Layer, ...]


def inputs(rng: np.random.Generator, size: int, zero: Sequence[int]) -> tuple[Input, Input]:
    """Two inputs with a format for every element; some of the first are always zero."""
    found = []
    for name in "ab":
        high = (1 << rng.integers(1, 6, size)) - 1
        high[list(zero) if name == "a" else []] = 0
        low = np.where(rng.random(size) < 0.7, -high, 0)
        columns = np.stack([rng.integers(0, 4, size), low, high])
        found.append(Input(name, (), (size,), ElementQuantizer.of_columns(columns, Rounding.RND, False)))
    return found[0], found[1]


def dense(rng: np.random.Generator, reads: str, read: Mask) -> Dense:
    """Two sums of some elements."""
    codes = rng.integers(1, 8, (len(read), 2)) * read[:, np.newaxis]
    return Dense("y", (reads,), FixedTensor(np.asarray(codes, np.int64), 2), None)


def quantizer(reads: str, read: Mask) -> ActivationLayer:
    """Three bits of some elements, none of the others."""
    high = np.where(read, 3, 0)
    columns = np.stack([np.full(len(read), 1), -high, high])
    return ActivationLayer("y", (reads,), ElementQuantizer.of_columns(columns, Rounding.RND, False))


def networks(seed: int) -> dict[str, Layers]:
    """Products before all kinds of readers that leave out elements, directly and through other layers."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(5, 9))
    read = rng.random(size) < 0.6
    read[0], read[1], read[3] = True, False, True  # product 3 is always 0
    a, b = inputs(rng, size, [3])
    product, pairs = Multiply("m", ("a", "b")), size - size % 2
    column = np.repeat(read[: pairs // 2], 2)
    few = Gather.of("few", "m", np.arange(pairs))
    gated = Multiply("m", ("d", "a")), Gather.of("y", "m", np.flatnonzero(read))
    summed = Reshape("r", ("few",), (pairs // 2, 2)), Sum("s", ("r",), (1,))
    return {
        "dense": (a, b, product, dense(rng, "m", read)),
        "quantizer": (a, b, product, quantizer("m", read)),
        "gather": (a, b, product, Gather.of("y", "m", np.flatnonzero(read))),
        "add": (a, b, product, Add("s", ("m", "a")), dense(rng, "s", read)),
        "maximum": (a, b, product, Maximum("s", ("m", "b")), quantizer("s", read)),
        "square": (a, b, product, Multiply("s", ("m", "m")), Gather.of("y", "s", np.flatnonzero(read))),
        "sum": (a, b, product, few, *summed, dense(rng, "s", column[::2])),
        "zeros": (a, b, Multiply("d", ("b", "b")), *gated),
        "nothing": (a, b, product, quantizer("m", np.zeros(size, np.bool_))),
    }


def found_and_predicted(layers: dict[str, Layers], folder: Path) -> dict[str, tuple[int, int]]:
    """DSP slices of netlists and of schedules, at II = 1 and 4."""
    found = synthesized(layers, Pipelining(), folder)
    return {name: (slices(module), chosen.dsp) for name, (chosen, module) in found.items()}


def drawn(size: int, interval: int, seed: int) -> tuple[Graph, list[bool]]:
    """Products and sums of some; which of them need a slice."""
    rng = np.random.default_rng([size, interval, seed])
    read, zero = rng.random(size) < 0.5, rng.random(size) < 0.2
    layers = (*inputs(rng, size, np.flatnonzero(zero).tolist()), Multiply("m", ("a", "b")), dense(rng, "m", read))
    return Graph("net", layers, ("y",)), (read & ~zero).tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 5), st.integers(0, 999))
def test_a_product_that_is_read_and_not_always_zero_takes_a_slice(size: int, interval: int, seed: int) -> None:
    graph, needed = drawn(size, interval, seed)
    binding = schedule(graph, interval).step("m").binding
    phases = ceil_div(size, ceil_div(size, interval))
    shared = isinstance(binding, SharedProductStage)
    assert binding.dsp == (ceil_div(sum(needed), phases) if shared else sum(needed))
    assert sum(count for _, count in binding.activity()) == sum(needed)


@pytest.mark.parametrize("half", [0, pytest.param(1, marks=pytest.mark.nightly)])
def test_synthesis_finds_as_many_slices_as_predicted(half: int, tmp_path: Path) -> None:
    counts = found_and_predicted(dict(list(networks(1 + half).items())[half::2]), tmp_path)
    assert {name: found for name, (found, _) in counts.items()} == {name: told for name, (_, told) in counts.items()}


def test_products_that_nothing_reads_would_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with a slice for every product, more are predicted than synthesis finds."""
    whole: Callable[..., Any] = Multiply.stage_of_read
    monkeypatch.setattr(
        Multiply, "stage_of_read", lambda *given: whole(*given[:-1], np.ones_like(given[-1], dtype=np.bool_))
    )
    layers = networks(1)
    counts = found_and_predicted({name: layers[name] for name in ("dense", "quantizer")}, tmp_path)
    assert all(found < told for name, (found, told) in counts.items() if name.endswith("_1"))


@pytest.mark.parametrize(("interval", "shared"), [(1, False), (3, True)])
def test_every_bit_that_is_read(interval: int, shared: bool, tmp_path: Path) -> None:
    graph, needed = drawn(9, 3, 6)
    chosen = schedule(graph, interval)
    binding = chosen.step("m").binding
    assert isinstance(binding, SharedProductStage) is shared and 0 < sum(needed) < 9
    check_firmware(graph, chosen, tmp_path, events=20)
