"""Every pass preserves the meaning of the network and does its rewrite; what it cannot rewrite, it refuses."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from bxnn.compiler.errors import BxnnError, ConfigError, InternalError, ModelError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.reasons import NoOpReason
from bxnn.compiler.ir.source import Parameter, Real
from bxnn.compiler.ir.text import parse_graph, print_graph
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.output_form import ARGMAX
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.passes import PIPELINE, Pass, PassOptions, run
from bxnn.compiler.passes.absorb_input_quantizers import absorb_input_quantizers
from bxnn.compiler.passes.append_decisions import AppendDecisions
from bxnn.compiler.passes.check_emittable import check_emittable
from bxnn.compiler.passes.declare_inputs import DeclareInputs
from bxnn.compiler.passes.fold import fold
from bxnn.compiler.passes.leave_out_at_outputs import leave_out_at_outputs
from bxnn.compiler.passes.quantize import quantize
from bxnn.compiler.passes.remove_no_ops import remove_no_ops
from bxnn.compiler.passes.resolve_formats import resolve_formats
from bxnn.compiler.report.notice_text import notice_text
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.argmax import Argmax
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.batchnorm import BatchNorm
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.identity import Identity
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from bxnn.layers.sigmoid import SigmoidLayer
from bxnn.layers.softmax import SoftmaxLayer
from bxnn.sim.reference import Reference
from tests.ir.networks import activation, dense, network, networks, sat, source
from tests.layers.firmware import random_codes

NONE = PassOptions()
RNG = np.random.default_rng(5)
KERNEL, BIAS = RNG.integers(-7, 8, (4, 3)), RNG.integers(-9, 9, 3)
X, FC = source("x", 4), dense("fc", "x", KERNEL, BIAS)


def kinds(graph: Graph) -> list[str]:
    return [layer.kind for layer in graph.layers]


def values(graph: Graph, codes: dict[str, Int]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Real values of the outputs, in order."""
    reference = Reference(graph, np.dtype(np.int64))
    found = reference.output_codes(codes)
    return [np.ldexp(found[n].astype(float), -reference.tensors[n].format.fraction_bits) for n in graph.outputs]


def same_meaning(before: Graph, after: Graph) -> bool:
    """Whether both give the same real values on random codes."""
    codes = random_codes(before, 300, 2)
    return all(np.array_equal(a, b) for a, b in zip(values(before, codes), values(after, codes), strict=True))


def refusal(graph: Graph, options: PassOptions = NONE, passes: tuple[Pass, ...] = PIPELINE) -> str:
    with pytest.raises(BxnnError) as caught:
        run(graph, passes, options)
    return str(caught.value)


def batchnorm(name: str, reads: str, factor: list[int], shift: list[int], bits: tuple[int, int] = (1, 3)) -> BatchNorm:
    return BatchNorm(name, (reads,), FixedTensor(np.array(factor), bits[0]), FixedTensor(np.array(shift), bits[1]))


# --- remove_no_ops, leave_out_at_outputs


def no_op(name: str, input_name: str) -> Identity:
    """A layer that only has an effect in training."""
    return Identity(name, (input_name,), NoOpReason.TRAINING_ONLY)


def texts(graph: Graph) -> tuple[str, ...]:
    """What the user is told."""
    return tuple(notice_text(notice) for notice in graph.notices)


def test_no_ops_disappear() -> None:
    before = network(
        X,
        no_op("drop", "x"),
        dense("fc", "drop", KERNEL),
        no_op("end", "fc"),
    )
    after = remove_no_ops(before, NONE)
    assert (kinds(after), after.outputs, after.layer("fc").inputs) == (["input", "dense"], ("fc",), ("x",))
    assert same_meaning(before, after)


def test_the_final_softmax_is_left_out_with_a_notice() -> None:
    before = network(X, FC, SoftmaxLayer("soft", ("fc",)))
    after = leave_out_at_outputs(before, NONE)
    assert (kinds(after), after.outputs) == (["input", "dense"], ("fc",))
    assert texts(after) == (
        "soft (softmax): softmax is left out of the firmware; the outputs are its logits, which have the same order",
    )


