"""The integer reference: exact in every carrier that it chooses, and equal to arithmetic with fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.argmax import Argmax
from bxnn.layers.dense import Dense
from bxnn.layers.reshape import Reshape
from bxnn.sim.reference import Reference, exact_carrier
from tests.ir.networks import activation, dense, network, networks, sat, source
from tests.ir.strategies import CARRIERS, quantized, real
from tests.layers.firmware import random_codes

KERNEL = np.random.default_rng(1).integers(-7, 8, (5, 3))


def exact(constant: FixedTensor) -> list[Fraction]:
    return [real(int(code), constant.fraction_bits) for code in constant.codes.ravel()]


def by_fractions(graph: Graph, inputs: dict[str, list[Fraction]]) -> dict[str, list[Fraction]]:
    """The network in exact arithmetic, layer by layer, from nothing but the attributes of the layers."""
    known = dict(inputs)
    for layer in graph.layers:
        if isinstance(layer, Dense):
            assert isinstance(layer.kernel, FixedTensor)
            x, kernel, outputs = known[layer.inputs[0]], exact(layer.kernel), layer.kernel.codes.shape[1]
            sums = [sum((v * kernel[i * outputs + o] for i, v in enumerate(x)), Fraction(0)) for o in range(outputs)]
            bias = exact(layer.bias) if isinstance(layer.bias, FixedTensor) else [Fraction(0)] * outputs
            known[layer.name] = [a + b for a, b in zip(sums, bias, strict=True)]
        elif isinstance(layer, ActivationLayer):
            x, function = known[layer.inputs[0]], layer.function
            if isinstance(function, FixedQuantizer):
                known[layer.name] = [real(quantized(v, function), function.format.fraction_bits) for v in x]
            elif isinstance(function, StepFunction):
                pairs = list(zip(function.thresholds, function.strict, strict=True))
                steps = [sum(v > real(*t) or (not s and v == real(*t)) for t, s in pairs) for v in x]
                code = [function.base + function.increment * count for count in steps]
                known[layer.name] = [real(c, function.format.fraction_bits) for c in code]
    return known


@settings(max_examples=40)
@given(networks(3, 6))
def test_a_network_is_its_exact_arithmetic(graph: Graph) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    codes, reference = random_codes(graph, 3, 0), Reference(graph)
    found = reference.evaluate(codes)
    for event in range(3):
        inputs = {
            name: [real(int(c), reference.tensors[name].format.fraction_bits) for c in codes[name][event]]
            for name in codes
        }
        for name, expected in by_fractions(graph, inputs).items():
            got = [real(int(c), reference.tensors[name].format.fraction_bits) for c in found[name][event]]
            assert got == expected, name


@settings(max_examples=40)
@given(networks())
def test_the_chosen_carrier_rounds_nothing(graph: Graph) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    codes = random_codes(graph, 64, 1)
    integers = Reference(graph, np.dtype(np.int64)).output_codes(codes)
    for name, found in Reference(graph).output_codes(codes).items():
        assert np.array_equal(found, integers[name])


@pytest.mark.parametrize(("kernel_bits", "carrier"), [(8, np.float32), (17, np.float64), (46, np.int64)])
def test_the_carrier_follows_the_largest_sum(kernel_bits: int, carrier: type[np.generic]) -> None:
    graph = network(source("x", 5), dense("fc", "x", np.full((5, 1), 2**kernel_bits - 1)))
    assert exact_carrier(graph) == carrier
    codes = random_codes(graph, 20, 0)
    expected = [sum(int(c) for c in event) * (2**kernel_bits - 1) for event in codes["x"]]
    assert Reference(graph).output_codes(codes)["fc"][:, 0].tolist() == expected


def test_growing_shifts_count_for_the_carrier() -> None:
    graph = network(source("x", 2), activation("y", "x", sat(True, 3, 40)))
    assert exact_carrier(graph) == np.float64
    graph = network(source("x", 2), activation("y", "x", sat(True, 3, 58)))
    assert exact_carrier(graph) == np.int64
    codes = {"x": np.array([[-128, 127]])}
    assert Reference(graph).output_codes(codes)["y"].tolist() == [[-(2**61), 127 << 54]]


def test_predict_gives_real_values_in_event_order() -> None:
    layers = source("x", 5), dense("fc", "x", KERNEL, [1, 2, 3]), Argmax("best", ("fc",))
    graph = network(*layers, outputs=("fc", "best"))
    reals = np.random.default_rng(0).normal(0, 3, (20_000, 5)).astype(np.float32)
    found = Reference(graph).predict({"x": reals}, threads=2)
    snapped = np.clip(np.rint(reals.astype(np.float64) * 16), -128, 127) / 16
    expected = snapped @ (KERNEL / 8) + np.array([1, 2, 3]) / 32
    assert found["fc"].dtype == np.float64 and np.array_equal(found["fc"], expected)
    assert np.array_equal(found["best"][:, 0], expected.argmax(axis=1))


def test_predict_of_no_events() -> None:
    graph = network(source("x", 5), dense("fc", "x", KERNEL))
    assert Reference(graph).predict({"x": np.zeros((0, 5))})["fc"].shape == (0, 3)


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
def test_shapes_and_ties_of_argmax(carrier: np.dtype[np.generic]) -> None:
    graph = network(source("x", 2, 3), Reshape("flat", ("x",), (6,)), Argmax("best", ("flat",)))
    codes = np.array([[[1, 5, 5], [0, 5, -3]], [[-7, -7, -9], [-8, -8, -7]], [[0, 1, 2], [3, 4, 5]]])
    found = Reference(graph, carrier).output_codes({"x": codes})["best"]
    assert found.tolist() == [[1], [0], [5]], "ties go to the lowest index"


@pytest.mark.parametrize("rounding", Rounding)
def test_the_host_and_the_firmware_round_alike(rounding: Rounding) -> None:
    """A quantizer at the input (on reals, by the host) and the same one inside (on codes) agree."""
    quantizer = FixedQuantizer(FixedFormat(True, 1, 2), rounding, Overflow.SAT)
    graph = network(source("x", 256, fraction_bits=6, integer_bits=1), activation("y", "x", quantizer))
    codes = np.arange(-128, 128)[np.newaxis]
    inside = Reference(graph).output_codes({"x": codes})["y"]
    assert np.array_equal(quantizer.quantize_real(codes / 64.0), inside)
