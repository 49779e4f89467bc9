"""Averages over areas that are not powers of two: the division is part of the rounding after it, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.driver import compile_model
from bxnn.compiler.errors import ConfigError, InputError, ModelError, ScheduleError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import DeclaredResult
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.report import ReportModel
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.add import Add
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.batchnorm import BatchNorm
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape
from bxnn.layers.zero_padding import ZeroPadding
from bxnn.sim.reference import Reference
from bxnn.sim.synthesis import synthesize
from tests.conv.conftest import Answers
from tests.conv.networks import window
from tests.ir.networks import activation, dense, network, sat, source
from tests.ir.strategies import quantized, quantizers, real
from tests.layers.firmware import check_firmware, random_codes, run_firmware, schedule, write

ONE = FixedTensor(np.ones((1, 1), np.int64), 0)
THIRD = StepFunction(FixedFormat(True, 1, 0), ((-1, 2), (1, 1)), (True, False), -1, 1)
SAME3 = window(3, 3, before=1, after=1)


def average(reads: str, where: Window, keep_image: bool = True, kernel: FixedTensor = ONE) -> AveragePool2D:
    return AveragePool2D("pool", (reads,), kernel, None, where, keep_image)


def lowered(*layers: Layer, results: Mapping[str, FixedQuantizer] | None = None) -> Graph:
    declared = {name: DeclaredType((quantizer,)) for name, quantizer in (results or {}).items()}
    return run(network(*layers), PIPELINE, PassOptions(results=declared))


def rationals(graph: Graph, codes: Int) -> list[Fraction]:
    """The definition: sums and counts of the pixels of each window, one by one."""
    pool, tensor = graph.layer("pool"), graph.tensors()["x"]
    assert isinstance(pool, AveragePool2D)
    pixels = codes.reshape(-1, codes.shape[-1])
    results, factor = [], pool.kernel
    assert isinstance(factor, FixedTensor)
    for taps in pool.window.taps(codes.shape[:-1]):
        present = taps[taps >= 0]
        for channel, total in enumerate(pixels[present].sum(axis=0).tolist()):
            kernel = real(factor.codes[0].tolist()[channel % factor.codes.size], factor.fraction_bits)
            results.append(real(total, tensor.format.fraction_bits) * kernel / len(present))
    return results


@st.composite
def pools(draw: st.DrawFn) -> tuple[Graph, ElementFunction]:
    """A pool of any size, stride and border after an input, followed by an activation of any kind."""
    size = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=2)))
    image = [draw(st.integers(number, 6)) for number in size]
    border = tuple(draw(st.integers(0, (number - 1) // 2)) for number in size)
    stride = tuple(draw(st.integers(1, 3)) for _ in size)
    where = Window(size, stride, (1,) * len(size), border, border)
    kernel = FixedTensor(np.array([[draw(st.sampled_from([1, 1, 1, 3, 5, -3]))]]), draw(st.integers(0, 3)))
    function = draw(st.one_of(quantizers(8), st.just(THIRD)))
    pixel = source("x", *image, 2, signed=draw(st.booleans()), integer_bits=2, fraction_bits=draw(st.integers(-1, 4)))
    return lowered(pixel, average("x", where, kernel=kernel), activation("y", "pool", function)), function


@given(pools(), st.integers(0, 2**32 - 1))
@settings(max_examples=150)
def test_every_rounding_is_that_of_the_rational(case: tuple[Graph, ElementFunction], seed: int) -> None:
    graph, function = case
    codes = random_codes(graph, 6, seed)["x"]
    ours = Reference(graph).output_codes({"x": codes})["y"].reshape(6, -1)
    for event, result in zip(codes, ours, strict=True):
        exact = rationals(graph, event)
        if isinstance(function, FixedQuantizer):
            assert result.tolist() == [quantized(value, function) for value in exact]
        else:
            steps = [int(value > Fraction(-1, 4)) + int(value >= Fraction(1, 2)) - 1 for value in exact]
            assert result.tolist() == steps


@pytest.mark.parametrize("rounding", Rounding)
def test_ties_between_unequal_counts(rounding: Rounding) -> None:
    """Six pixels and four: sums of 3, 9, ... and of 2, 6, ... are ties, and all of them occur."""
    function = FixedQuantizer(FixedFormat(True, 3, 0), rounding, Overflow.SAT)
    graph = lowered(
        source("x", 2, 4, 1, integer_bits=2, fraction_bits=0), average("x", SAME3), activation("y", "pool", function)
    )
    codes = random_codes(graph, 400, 2)["x"]
    exact = [rationals(graph, event) for event in codes]
    ties = {value for row in exact for value in row if value.denominator == 2}
    assert {Fraction(-3, 2), Fraction(-1, 2), Fraction(1, 2), Fraction(3, 2)} <= ties
    ours = Reference(graph).output_codes({"x": codes})["y"].reshape(400, -1)
    assert ours.tolist() == [[quantized(value, function) for value in row] for row in exact]


def test_the_grid_is_as_fine_as_needed_and_no_finer() -> None:
    """Negative control: with one fraction bit less, a quantizer decides differently than for the rational."""
    function = sat(True, 3, 1)
    pixel = source("x", 3, 1, integer_bits=3, fraction_bits=2)
    graph = lowered(pixel, average("x", window(3)), activation("y", "pool", function))
    tensor = graph.tensors()["pool"]
    assert tensor.format.fraction_bits == 2 + 2
    codes = np.arange(-12, 12).reshape(-1, 1, 1) * np.array([[1], [0], [0]])
    exact = [Fraction(n, 12) for n in range(-12, 12)]
    fine = [(value * 16).__floor__() for value in exact]
    assert Reference(graph).evaluate({"x": codes})["pool"].ravel().tolist() == fine
    coarse = [Fraction((value * 4).__floor__(), 4) for value in exact]
    assert [quantized(value, function) for value in coarse] != [quantized(value, function) for value in exact]


def test_a_pool_on_a_tile_is_the_pool_on_the_image() -> None:
    """The same layer object reads a smaller image; its codes equal those of the crop, on the same grid."""
    graph = lowered(
        source("x", 7, 8, 2), average("x", window(3, 2, stride=2)), activation("y", "pool", sat(True, 2, 3))
    )
    pool, image = graph.layer("pool"), graph.tensors()["x"]
    codes = random_codes(graph, 5, 1)["x"]
    whole = pool.evaluate([codes], [image])
    for row in range(3):
        for column in range(4):
            crop = np.s_[2 * row : 2 * row + 3, 2 * column : 2 * column + 2]
            tile = replace(image, low=image.low[crop], high=image.high[crop])
            assert pool.infer([tile]).format == pool.infer([image]).format
            found = pool.evaluate([codes[:, crop[0], crop[1]]], [tile])
            assert np.array_equal(found[:, 0, 0], whole[:, row, column])


def hardware() -> Graph:
    """Pools of 9, 6, 4 and 7 pixels with several kinds of rounding, after two formats."""
    nine, seven = sat(False, 2, 3), FixedQuantizer(FixedFormat(True, 1, 3), Rounding.RND_INF, Overflow.SAT_SYM)
    layers = [
        source("x", 5, 5, 2, signed=False, integer_bits=2, fraction_bits=3),
        source("z", 7, 3, signed=True, integer_bits=1, fraction_bits=2),
        replace(average("x", window(3, 3, stride=2, before=1, after=1)), name="p9"),
        replace(average("z", Window.whole((7,)), False), name="p7"),
        replace(average("z", Window((3,), (2,), (1,), (1,), (1,))), name="p3"),
        activation("y9", "p9", nine),
        activation("y7", "p7", seven),
        activation("y3", "p3", THIRD),
    ]
    return run(network(*layers, outputs=["y9", "y7", "y3"]), PIPELINE, PassOptions())


@pytest.mark.parametrize("binding", ["output_serial", "output_switched", "input_serial", None])
def test_in_hardware(binding: BindingChoice | None, tmp_path: Path) -> None:
    graph = hardware()
    one = LayerSettings(strategy="lut") if binding is None else LayerSettings(binding)
    chosen = schedule(graph, 4, dict.fromkeys(("p9", "p7", "p3"), one))
    assert {chosen.step(name).binding.name for name in ("p9", "p7", "p3")} == {binding or "lut"}
    check_firmware(graph, chosen, tmp_path, events=20)


def test_a_wrong_reciprocal_is_found(tmp_path: Path) -> None:
    """Negative control: the reciprocal of one pixel is 0x49 instead of 0x249."""
    graph = hardware()
    chosen = schedule(graph, 4, {"p7": LayerSettings("input_serial")})
    interface = write(graph, chosen, tmp_path)
    path = tmp_path / "vhdl" / "net_p7.vhd"
    text = path.read_text()
    assert '249"' in text
    path.write_text(text.replace('249"', '049"'))
    assert not run_firmware(graph, interface, tmp_path, events=20).passed


def test_cost_is_as_predicted(tmp_path: Path) -> None:
    """yosys finds the DSPs of the schedule, none of which is used for the division."""
    rounded = activation("y", "pool", sat(True, 1, 3))
    graph = lowered(
        source("x", 7, 2, integer_bits=1, fraction_bits=2), average("x", Window.whole((7,)), False), rounded
    )
    chosen = schedule(graph, 2)
    interface = write(graph, chosen, tmp_path)
    found = synthesize([tmp_path / "vhdl" / name for name in interface.files], "net", tmp_path / "synthesis")
    assert found.dsp == chosen.dsp > 0


def test_what_is_looked_through(tmp_path: Path) -> None:
    """Between pool and quantizer, values may move, and the largest be picked; of several readers, the finest counts."""
    graph = lowered(
        source("x", 6, 6, 2),
        average("x", window(3, 3)),
        activation("relu", "pool", Rectifier(None, (3, 1))),
        MaxPool2D("max", ("relu",), window(2, 2)),
        ZeroPadding("border", ("max",), (0, 0), (1, 0)),
        Permute("turned", ("border",), (1, 0, 2)),
        Concatenate("side", ("turned", "turned"), 2),
        Reshape("flat", ("side",), (48,)),
        activation("y", "flat", sat(True, 2, 3)),
        activation("finer", "flat", sat(True, 2, 6)),
        Add("sum", ("y", "finer")),
    )
    pool = graph.layer("pool")
    assert isinstance(pool, AveragePool2D) and pool.decision_bits == 7
    assert graph.tensors()["pool"].format.fraction_bits == 7 + 4


def test_a_batch_normalization_is_folded_in() -> None:
    shift = FixedTensor(np.array([5, -3]), 3)
    graph = lowered(
        source("x", 3, 3, 2),
        average("x", window(3, 3)),
        BatchNorm("bn", ("pool",), FixedTensor(np.array([3, -2]), 1), shift),
        activation("y", "bn", sat(True, 3, 3)),
    )
    assert [layer.kind for layer in graph.layers] == ["input", "averagepool2d", "activation"]
    codes = random_codes(graph, 50, 1)["x"]
    totals = codes.sum(axis=(1, 2))
    wanted = [
        [quantized(Fraction(total * factor, 9 * 16 * 2) + Fraction(add, 8), sat(True, 3, 3))
         for total, factor, add in zip(row, (3, -2), (5, -3), strict=True)]
        for row in totals.tolist()
    ]  # fmt: skip
    assert Reference(graph).output_codes({"x": codes})["y"].reshape(50, 2).tolist() == wanted


REFUSAL = (
    "pool (averagepool2d): divides by 9 pixels, which does not give a binary fraction; put a quantizer directly after "
    "it, or "
    'declare its result in design.yaml: layers: {pool: {output: "fixed<W,I,RND_CONV,SAT>"}}'
)


def test_an_average_that_nothing_rounds_is_refused() -> None:
    pixel, pool = source("x", 3, 3, 2), average("x", window(3, 3))
    flat = Reshape("flat", ("pool",), (2,))
    for following in ([], [flat], [flat, dense("fc", "flat", [[1], [2]])], [activation("relu", "pool", Rectifier())]):
        with pytest.raises(ModelError) as caught:
            lowered(pixel, pool, *following)
        assert str(caught.value) == REFUSAL
    with pytest.raises(ModelError) as caught:
        lowered(source("x", 4, 2), average("x", window(4, stride=2, before=1, after=1)))
    assert str(caught.value) == REFUSAL.replace("9", "3"), "two counts of 3 at the edges"


def test_a_declared_result() -> None:
    half = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND, Overflow.SAT)
    graph = lowered(
        source("x", 3, 3, 2), average("x", window(3, 3)), Reshape("flat", ("pool",), (2,)),
        dense("fc", "flat", [[1], [2]]), results={"pool": half},
    )  # fmt: skip
    assert [layer.name for layer in graph.layers] == ["x", "pool", "pool_result", "flat", "fc"]
    assert graph.layer("flat").inputs == ("pool_result",)
    assert graph.notices == (DeclaredResult("pool (averagepool2d)", half),)
    codes = random_codes(graph, 30, 1)["x"]
    ours = Reference(graph).evaluate({"x": codes})["pool_result"].reshape(30, 2)
    assert ours.tolist() == [[quantized(v, half) for v in rationals(graph, event)] for event in codes]


def test_a_declared_result_at_a_network_output_and_of_a_sum() -> None:
    graph = lowered(
        source("x", 3, 3, 2), source("z", 3, 3, 2, integer_bits=1, fraction_bits=6), Add("sum", ("x", "z")),
        results={"sum": sat(True, 2, 2)},
    )  # fmt: skip
    assert graph.outputs == ("sum_result",)
    assert graph.tensors()["sum"].format == FixedFormat(True, 4, 6), "the sum itself is exact"


def test_the_result_of_any_layer_can_be_declared() -> None:
    layers = [
        source("x", 4, 2),
        average("x", window(4)),
        Reshape("flat", ("pool",), (2,)),
        dense("fc", "flat", [[1], [2]]),
    ]
    assert lowered(*layers, results={"fc": sat(True, 2, 2)}).outputs == ("fc_result",)
    with pytest.raises(ConfigError) as caught:
        lowered(*layers, results={"pol": sat(True, 2, 2)})
    assert str(caught.value) == "design.yaml: layers: pol: is not a layer; did you mean 'pool'?"


def compiled(answers: Answers, folder: Path, layers: str) -> ReportModel:
    """QKeras' file of a bare average pool, with a design.yaml."""
    inputs = 'inputs: {x: "fixed<6,3,RND_CONV,SAT>"}'
    (folder / "design.yaml").write_text(f"initiation_interval: 4\n{inputs}\n{layers}\n")
    return compile_model(answers.folder / "bare.h5", None, folder / "design.yaml", folder / "build")