@pytest.mark.parametrize("outputs", list(permutations(("fc", "soft", "sig", "soft2"))))
def test_every_output_stays_in_its_place_under_its_name(outputs: tuple[str, ...]) -> None:
    ends = [SoftmaxLayer("soft", ("fc",)), SigmoidLayer("sig", ("fc",)), SoftmaxLayer("soft2", ("fc",))]
    after = run(network(X, FC, *ends, outputs=outputs), PIPELINE, NONE)
    assert after.outputs == outputs
    logits = values(network(X, FC, outputs=("fc",)), random_codes(after, 50, 1))[0]
    assert all(np.array_equal(found, logits) for found in values(after, random_codes(after, 50, 1)))


@pytest.mark.parametrize("outputs", [("fc", "drop"), ("drop", "fc"), ("drop", "end"), ("end", "fc", "drop")])
def test_a_layer_without_effect_stays_an_output(outputs: tuple[str, ...]) -> None:
    before = network(
        X,
        FC,
        no_op("drop", "fc"),
        no_op("end", "fc"),
        outputs=outputs,
    )
    after = remove_no_ops(before, NONE)
    assert len(set(after.outputs)) == len(outputs)
    assert same_meaning(before, after)


def test_of_several_outputs_a_softmax_keeps_its_name() -> None:
    layers = (X, FC, SoftmaxLayer("soft", ("fc",)), SoftmaxLayer("fd_activation", ("fd",), named=False))
    fd = dense("fd", "x", KERNEL, BIAS)
    after = leave_out_at_outputs(network(*layers[:2], fd, *layers[2:], outputs=("soft", "fd_activation")), NONE)
    assert after.outputs == ("soft", "fd")


def test_the_final_sigmoid_is_left_out_and_the_notice_converts_scores() -> None:
    after = leave_out_at_outputs(network(X, FC, SigmoidLayer("score", ("fc",))), NONE)
    assert (kinds(after), after.outputs) == (["input", "dense"], ("fc",))
    assert texts(after) == (
        "score (sigmoid): sigmoid is left out of the firmware; the outputs are its logits, which have the same order: "
        "a score of 0.5 is a logit of 0, a score p one of ln(p / (1 - p))",
    )


def test_a_sigmoid_inside_the_network_is_refused() -> None:
    layers = (X, FC, SigmoidLayer("sig", ("fc",)), dense("end", "sig", KERNEL.T))
    assert refusal(network(*layers)) == (
        "sig (sigmoid): sigmoid is supported as the last layer, where it is removed, and with a quantizer right "
        "after it; add one"
    )


@pytest.mark.parametrize("outputs", [("end",), ("soft", "end")])
def test_a_softmax_inside_the_network_is_refused(outputs: tuple[str, ...]) -> None:
    layers = (X, FC, SoftmaxLayer("soft", ("fc",)), dense("end", "soft", KERNEL.T))
    assert refusal(network(*layers, outputs=outputs)) == (
        "soft (softmax): softmax is supported as the last layer, where it is left out, and with a quantizer right "
        "after "
        'it; add one, or declare its result in design.yaml: layers: {soft: {output: "fixed<W,I,RND_CONV,SAT>"}}'
    )


# --- append_decisions


def test_argmax_is_appended_on_request() -> None:
    before = network(X, FC)
    after = AppendDecisions()(before, PassOptions(outputs={"fc": (ARGMAX,)}))
    assert (kinds(after), after.outputs) == (["input", "dense", "argmax"], ("fc_argmax",))
    codes = random_codes(before, 300, 1)
    assert np.array_equal(values(after, codes)[0][:, 0], values(before, codes)[0].argmax(axis=1))


@pytest.mark.parametrize(("wanted", "name"), [("soft", "soft_argmax"), ("fc", "fc_argmax")])
def test_argmax_takes_the_name_of_the_output_and_that_of_its_logits(wanted: str, name: str) -> None:
    graph = network(X, FC, SoftmaxLayer("soft", ("fc",)))
    after = run(graph, PIPELINE, PassOptions(outputs={wanted: (ARGMAX,)}))
    assert (kinds(after), after.outputs) == (["input", "dense", "argmax"], (name,))
    codes = random_codes(after, 300, 1)
    assert np.array_equal(values(after, codes)[0][:, 0], values(network(X, FC), codes)[0].argmax(axis=1))


