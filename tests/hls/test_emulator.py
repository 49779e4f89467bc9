"""The C++ emulator: bit-exact for every layer, with a C interface, without heap or undefined behaviour."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler import cli
from bxnn.compiler.backend.hls.emulator_backend import OWN_LIBRARY, SHARED_LIBRARY, EmulatorBackend
from bxnn.compiler.backend.hls.hls_backend import EMULATOR_TEMPLATES, LIBRARY
from bxnn.compiler.hardware.partial_sums import partial_sum_bits
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.sum import Sum
from bxnn.sim.emulator import Emulator
from bxnn.sim.reference import Reference
from bxnn.sim.vectors import corner_vectors
from tests.hls.test_contract import quantizers, side_by_side
from tests.hls.test_csim import GRAPH, MODEL, bxnn
from tests.ir.networks import activation, network, source
from tests.layers.firmware import FACTS, random_codes, schedule
from tests.layers.test_contract import HARDWARE, awkward_dense


def built(graph: Graph, folder: Path, optimization: str = "-O1") -> Emulator:
    """The emulator of a graph, compiled; with little optimization, which would be slow for many layers."""
    EmulatorBackend(graph, schedule(graph, 3), FACTS).write(folder / "emulator")
    return Emulator(folder / "emulator", folder / "built", Reference(graph), optimization)


def check(emulator: Emulator, codes: Mapping[str, NDArray[Any]]) -> None:
    expected = emulator.reference.output_codes(codes)
    for name, found in emulator.output_codes(codes).items():
        assert np.array_equal(found, expected[name]), name


def test_every_layer_is_exact(tmp_path: Path) -> None:
    """All examples, awkward Dense layers, quantizers in all modes; corners, ties, random events, odd numbers."""
    examples = [example for cls in HARDWARE.values() for example in cls.examples()]
    graph = side_by_side([*examples, *awkward_dense(), *quantizers()])
    emulator = built(graph, tmp_path)
    corners = corner_vectors(emulator.reference, 1).inputs
    check(
        emulator, {name: codes.reshape(-1, *emulator.reference.tensors[name].shape) for name, codes in corners.items()}
    )
    for events in (1, 37, 400):
        check(emulator, random_codes(graph, events, events))


def real_inputs() -> Graph:
    """Inputs quantized in every mode, in several formats."""
    formats = [FixedFormat(True, 1, 3), FixedFormat(False, 2, 4), FixedFormat(True, 60, 1), FixedFormat(True, 5, -3)]
    layers: list[Layer] = []
    for number, rounding in enumerate(Rounding):
        for overflow in Overflow:
            quantizer = FixedQuantizer(formats[number % 4], rounding, overflow)
            name = f"x_{rounding.value}_{overflow.value}"
            layers.append(Input(name, (), (1,), quantizer))
    leaky = FixedQuantizer(FixedFormat(True, 1, 3), Rounding.RND_CONV, Overflow.SAT, -7, 15, 2)
    layers.append(Input("leaky", (), (1,), leaky))
    columns = np.array([[3, -1, 0, 0], [-8, 0, -32, 0], [7, 3, 31, 0]])
    for number, rounding in enumerate(Rounding):
        for wraps in (False, True):
            own = ElementQuantizer.of_columns(columns[:, np.newaxis], rounding, wraps, number % 2 == 1)
            layers.append(Input(f"each_{rounding.value}_{wraps}", (), (1, 4), own))
    names = [layer.name for layer in layers]
    layers += [
        replace(activation(f"y_{name}", name), function=FixedQuantizer(quantizer.format, Rounding.TRN, Overflow.WRAP))
        for name, quantizer in ((layer.name, layer.quantizer) for layer in layers if isinstance(layer, Input))
        if quantizer is not None
    ]
    return network(*layers, outputs=[f"y_{name}" for name in names])


def test_real_inputs_are_quantized_as_by_the_host(tmp_path: Path) -> None:
    emulator = built(real_inputs(), tmp_path)
    ties = np.arange(-700, 700) / 32
    special = [0.0, -0.0, 1e300, -1e300, 5e-324, -5e-324, 2.0**62, -(2.0**63), np.nextafter(0.5, 0), 0.1, 2.0**40 + 0.5]
    values = np.concatenate([ties, special, np.random.default_rng(3).normal(0, 9, 500)]).reshape(-1, 1)
    tensors = emulator.reference.tensors
    inputs = {name: np.resize(values, (len(values), *tensors[name].shape)) for name in emulator.reference.graph.inputs}
    expected = emulator.reference.predict(inputs)
    for name, found in emulator.predict(inputs).items():
        assert np.array_equal(found, expected[name]), name


def check_sanitized(graph: Graph, folder: Path, events: int, optimization: str) -> None:
    """The example program under the address and undefined-behaviour sanitizers, with portable instructions."""
    EmulatorBackend(graph, schedule(graph, 3), FACTS).write(folder)
    flags = ["-std=c++17", optimization, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    quiet = ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-label", "-Wno-psabi"]
    files = ["-I.", "-Ilib", f"{graph.name}_emulator.cpp", "example.cpp", "-o", "example"]
    subprocess.run(["g++", *flags, *quiet, *files], cwd=folder, check=True, timeout=500)
    reference, rng = Reference(graph), np.random.default_rng(1)
    values = {name: rng.normal(0, 4, (events, *reference.tensors[name].shape)) for name in graph.inputs}
    rows = np.concatenate([values[name].reshape(events, -1) for name in graph.inputs], axis=1)
    text = "\n".join(" ".join(map(repr, row)) for row in rows.tolist())
    done = subprocess.run(
        [str(folder / "example")], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = np.array([line.split() for line in done.stdout.splitlines()], np.float64)
    expected = reference.predict(values)
    assert np.array_equal(found, np.concatenate([expected[name].reshape(events, -1) for name in graph.outputs], axis=1))


def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    check_sanitized(GRAPH, tmp_path, 20, "-O1")


@pytest.mark.slow
def test_sanitizers_find_nothing_in_any_layer(tmp_path: Path) -> None:
    examples = [example for cls in HARDWARE.values() for example in cls.examples()]
    check_sanitized(side_by_side([*examples, *awkward_dense(), *quantizers()]), tmp_path, 40, "-O0")


def test_the_event_loop_takes_no_heap(tmp_path: Path) -> None:
    """The library has no reference to an allocator."""
    library = built(GRAPH, tmp_path).library
    done = subprocess.run(["nm", "-uD", str(library)], capture_output=True, text=True, check=True, timeout=60)
    assert not {"malloc", "free", "_Znwm", "_ZdlPv"} & set(done.stdout.split())


def test_the_namespace_has_a_version(tmp_path: Path) -> None:
    files = EmulatorBackend(GRAPH, schedule(GRAPH, 3), {**FACTS, "version": "0.1.0"}).render()
    for name in (*SHARED_LIBRARY, *OWN_LIBRARY):
        assert files[f"lib/{name}.h"].count("inline namespace v0_1_0 {") == 1
        assert files[f"lib/{name}.h"].count("} // namespace v0_1_0\n} // namespace bxnn") == 1
    assert set(SHARED_LIBRARY) == set(LIBRARY) - {"trace", "test_bench"}
    assert {path.stem for path in EMULATOR_TEMPLATES.glob("*.h")} == set(OWN_LIBRARY)


def test_its_header_is_c_and_cmake_builds_it(tmp_path: Path) -> None:
    EmulatorBackend(GRAPH, schedule(GRAPH, 3), FACTS).write(tmp_path)
    plain = ["gcc", "-std=c99", "-pedantic-errors", "-Wall", "-Werror", "-fsyntax-only", "-x", "c", "net_emulator.h"]
    subprocess.run(plain, cwd=tmp_path, check=True, timeout=60)
    for command in (["cmake", "-S", ".", "-B", "out"], ["cmake", "--build", "out"]):
        subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    assert (tmp_path / "out/net_example").is_file()


def test_predict_with_the_cpp_engine(tmp_path: Path) -> None:
    """A build given by a relative path, as users do."""
    build = tmp_path / "build"
    assert cli.run(["compile", str(MODEL / "model.h5"), "-c", str(MODEL / "design.yaml"), "-o", str(build)]) == 0
    for engine in ("cpp", "reference"):
        output = str(tmp_path / f"{engine}.npy")
        done = bxnn("predict", str(build), "--input", str(MODEL / "jets.npz"), "--output", output, "--engine", engine)
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "cpp.npy").read_bytes() == (tmp_path / "reference.npy").read_bytes()


def test_terms_that_do_not_fit_their_sum(tmp_path: Path) -> None:
    """Ranges that cancel each other: the sum has fewer bits than what is added, or no sign."""
    rng = np.random.default_rng(6)
    layers: list[Layer] = []
    outputs = []
    for number in range(12):
        names, base, fraction_bits = [], int(rng.integers(500, 3000)), int(rng.integers(5, 9))
        for term in range(2 + number % 2):
            name, low = (
                f"{number}_{term}",
                (-1) ** (number if number % 4 == 3 else term + number) * base + int(rng.integers(-9, 9)),
            )
            own = FixedFormat(True, 13 - fraction_bits, fraction_bits)
            quantizer = FixedQuantizer(own, Rounding.TRN, Overflow.SAT, low, low + int(rng.integers(1, 90)))
            x = source(f"x{name}", 2, integer_bits=13 - fraction_bits, fraction_bits=fraction_bits)
            layers += [x, ActivationLayer(f"q{name}", (x.name,), quantizer)]
            names.append(f"q{name}")
        layers += [Add(f"a{number}", tuple(names)), Concatenate(f"c{number}", tuple(names[:2]), 0)]
        layers.append(Sum(f"s{number}", (f"c{number}",), (0,)))
        outputs += [f"a{number}", f"s{number}"]
    graph = Graph("net", tuple(layers), tuple(outputs))
    emulator = built(graph, tmp_path)
    check(emulator, random_codes(graph, 50, 2))
    tensors = emulator.reference.tensors
    narrower = []
    for output in outputs[::2]:
        terms = [tensors[name].format for name in graph.layer(output).inputs]
        narrower.append(partial_sum_bits(terms, len(terms), tensors[output].format) > 0)
    assert any(narrower) and not all(narrower)
