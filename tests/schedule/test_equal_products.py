"""Equal products of two tensors are multiplied once: as many DSP slices are predicted as synthesis finds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler import driver
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.passes import PassOptions, run
from bxnn.compiler.passes.merge_equal_layers import merge_equal_layers
from bxnn.compiler.passes.share_products import share_products
from bxnn.compiler.verification.c_simulation import csim
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.dense import Dense
from bxnn.layers.gather import Gather
from bxnn.layers.lookup import Lookup
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.multiply import Multiply
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape
from bxnn.layers.sum import Sum
from bxnn.layers.threshold import Threshold
from bxnn.sim.reference import Reference
from tests.layers.firmware import check_firmware, random_codes, schedule
from tests.onnx.handmade import Model
from tests.vhdl.test_predicted_networks import slices, synthesized

Layers = tuple[Layer, ...]
EVENTS = 400


def source(name: str, size: int, bits: int = 7) -> Input:
    """An input whose elements have one format."""
    return Input(name, (), (size,), FixedQuantizer(FixedFormat(True, 2, bits - 3), Rounding.RND, Overflow.SAT))


def quantizer(name: str, reads: str, bits: int = 4) -> ActivationLayer:
    return ActivationLayer(name, (reads,), FixedQuantizer(FixedFormat(True, 1, bits - 2), Rounding.RND, Overflow.SAT))


def own_formats(name: str, reads: str, size: int) -> ActivationLayer:
    """A quantizer that says of every element what its format is; it is the same one."""
    columns = np.tile([[2], [-7], [7]], (1, size))
    return ActivationLayer(name, (reads,), ElementQuantizer.of_columns(columns, Rounding.RND, False))


def tables(first: str, second: str, reads: str) -> Layers:
    """A function by its table, and by its threshold."""
    codes = FixedTensor(np.resize(np.array([[3, -1, 2, 7, -8]]), (1, 128)), 1)
    steps, base, step = FixedTensor(np.array([[-9]]), 4), FixedTensor(np.array([-1]), 0), FixedTensor(np.array([1]), 0)
    return (
        Lookup(first, (reads,), codes, FixedFormat(True, 2, 1)),
        Threshold(second, (reads,), steps, base, step, FixedFormat(True, 1, 0)),
    )


def pooled(name: str, reads: str) -> Layers:
    """The larger of two elements, of one pair twice."""
    image = Gather.of(f"{name}_in", reads, np.array([[0], [1], [2], [3], [1], [0]]))
    pairs = Window((2,), (2,), (1,), (0,), (0,))
    return image, MaxPool2D(f"{name}_pool", (image.name,), pairs), Reshape(name, (f"{name}_pool",), (3,))


def flat(*names: str) -> Concatenate:
    return Concatenate("y", names, 0)


def networks() -> dict[str, tuple[Layers, int]]:
    """Products that repeat in all ways, and how many of them differ."""
    a, b, c, pair = source("a", 4), source("b", 4), source("c", 3), ("m", "n")
    rows = np.repeat(np.arange(3), 3).reshape(3, 3)
    repeated, turned = Gather.of("r", "c", rows), Permute("t", ("r",), (1, 0))
    m, both = Multiply("m", ("a", "b")), (Multiply("m", ("p", "q")), Multiply("n", ("q", "p")), flat(*pair))
    few = Gather.of("r", "a", np.array([2, 0])), Gather.of("s", "b", np.array([2, 0]))
    some = Gather.of("r", "a", np.array([3, 1, 0])), Gather.of("s", "b", np.array([3, 1, 2]))
    columns = np.array([[1, -2, 1, 5], [3, 4, 3, 0], [-1, 7, -1, 0]])
    narrow = ElementQuantizer.of_columns(np.array([[2, 2, 2, 2], [-7, 0, -3, -7], [7, 1, 3, 7]]), Rounding.RND, False)
    mixed = Input("a", (), (4,), narrow)
    return {
        "twice": ((a, b, m, Multiply("n", ("a", "b")), flat(*pair)), 4),
        "swapped": ((a, b, m, Multiply("n", ("b", "a")), flat(*pair)), 4),
        "reversed": ((a, Gather.of("r", "a", np.arange(4)[::-1]), Multiply("y", ("a", "r"))), 2),
        "gram": ((c, repeated, turned, Multiply("m", ("r", "t")), Sum("y", ("m",), (0,))), 6),
        "square": ((c, repeated, Multiply("y", ("r", "r"))), 3),
        "registered": ((c, repeated, own_formats("p", "r", 3), Multiply("y", ("p", "p"))), 3),
        "quantized": ((a, b, quantizer("p", "a"), quantizer("q", "a"), Multiply("y", ("p", "q"))), 4),
        "two_layers": ((a, b, quantizer("p", "a"), quantizer("q", "b"), *both), 4),
        "some": ((a, b, m, *some, Multiply("n", ("r", "s")), flat(*pair)), 5),
        "narrower": ((mixed, b, m, *few, Multiply("n", ("s", "r")), flat(*pair)), 4),
        "neurons": (
            (c, Dense("p", ("c",), FixedTensor(columns, 2), None), quantizer("q", "p"), Multiply("y", ("q", "q"))),
            3,
        ),
        "tables": ((c, repeated, *tables("p", "q", "r"), Multiply("y", ("p", "q"))), 3),
        "pooled": ((a, *pooled("p", "a"), Multiply("y", ("p", "p"))), 2),
        "added": ((a, b, Add("p", ("a", "b")), Add("q", ("b", "a")), Multiply("y", ("p", "q"))), 4),
        "chain": (
            (a, b, m, Multiply("n", ("b", "a")), quantizer("p", "m"), quantizer("q", "n"), Multiply("y", ("p", "q"))),
            8,
        ),
    }


def shared(layers: Layers, outputs: Iterable[str] = ()) -> Graph:
    """A network after the passes that compute what is equal once."""
    graph = Graph("net", layers, (*outputs,) or (layers[-1].name,))
    return run(graph, (merge_equal_layers, share_products), PassOptions())


def dense_slices(chosen: Schedule) -> int:
    """DSP slices of layers with weights."""
    return sum(chosen.step(layer.name).binding.dsp for layer in chosen.graph.layers if isinstance(layer, Dense))


def drawn(seed: int) -> Layers:
    """Products of tensors that have elements of two inputs in any order, some of them several times or quantized."""
    rng = np.random.default_rng(seed)
    size, layers = int(rng.integers(2, 6)), list[Layer]()
    layers += [source("a", int(rng.integers(2, 5)), 9), source("b", int(rng.integers(2, 5)), 9)]
    sizes, ends = {layer.name: layer.shape[0] for layer in layers if isinstance(layer, Input)}, list[str]()
    layers += [own_formats("c", "a", sizes["a"]), quantizer("d", "b", 7)]  # whose registers hold their results
    sizes |= {"c": sizes["a"], "d": sizes["b"]}
    for number in range(int(rng.integers(1, 4))):
        names = []
        for side in "lr":
            origin = str(rng.choice(list(sizes)))
            layers.append(Gather.of(f"{side}{number}", origin, rng.integers(0, sizes[origin], size)))
            names.append(layers[-1].name)
            if origin in "ab" and rng.random() < 0.5:
                kind = rng.integers(2)
                layers.append(
                    quantizer(f"q{names[-1]}", names[-1], 7) if kind else own_formats(f"q{names[-1]}", names[-1], size)
                )
                names[-1] = layers[-1].name
        layers.append(Multiply(f"m{number}", tuple(names)))
        ends.append(f"m{number}")
    if len(ends) > 1:
        layers.append(flat(*ends))
    return tuple(layers)


def products(graph: Graph) -> dict[str, Int]:
    """Codes of all layers of products in random events; shape (events, elements)."""
    names = tuple(layer.name for layer in graph.layers if isinstance(layer, Multiply))
    reference = Reference(Graph(graph.name, graph.layers, names))
    codes = random_codes(graph, EVENTS, 3)
    return {
        name: np.asarray(found.reshape(EVENTS, -1), np.int64) for name, found in reference.output_codes(codes).items()
    }


def distinct(graph: Graph) -> int:
    """Products that differ in some event from all others on their grid; those that are always 0 do not count."""
    by_grid: dict[int, set[bytes]] = {}
    for name, codes in products(graph).items():
        grid = by_grid.setdefault(graph.tensors()[name].format.fraction_bits, set())
        grid |= {column.tobytes() for column in codes.T if column.any()}
    return sum(map(len, by_grid.values()))


def zeros(tensor: Tensor) -> list[int]:
    """Low bits of each element that are always zero."""
    return ([0] * tensor.size) if tensor.zeros is None else [int(count) for count in tensor.zeros.ravel()]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9999))
def test_every_product_is_multiplied_once_and_no_tensor_changes(seed: int) -> None:
    """Which products are equal is found independently: they are so in all of many events."""
    layers = drawn(seed)
    before, after = Graph("net", layers, (layers[-1].name,)), shared(layers)
    assert schedule(after, 1).dsp == distinct(before) == sum(codes.shape[1] for codes in products(after).values())
    names = tuple(layer.name for layer in layers if layer.inputs)
    codes = random_codes(before, EVENTS, 5)
    found = [Reference(Graph("net", own.layers, names)).output_codes(codes) for own in (before, after)]
    assert all(np.array_equal(found[0][name], found[1][name]) for name in names)
    for name in names:
        old, new = before.tensors()[name], after.tensors()[name]
        assert (old.format, old.low.tolist(), old.high.tolist()) == (new.format, new.low.tolist(), new.high.tolist())
        assert zeros(old) == zeros(new)


@pytest.mark.parametrize("half", [0, pytest.param(1, marks=pytest.mark.nightly)])
def test_synthesis_finds_one_slice_for_equal_products(half: int, tmp_path: Path) -> None:
    """At II = 1 one each; at II = 4 four of them share one."""
    chosen = dict(list(networks().items())[half::2])
    found = synthesized({name: shared(layers).layers for name, (layers, _) in chosen.items()}, Pipelining(), tmp_path)
    counts = {name: (slices(module), own.dsp) for name, (own, module) in found.items()}
    assert all(netlist == told for netlist, told in counts.values()), counts
    at_once = {name: counts[f"u_net_{name}_1"][1] - dense_slices(found[f"u_net_{name}_1"][0]) for name in chosen}
    assert at_once == {name: wanted for name, (_, wanted) in chosen.items()}
    assert all(counts[f"u_net_{name}_4"][1] < counts[f"u_net_{name}_1"][1] for name in chosen)


@pytest.mark.slow
def test_synthesis_finds_as_many_slices_in_drawn_networks(tmp_path: Path) -> None:
    """The products that synthesis merges are among those that are known to be equal."""
    found = synthesized({f"drawn{seed}": shared(drawn(seed)).layers for seed in (4, 103, 208)}, Pipelining(), tmp_path)
    counts = {name: (slices(module), own.dsp) for name, (own, module) in found.items()}
    assert all(netlist == told for netlist, told in counts.values()), counts


def test_synthesis_merges_equal_products_itself(tmp_path: Path) -> None:
    """The control: with a slice for each, more are predicted than synthesis finds."""
    names = ("twice", "swapped")
    found = synthesized({name: networks()[name][0] for name in names}, Pipelining(), tmp_path)
    counts = {name: (slices(module), own.dsp) for name, (own, module) in found.items() if name.endswith("_1")}
    assert all(netlist < told for netlist, told in counts.values()), counts


@pytest.mark.parametrize(("name", "interval"), [("gram", 1), ("some", 4), ("narrower", 1), ("narrower", 3)])
def test_every_bit(name: str, interval: int, tmp_path: Path) -> None:
    layers, _ = networks()[name]
    graph = shared(layers)
    check_firmware(graph, schedule(graph, interval), tmp_path, events=20)


def test_layers_that_compute_the_same_are_one() -> None:
    """Of layers with equal attributes and inputs one is left; weights, means and what differs stay."""
    kernel = FixedTensor(np.array([[1, 2], [3, 4], [5, 6], [7, 8]]), 1)
    layers: Layers = (
        *(source("a", 4), source("b", 4), quantizer("p", "a"), quantizer("q", "a"), quantizer("s", "a", 5)),
        *(
            Add("add", ("q", "b")),
            Add("turned", ("b", "p")),
            Reshape("r", ("add",), (4,)),
            Reshape("t", ("turned",), (4,)),
        ),
        *(quantizer("u", "r"), quantizer("v", "t")),
        *(Dense("d", ("u",), kernel, None), Dense("e", ("v",), kernel, None)),
    )
    graph = shared(layers, ("d", "e", "v", "s"))
    kinds = {layer.name: (layer.kind, layer.inputs) for layer in graph.layers if layer.kind == "reshape"}
    assert kinds == {
        "q": ("reshape", ("p",)),
        "turned": ("reshape", ("add",)),
        "r": ("reshape", ("add",)),
        "t": ("reshape", ("turned",)),
        "v": ("reshape", ("u",)),
    }
    assert graph.outputs == ("d", "e", "v", "s") and [layer.kind for layer in graph.layers].count("dense") == 2


def squares(folder: Path, seed: int) -> Path:
    """A model that squares its input and adds up the squares with weights."""
    model, folder = Model((4,)), folder / f"model{seed}"
    folder.mkdir()
    x = model.quant("x", 0.25, 6)
    weights = model.weights(np.random.default_rng(seed).normal(0, 0.5, (4, 3)), 0.125)
    model.node("MatMul", [model.node("Mul", [x, x]), weights], name="y")
    return model.save(folder, "y")


@pytest.mark.parametrize(("members", "interval"), [("members: 2", 1), ("members: 4, cores: 2", 2)])
def test_members_of_an_ensemble_share_products_of_their_inputs(members: str, interval: int, tmp_path: Path) -> None:
    design = tmp_path / "design.yaml"
    ensemble = f"ensemble: {{{members}}}"
    design.write_text(f"board: xcvu9p\nclock_mhz: 160\ninitiation_interval: {interval}\n{ensemble}\n", encoding="utf-8")
    models = [squares(tmp_path, seed) for seed in range(int(members[9]))]
    report = driver.compile_model(
        models[0], None, design, tmp_path / "net", others=[(other, None) for other in models[1:]]
    )
    assert sum(layer.dsp for layer in report.layers if layer.kind == "multiply") == 4
    assert csim(tmp_path / "net", None, 20).csim is not None