def test_argmax_of_one_of_two_outputs_leaves_the_other() -> None:
    graph = network(X, FC, SoftmaxLayer("soft", ("fc",)), outputs=("fc", "soft"))
    after = run(graph, PIPELINE, PassOptions(outputs={"soft": (ARGMAX,)}))
    assert (kinds(after), after.outputs) == (["input", "dense", "argmax"], ("fc", "soft_argmax"))


def test_the_name_of_an_argmax_gives_way_to_that_of_a_layer() -> None:
    graph = network(X, dense("fc_argmax", "x", KERNEL, BIAS), dense("fc", "fc_argmax", KERNEL.T))
    after = AppendDecisions()(graph, PassOptions(outputs={"fc": (ARGMAX,)}))
    assert after.outputs == ("fc_argmax1",)


def test_argmax_of_one_element_is_refused() -> None:
    graph = network(X, dense("fc", "x", KERNEL[:, :1]), SigmoidLayer("score", ("fc",)))
    assert refusal(graph, PassOptions(outputs={"score": (ARGMAX,)})) == (
        "design.yaml: outputs: score: argmax needs at least 2 classes, but the output has shape (1,); "
        "remove argmax and cut on the value"
    )


@pytest.mark.parametrize(("wanted", "near"), [("prods", "probs"), ("logit", "logits"), ("fd", "fc")])
def test_the_hint_for_an_unknown_output_names_the_nearest_of_the_users(wanted: str, near: str) -> None:
    other = dense("fc", "x", KERNEL, BIAS)
    graph = network(
        X, dense("logits", "x", KERNEL, BIAS), SoftmaxLayer("probs", ("logits",)), other, outputs=("fc", "probs")
    )
    message = f"design.yaml: outputs: {wanted}: is not a network output; did you mean {near!r}?"
    assert refusal(graph, PassOptions(outputs={wanted: (ARGMAX,)})) == message


def test_argmax_of_an_unknown_output_names_the_nearest() -> None:
    message = "design.yaml: outputs: fd: is not a network output; did you mean 'fc'?"
    assert refusal(network(X, FC), PassOptions(outputs={"fd": (ARGMAX,)})) == message


def test_argmax_needs_a_vector() -> None:
    message = (
        "design.yaml: outputs: fc: argmax needs at least 2 classes, but the output has shape (1,); "
        "remove argmax and cut on the value"
    )
    graph = network(X, dense("fc", "x", KERNEL[:, :1]))
    assert refusal(graph, PassOptions(outputs={"fc": (ARGMAX,)})) == message


# --- quantize


class Halves:
    """A weight quantizer that rounds to halves, ties to even."""

    def quantize(self, values: Real) -> FixedTensor:
        return FixedTensor(np.rint(values * 2).astype(np.int64), 1)

    def every_code(self) -> None:
        return None

    def __str__(self) -> str:
        return "halves()"


def test_trained_floats_become_codes_once() -> None:
    kernel = Parameter(np.array([[0.3, 1.1], [-0.25, 2.0]], np.float32), Halves())
    bias = Parameter(np.array([4.0, -8.0], np.float32), Halves())
    after = quantize(network(source("x", 2), Dense("fc", ("x",), kernel, bias)), NONE)
    layer = after.layer("fc")
    assert isinstance(layer, Dense) and isinstance(layer.kernel, FixedTensor) and isinstance(layer.bias, FixedTensor)
    assert layer.kernel.values.tolist() == [[0.5, 1.0], [0.0, 2.0]]
    assert layer.bias.values.tolist() == [4.0, -8.0]
    assert layer.bias.codes.tolist() == [1, -2], "on the coarsest grid"


def test_a_layer_used_before_quantize_is_an_internal_error() -> None:
    kernel = Parameter(np.zeros((2, 2), np.float32), Halves())
    with pytest.raises(InternalError) as caught:
        network(source("x", 2), Dense("fc", ("x",), kernel, None)).tensors()
    assert str(caught.value) == "fc (dense): used before the pass quantize"


# --- inputs


def test_a_declared_format_is_written_into_the_input() -> None:
    quantizer = sat(True, 1, 2)
    after = DeclareInputs()(network(Input("x", (), (4,)), FC), PassOptions(inputs={"x": quantizer}))
    assert after.tensors()["x"].format == quantizer.format