def test_a_keras_file_with_a_declared_result(answers: Answers, tmp_path: Path) -> None:
    """Keras averages in float32; rounded to the declared type, its results equal ours."""
    report = compiled(answers, tmp_path, 'layers: {pool: {output: "fixed<8,4,RND,SAT>"}}')
    assert report.notices == ("pool (averagepool2d): design.yaml declares its result fixed<8,4>, RND, SAT",)
    reference = Reference(Build.open(tmp_path / "build").graph)
    ours = reference.predict({"x": answers.arrays["bare|x"]})["pool_result"]
    assert np.array_equal(ours, np.floor(answers.theirs("bare").astype(np.float64) * 16 + 0.5) / 16)
    assert len(np.unique(ours)) > 20


def test_a_keras_file_without_one(answers: Answers, tmp_path: Path) -> None:
    for layers, message in [
        ("layers: {}", REFUSAL),
        (
            'layers: {pool: {output: "fixed<8>"}}',
            "design.yaml: layers: pool: output: type 'fixed<8>' is not fixed<W,I[,ROUNDING[,OVERFLOW]]> or ufixed<...>",
        ),
        (
            'layers: {pool: {output: "fixed<8,4,RND_CNV>"}}',
            "design.yaml: layers: pool: output: mode 'RND_CNV' is unknown; did you mean 'RND_CONV'?",
        ),
    ]:
        with pytest.raises(InputError) as caught:
            compiled(answers, tmp_path, layers)
        assert str(caught.value) == message
    assert not (tmp_path / "build").exists()


