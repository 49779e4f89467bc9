"""The contents of the emitted C++: schedule, types, scripts, names."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.backend.hls import c_literals
from bxnn.compiler.backend.hls.hls_backend import HLS_TEMPLATES, LIBRARY
from bxnn.compiler.backend.hls.hls_stream import STREAM_LIBRARY
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.implementation import LayerSettings
from tests.hls.project import render
from tests.hls.test_csim import GRAPH
from tests.ir.networks import activation, network, networks, source
from tests.layers.firmware import schedule


def numbers(text: str, name: str) -> list[int]:
    """Elements of a constant array."""
    found = re.search(rf"\b{name}(?:\[\d+\])+ = ([^;]*);", text)
    assert found is not None
    return [int(word) for word in re.findall(r"-?\d+", found[1])]


@settings(max_examples=15, deadline=None)
@given(networks(3, 12), st.integers(1, 8))
def test_every_weight_and_the_schedule_can_be_read_back(graph: Graph, initiation_interval: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    chosen = schedule(graph, initiation_interval)
    files, tensors = render(graph, chosen), graph.tensors()
    for step in chosen.steps:
        text = files[f"layers/{step.layer}.h"]
        if not isinstance(step.binding, DspBinding):
            continue
        layer = graph.layer(step.layer)
        sources = graph.sources(layer, tensors)
        units = np.vstack([np.zeros((1, sources[0].size), np.int64), np.eye(sources[0].size, dtype=np.int64)])
        bias, *rows = layer.evaluate([units.reshape(-1, *sources[0].shape)], sources).reshape(len(units), -1)
        assert numbers(text, "KERNEL") == np.ravel([row - bias for row in rows]).tolist()
        assert numbers(text, "BIAS") == bias.tolist()
        assert f"II = {initiation_interval};" in text
        assert f"MULTIPLIERS = {max(step.binding.multipliers, 1)};" in text
        assert f"PHASES = {step.binding.reuse_factor};" in text
        # Outputs that nothing reads have no part in the accumulators of the firmware, but in those of the C++.
        result = tensors[step.layer]
        own = step.binding.accum_bits, result.bits + int(not result.format.signed)
        assert f"ap_int<{max(own)}> accum_t" in text


def test_the_binding_of_the_schedule_is_the_order_of_the_loops() -> None:
    bindings = {"fc1": LayerSettings("output_serial", 4), "fc2": LayerSettings("input_serial", 4)}
    files = render(GRAPH, schedule(GRAPH, 4, bindings))
    assert "dense_output_serial<config>(x, KERNEL, BIAS, y)" in files["layers/fc1.h"]
    assert "dense_input_serial<config>(x, KERNEL, BIAS, y)" in files["layers/fc2.h"]


def test_the_library_is_what_is_written() -> None:
    assert {path.stem for path in (HLS_TEMPLATES / "lib").glob("*.h")} == {*LIBRARY, *STREAM_LIBRARY}


def test_the_top_function() -> None:
    files = render(GRAPH, schedule(GRAPH, 4))
    assert "void net(const net_net::layer_x::code_t x[6], " in files["net.h"]
    assert "net_net::layer_fc2::code_t out_fc2[4], net_net::layer_relu::code_t out_relu[7]);" in files["net.h"]
    assert "#pragma HLS PIPELINE II=4\n" in files["net.cpp"]
    one = render(network(source("a", 2), activation("b", "a")))
    assert "void net(const net_net::layer_a::code_t x[2], net_net::layer_b::code_t y[2]);" in one["net.h"]


def test_scripts_name_part_and_clock() -> None:
    files = render(GRAPH)
    assert "set_part {xcvu9p-flga2104-2-e}\ncreate_clock -period 3.125 " in files["build.tcl"]
    assert "part=xcvu9p-flga2104-2-e\n" in files["hls_config.cfg"]
    assert "clock=3.125ns\n" in files["hls_config.cfg"]
    assert all(f"syn.file={name}" in files["hls_config.cfg"] for name in ("net.cpp",))


def test_no_layer_name_can_mean_two_things() -> None:
    """Layers are in their own namespaces, so names like those used by the project are harmless."""
    names = ["x", "y", "data", "code_t", "config", "apply", "KERNEL", "net_types", "net_test", "types"]
    layers = [activation(name, names[k - 1]) for k, name in enumerate(names) if k]
    files = render(network(source("x", 2), *layers, outputs=("y", "types")))
    assert len({name.lower() for name in files}) == len(files)
    guards = [re.search(r"#ifndef (\w+)", text) for name, text in files.items() if name.endswith(".h")]
    assert len({guard[1] for guard in guards if guard}) == len(guards)


@pytest.mark.parametrize(
    ("values", "rom"),
    [([0], "int8_t"), ([-128, 127], "int8_t"), ([128], "int16_t"), ([-32769], "int32_t"), ([1 << 31], "int64_t")],
)
def test_the_narrowest_rom_type(values: list[int], rom: str) -> None:
    assert c_literals.rom_type(np.array(values)) == rom


def test_literals() -> None:
    assert c_literals.literal(np.array([1, -2])) == "{1, -2}"
    assert c_literals.literal(np.array([[1], [-2]])) == "{\n    {1},\n    {-2}\n}"
    assert c_literals.literal(np.array([-(1 << 61)])) == "{-2305843009213693952LL}"
    long = c_literals.literal(np.arange(1000, 1060))
    assert max(map(len, long.splitlines())) <= 110 and long.count("\n") == 5
    assert c_literals.code_type(Tensor.of_format((1,), FixedFormat(False, 0, 6))) == "ap_uint<6>"
    assert c_literals.pair((3,)) == "1, 3" and c_literals.pair((3,), 0) == "0, 3" and c_literals.pair((2, 4)) == "2, 4"