def test_declaring_an_unknown_input_names_the_nearest() -> None:
    message = "design.yaml: inputs: y: is not a network input; did you mean 'x'?"
    assert refusal(network(X, FC), PassOptions(inputs={"y": sat(True, 1, 2)})) == message


def test_an_input_without_a_format_is_refused() -> None:
    assert refusal(network(Input("x", (), (4,)), FC)) == (
        'x (input): has no number format; declare it in design.yaml: inputs: {x: "fixed<W,I,RND_CONV,SAT>"}'
    )


def test_the_first_quantizer_becomes_the_input_format() -> None:
    quantizer = sat(True, 1, 2)
    before = network(Input("x", (), (4,)), activation("q", "x", quantizer), dense("fc", "q", KERNEL))
    after = absorb_input_quantizers(before, NONE)
    assert kinds(after) == ["input", "dense"]
    assert texts(after) == ("q (activation): the host applies this input quantizer; x carries its codes",)
    reals = np.random.default_rng(1).normal(size=(50, 4))
    declared = before.replaced("x", Input("x", (), (4,), sat(True, 8, 40)))
    wide = Reference(declared, np.dtype(np.int64)).predict({"x": reals})["fc"]
    assert np.array_equal(Reference(after).predict({"x": reals})["fc"], wide)


def test_an_input_that_two_outputs_quantize_is_not_absorbed() -> None:
    before = network(Input("x", (), (4,)), activation("a", "x"), activation("b", "x"), outputs=("a", "b"))
    assert absorb_input_quantizers(before, NONE) is before


def test_two_equal_quantizers_of_an_input_are_the_hosts() -> None:
    quantizers = activation("a", "x"), activation("b", "x")
    readers = dense("fc", "a", KERNEL), dense("fd", "b", KERNEL)
    before = network(Input("x", (), (4,)), *quantizers, *readers, outputs=("fc", "fd"))
    assert kinds(absorb_input_quantizers(before, NONE)) == ["input", "dense", "dense"]


@pytest.mark.parametrize("overflow", [Overflow.WRAP, Overflow.SAT])
def test_the_host_keeps_what_several_quantizers_of_an_input_look_at(overflow: Overflow) -> None:
    fine = FixedQuantizer(FixedFormat(True, 1, 4), Rounding.RND, overflow)
    columns = np.array([[5, 0, 2, 3], [0, 0, -4, -16], [15, 0, 3, 15]])
    own = ElementQuantizer.of_columns(columns, Rounding.TRN, overflow is Overflow.WRAP)
    layers = activation("a", "x", fine), ActivationLayer("b", ("x",), own)
    before = network(Input("x", (), (4,)), *layers, outputs=("a", "b"))
    after = absorb_input_quantizers(before, NONE)
    assert kinds(after) == ["input", "activation", "activation"]
    reals = np.random.default_rng(2).normal(0, 3, (400, 4)).round(4)
    found = Reference(after).predict({"x": reals})
    assert np.array_equal(found["a"], fine.quantize_real(reals) * fine.format.lsb)
    assert np.array_equal(found["b"], own.quantize_real(reals) * own.format.lsb)


def test_an_input_whose_quantizers_look_at_every_bit_is_not_absorbed() -> None:
    coarse = FixedQuantizer(FixedFormat(True, 1, 2), Rounding.RND_CONV, Overflow.SAT)
    layers = activation("a", "x"), activation("b", "x", coarse)
    before = network(Input("x", (), (4,)), *layers, outputs=("a", "b"))
    assert absorb_input_quantizers(before, NONE) is before


def test_a_declared_input_keeps_the_quantizer_behind_it() -> None:
    before = network(X, activation("q", "x", sat(True, 1, 2)))
    assert absorb_input_quantizers(before, NONE) is before


def test_a_step_function_is_no_input_format() -> None:
    step = StepFunction(FixedFormat(True, 1, 0), ((0, 0),), (False,), -1, 2)
    before = network(Input("x", (), (4,)), activation("sign", "x", step))
    assert absorb_input_quantizers(before, NONE) is before


# --- fold


def test_batchnorm_folds_back_into_the_dense_before_it() -> None:
    before = network(X, FC, batchnorm("bn", "fc", [1, 3, -2], [5, 0, -7]), activation("relu", "bn"))
    after = fold(before, NONE)
    assert kinds(after) == ["input", "dense", "activation"]
    assert same_meaning(before, after)