def test_bits_that_do_not_fit() -> None:
    wide = source("x", 3, 1, integer_bits=40, fraction_bits=18)
    with pytest.raises(ModelError) as caught:
        lowered(wide, average("x", window(3)), activation("y", "pool", sat(True, 40, 20)))
    assert str(caught.value) == (
        "pool (averagepool2d): its weights, bias and input together need more than 62 bits; use coarser quantizers"
    )


def test_the_reciprocals_serve_the_range_of_their_input() -> None:
    """A wider pixel needs a longer reciprocal; the proof is checked for the actual range."""
    bits = []
    for integer_bits in (1, 3, 6):
        graph = lowered(
            source("x", 3, 3, 1, integer_bits=integer_bits), average("x", window(3, 3)), activation("y", "pool")
        )
        pool = graph.layer("pool")
        assert isinstance(pool, AveragePool2D)
        linear = pool.linear_map(graph.sources(pool, graph.tensors()))
        bits.append(linear.weight_bits)
    assert bits == sorted(set(bits))


EXACT = np.float32(0.33).item().as_integer_ratio()
TERNARY = StepFunction(FixedFormat(True, 1, 0), ((-EXACT[0], 25), (EXACT[0], 25)), (True, False), -1, 1)
THRESHOLD = (
    "threshold 0.33000001311302185 of y needs 25 fraction bits of its input; use one with few fraction bits, such as "
    "0.25 or 0.375, or declare its result in design.yaml: layers: {pool: "
    '{output: "fixed<W,I,RND_CONV,SAT>"}}'
)
NEEDS = (
    "needs 8x39-bit signed products (input x weight), but a DSP48E2 multiplies 27x18 and products are not split over"
)


