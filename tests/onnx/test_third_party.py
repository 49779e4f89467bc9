"""Models of Brevitas and of onnxruntime: every code after every quantizer, and the whole way to firmware."""

import time
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.driver import compile_model
from bxnn.compiler.frontend.onnx.onnx_model import read_onnx
from bxnn.compiler.frontend.onnx.onnx_reading import OnnxReading
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.verification import csim, simulate
from bxnn.sim.emulator import Emulator
from bxnn.sim.reference import Reference

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
NAMES = (
    *("qonnx/po2_mlp", "qonnx/float_mlp", "qonnx/float_conv", "qonnx/asym_conv"),
    *("qdq/mlp_qdq", "qdq/conv_qdq"),
)

pytestmark = pytest.mark.third_party


def read(name: str) -> tuple[OnnxReading, Graph]:
    """The file as read, and as lowered."""
    found = read_onnx(MODELS / f"{name}.onnx")
    return found, run(found.graph, PIPELINE, PassOptions())


@pytest.mark.parametrize("name", NAMES)
def test_every_code_behind_every_quantizer(name: str) -> None:
    """QONNX files store the numbers, QDQ files the integers, zero points included."""
    started = time.process_time()
    found, graph = read(name)
    assert time.process_time() - started < 1.0
    stored, reference = np.load(MODELS / f"{name}.npz"), Reference(graph)
    codes = reference.evaluate(reference.quantize_inputs({graph.inputs[0]: stored["x"]}))
    tensors = [key for key in stored if key.startswith("q_")]
    assert tensors
    for key in tensors:
        wire = found.wires[key[2:]]
        layer = wire.layer if wire.layer in codes else graph.inputs[0]
        ours = codes[layer].reshape(len(stored["x"]), -1)[:, wire.order].astype(np.int64)
        if wire.integers is not None:
            theirs = stored[key].astype(np.int64) - wire.integers[1]
        else:
            assert wire.scale is not None
            lsb = float(wire.scale) * reference.tensors[layer].format.lsb
            theirs = np.rint(stored[key].astype(np.float64) / lsb).astype(np.int64)
        assert np.array_equal(ours, theirs), key


@pytest.mark.parametrize("name", NAMES)
def test_outputs_within_the_rounding_of_float32(name: str) -> None:
    _, graph = read(name)
    stored, reference = np.load(MODELS / f"{name}.npz"), Reference(graph)
    (ours,) = reference.predict({graph.inputs[0]: stored["x"]}).values()
    difference = np.abs(ours.reshape(stored["y"].shape) - stored["y"].astype(np.float64)).max()
    assert difference <= 2**-22 * np.abs(stored["y"]).max()
    assert name != "qonnx/po2_mlp" or difference == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_firmware(name: str, tmp_path: Path) -> None:
    """GHDL, HLS C++ and emulator on some of the stored events."""
    stored = np.load(MODELS / f"{name}.npz")
    np.savez(tmp_path / "events.npz", x=stored["x"])
    build = tmp_path / "build"
    compile_model(MODELS / f"{name}.onnx", None, None, build)
    report = simulate(build, tmp_path / "events.npz", 25, quick="conv" in name)
    assert report.simulation is not None
    assert (report.simulation.mismatches, report.simulation.latency_cycles) == (0, report.latency_cycles)
    assert report.simulation.initiation_interval == report.initiation_interval
    checked = csim(build, tmp_path / "events.npz", 100).csim
    assert checked is not None and checked.mismatches == 0
    _, graph = read(name)
    reference = Reference(graph)
    emulator = Emulator(build / "emulator", tmp_path / "emulator", reference, "-O1")
    values = {graph.inputs[0]: stored["x"]}
    (ours,), (theirs,) = reference.predict(values).values(), emulator.predict(values).values()
    assert np.array_equal(ours, theirs)