def test_batchnorm_folds_forward_into_the_dense_behind_it() -> None:
    before = network(X, batchnorm("bn", "x", [1, 3, -2, 4], [5, 0, -7, 1], (2, 7)), dense("fc", "bn", KERNEL, BIAS))
    after = fold(before, NONE)
    assert kinds(after) == ["input", "dense"]
    assert same_meaning(before, after)


def test_a_chain_of_batchnorms_folds() -> None:
    before = network(X, FC, batchnorm("a", "fc", [1, 3, -2], [5, 0, -7]), batchnorm("b", "a", [3, 1, 5], [1, 1, 1]))
    after = fold(before, NONE)
    assert kinds(after) == ["input", "dense"] and after.outputs == ("fc",)
    assert same_meaning(before, after)


SAME = Window((3,), (1,), (1,), (1,), (1,))


@pytest.mark.parametrize("outputs", [("bn", "other"), ("bn", "fc")])
def test_a_producer_that_others_read_too_is_not_folded_into(outputs: tuple[str, ...]) -> None:
    layers = (X, FC, batchnorm("bn", "fc", [1, 3, -2], [5, 0, -7]), activation("other", "fc"))
    graph = network(*(layer for layer in layers if layer.name in ("x", "fc", *outputs)), outputs=outputs)
    assert fold(graph, NONE) is graph
    after = run(graph, PIPELINE, NONE)
    assert kinds(after)[:3] == ["input", "dense", "affine"] and same_meaning(graph, after)


READERS = [
    Conv2D("conv", ("bn",), FixedTensor(np.ones((3, 3, 2), np.int64), 2), None, SAME),
    AveragePool2D("pool", ("bn",), FixedTensor(np.ones((1, 1), np.int64), 0), None, Window.whole((2,))),
    ActivationLayer("last", ("bn",), sat(True, 1, 2)),
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: str(reader.kind))
def test_a_batchnorm_that_no_neighbour_takes_over_stands_alone(reader: Layer) -> None:
    image = Input("x", (), (4, 3), FixedQuantizer(FixedFormat(True, 2, 3), Rounding.RND_CONV, Overflow.SAT))
    layers = (image, MaxPool2D("top", ("x",), Window((2,), (2,), (1,), (0,), (0,))))
    graph = network(*layers, batchnorm("bn", "top", [1, 3, -2], [5, 0, -7]), reader)
    after = run(graph, PIPELINE, NONE)
    assert kinds(after) == ["input", "maxpool2d", "affine", reader.kind] and same_meaning(graph, after)


def test_folding_that_needs_too_many_bits_is_refused() -> None:
    wide = Dense("fc", ("x",), FixedTensor(np.array([[2**50 + 1]]), 50), None)
    graph = network(source("x", 1), wide, batchnorm("bn", "fc", [2**16 + 1], [1]))
    assert refusal(graph) == (
        "fc (dense): its weights, bias and input together need more than 62 bits; use coarser quantizers"
    )


def test_a_relu_is_folded_into_the_unsigned_quantizer_behind_it() -> None:
    relu, q = activation("relu", "fc", Rectifier()), activation("q", "relu")
    before = network(X, FC, relu, q)
    after = fold(before, NONE)
    assert kinds(after) == ["input", "dense", "activation"] and after.outputs == ("relu",)
    assert same_meaning(resolve_formats(before, NONE), after)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Rectifier(), sat(True, 1, 2)),
        (Rectifier(1), sat(False, 0, 4)),
        (Rectifier(None, (3, 1)), sat(False, 0, 4)),
        (Rectifier(), FixedQuantizer(FixedFormat(False, 0, 4), Rounding.TRN, Overflow.WRAP)),
        (sat(False, 0, 4), sat(False, 0, 3)),
    ],
)
def test_other_pairs_of_activations_stay(first: FixedQuantizer | Rectifier, second: FixedQuantizer) -> None:
    graph = network(X, FC, activation("a", "fc", first), activation("b", "a", second))
    assert fold(graph, NONE) is graph


# --- resolve_formats, check_emittable