def test_a_threshold_that_asks_for_too_much_is_named_by_its_value() -> None:
    assert EXACT[1] == 2**25
    wide = source("x", 6, 6, 2, fraction_bits=20)
    with pytest.raises(ModelError) as refused:
        schedule(lowered(wide, average("x", SAME3), activation("y", "pool", TERNARY)), 1)
    assert str(refused.value) == (
        f"pool (averagepool2d): its weights, bias and input together need more than 62 bits; {THRESHOLD}"
    )
    graph = lowered(source("x", 6, 6, 2), average("x", SAME3), activation("y", "pool", TERNARY))
    with pytest.raises(ScheduleError) as caught:
        schedule(graph, 1, {"pool": LayerSettings(strategy="dsp")})
    assert str(caught.value) == f"pool (averagepool2d): {NEEDS} several DSPs; {THRESHOLD}, or strategy lut"
    assert schedule(graph, 1).dsp == 0, "its long reciprocal is a graph of adders"


@pytest.mark.parametrize("threshold", [(1, 2), (3, 3), (85, 8)])
def test_a_short_threshold_behind_an_average_is_taken(threshold: tuple[int, int]) -> None:
    code, bits = threshold
    function = StepFunction(FixedFormat(True, 1, 0), ((-code, bits), (code, bits)), (True, False), -1, 1)
    graph = lowered(source("x", 6, 6, 2), average("x", SAME3), activation("y", "pool", function))
    assert schedule(graph, 1).dsp >= 0


def test_a_declared_average_is_a_way_out_of_a_fine_threshold() -> None:
    declared = {"pool": sat(True, 3, 4)}
    graph = lowered(source("x", 6, 6, 2), average("x", SAME3), activation("y", "pool", TERNARY), results=declared)
    assert schedule(graph, 1).dsp >= 0
