"""Compiled streaming networks on the bench: packers, the first wrong stage, Verilator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import bxnn
from bxnn.compiler.errors import DataError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.conv2d import Conv2D
from bxnn.sim.bench.locate import locate
from bxnn.sim.reference import Reference
from tests.bench.test_vhdl_packing import STEP, ghdl
from tests.layers.firmware import random_codes, run_firmware
from tests.streams.networks import Chain, check_stream, schedule, write

TAU = Path(__file__).parents[2] / "examples" / "l1calo_tau" / "model.h5"
# Wide enough not to saturate: clipping would hide a wrong weight.
WIDE = FixedQuantizer(FixedFormat(False, 3, 3), Rounding.RND_CONV, Overflow.SAT)


def two_stages() -> Graph:
    chain = Chain((8, 9, 1)).conv(3, (3, 3), before=(1, 1)).relu(WIDE).pool((2, 2)).conv(2, (2, 2)).relu(WIDE)
    return chain.dense(2).graph()


def compiled(folder: Path, form: str, interval: int) -> bxnn.Network:
    config = folder / f"{form}.yaml"
    config.write_text(
        f"board: xcvu9p\nclock_mhz: 320\ninitiation_interval: {interval}\nname: net\nform: {form}\n", encoding="utf-8"
    )
    bxnn.compile(TAU, folder / form, config=config)
    return bxnn.load(folder / form)


def test_packers_of_a_compiled_network(tmp_path: Path) -> None:
    network = compiled(tmp_path, "streaming", 200)
    packer, name = network.packer, network.reference.graph.inputs[0]
    assert (packer.shape, packer.beats) == ((8, 8, 2), 64)
    codes = random_codes(network.reference.graph, 3, 1)[name]
    beats = [beat for frame in packer.pack(codes) for beat in frame]
    assert np.array_equal(packer.unpack(beats), codes)
    lost = f"{name}: frame 2 has 63 beats (from beat 128 on), but a frame of shape 8 x 8 x 2 has 64"
    with pytest.raises(DataError, match=f"^{lost.replace('(', '[(]').replace(')', '[)]')}; send every frame whole"):
        packer.unpack(beats[:-1])
    (tmp_path / "net_pkg.vhd").write_bytes((tmp_path / "streaming" / "vhdl" / "net_pkg.vhd").read_bytes())
    done = ghdl(tmp_path, f"-gSTEP={STEP}")
    ramp = (STEP * np.arange(128)) % (1 << packer.port.bits) - (packer.port.signed << packer.port.bits)
    ramp = np.where(ramp < -(1 << (packer.port.bits - 1)), ramp + (1 << packer.port.bits), ramp)
    assert done.stdout.split()[:64] == [f"{beat:0{packer.width}b}" for beat in packer.pack(ramp[np.newaxis])[0]]


def test_a_frame_parallel_network_has_nothing_to_pack(tmp_path: Path) -> None:
    network = compiled(tmp_path, "frame_parallel", 64)
    problem = "is frame-parallel; all its elements arrive in one cycle, not in beats"
    with pytest.raises(DataError, match=f"{problem}$"):
        _ = network.packer


@pytest.mark.parametrize("stage", [0, 1])
def test_the_stage_with_wrong_weights_is_named(stage: int, tmp_path: Path) -> None:
    graph = two_stages()
    conv = [layer for layer in graph.layers if isinstance(layer, Conv2D)][stage]
    assert isinstance(conv.kernel, FixedTensor)
    wrong = replace(conv, kernel=FixedTensor(conv.kernel.codes[..., ::-1], conv.kernel.fraction_bits))
    other = replace(graph, layers=tuple(wrong if layer is conv else layer for layer in graph.layers))
    interface = write(other, schedule(other, 1, 0), tmp_path)
    result = run_firmware(graph, interface, tmp_path, 6, 1)
    assert (result.passed, result.latency_cycles) == (False, interface.latency_cycles)
    assert result.first_difference is not None
    layer, events = interface.probes[stage].layer, random_codes(graph, 20, 1)
    expected = Reference(graph).evaluate(events)
    differs = (expected[layer] != Reference(other).evaluate(events)[layer]).reshape(20, -1).any(axis=1)
    chosen = int(np.argmax(differs))
    assert differs[chosen]
    codes = {name: array[chosen].astype(np.int64) for name, array in expected.items()}
    found = locate(tmp_path, interface, {"x": events["x"][chosen]}, codes)
    assert found is not None and found.phase is not None
    assert found.layer == layer
    assert interface.probes[stage].elements[found.phase].count(found.element or 0) == 1
    assert str(found).endswith(f"(strobe {found.phase}): expected {found.expected}, got {found.got}")


@pytest.mark.slow
def test_a_compiled_stream_in_verilator(tmp_path: Path) -> None:
    graph = two_stages()
    check_stream(graph, schedule(graph, 1, 0), tmp_path, "verilator")