@pytest.mark.parametrize("function", [Rectifier(), Rectifier(2), Rectifier(None, (3, 1)), Rectifier(1, (1, 0))])
def test_rectifiers_get_the_format_that_loses_nothing(function: Rectifier) -> None:
    before = network(X, FC, activation("relu", "fc", function))
    after = resolve_formats(before, NONE)
    resolved = after.layer("relu")
    assert isinstance(resolved, ActivationLayer) and isinstance(resolved.function, FixedQuantizer)
    codes = random_codes(before, 300, 4)
    (logits,), (found,) = values(network(X, FC), codes), values(after, codes)
    slope = 0.0 if function.slope_shift is None else 2.0**-function.slope_shift
    expected = np.where(logits >= 0, logits, logits * slope)
    if function.maximum is not None:
        expected = np.minimum(expected, function.maximum[0] * 2.0 ** -function.maximum[1])
    assert np.array_equal(found, expected)


def test_an_input_that_is_an_output_is_refused() -> None:
    message = "x (input): is both a network input and an output; add a layer"
    assert refusal(network(X, FC, outputs=("x", "fc")), passes=(check_emittable,)) == message
    quantizer = activation("q", "x", sat(True, 1, 2))
    assert refusal(network(Input("x", (), (4,)), quantizer)) == message


# --- the pipeline


@settings(max_examples=25)
@given(networks())
def test_the_pipeline_keeps_every_value(before: Graph) -> None:
    after = run(before, PIPELINE, NONE)
    assert all(not isinstance(getattr(layer, "function", None), Rectifier) for layer in after.layers)
    assert same_meaning(resolve_formats(before, NONE), after)


def test_the_runner_dumps_a_numbered_text_per_pass(tmp_path: Path) -> None:
    after = run(network(X, FC, activation("relu", "fc", Rectifier())), PIPELINE, NONE, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "00_frontend.txt" and names[-1] == f"{len(PIPELINE):02d}_share_products.txt"
    assert len(names) == len(PIPELINE) + 1
    text, arrays = print_graph(after)
    assert (tmp_path / names[-1]).read_text() == text
    assert same_meaning(parse_graph(text, arrays), after)


def test_a_pass_that_breaks_the_graph_is_named() -> None:
    def drop_inputs(graph: Graph, options: PassOptions) -> Graph:
        return Graph(graph.name, graph.layers[1:], graph.outputs)

    message = "fc (dense) after pass drop_inputs: reads 'x', which no earlier layer writes"
    assert refusal(network(X, FC), passes=(drop_inputs,)) == message


@pytest.mark.parametrize("layer", [Reshape("y", ("x",), (2, 2)), Argmax("y", ("x",)), activation("y", "x")])
def test_layers_without_anything_to_do_pass_through(layer: Layer) -> None:
    after = run(network(X, layer), PIPELINE, NONE)
    assert after.layer("y") is not None and after.notices == ()


def test_errors_are_of_the_right_kind() -> None:
    with pytest.raises(ConfigError):
        run(network(X, FC), PIPELINE, PassOptions(outputs={"nothing": (ARGMAX,)}))
    with pytest.raises(ModelError):
        run(network(Input("x", (), (4,)), FC), PIPELINE, NONE)


# --- grids


def test_a_bias_of_zeros_does_not_make_the_grid_finer() -> None:
    plain = network(X, dense("fc", "x", KERNEL))
    zeros = network(X, dense("fc", "x", KERNEL, [0, 0, 0], bias_fraction_bits=30))
    assert zeros.tensors()["fc"].format == plain.tensors()["fc"].format


def test_a_bias_finer_than_the_products_is_kept_exactly() -> None:
    graph = network(X, dense("fc", "x", KERNEL, [1, 2, 3], bias_fraction_bits=12))
    (found,) = values(graph, {"x": np.array([[16, 0, 0, -16]])})
    assert found.tolist() == [((KERNEL[0] - KERNEL[3]) / 8 + np.array([1, 2, 3]) / 4096).tolist()]


@pytest.mark.parametrize(
    "layer",
    [
        dense("fc", "x", KERNEL, [1, 0, 0], bias_fraction_bits=90),
        Dense("fc", ("x",), FixedTensor(np.full((4, 3), 2**55 + 1), 0), None),
    ],
    ids=["a tiny bias", "wide weights"],
)
def test_sums_beyond_62_bits_are_refused(layer: Dense) -> None:
    assert refusal(network(X, layer)) == (
        "fc (dense): its weights, bias and input together need more than 62 bits; use coarser quantizers"
    )
