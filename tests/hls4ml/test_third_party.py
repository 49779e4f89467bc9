"""QKeras networks made outside this project, through hls4ml's reader: the same bits as through bxnn's own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from bxnn.compiler import cli
from bxnn.compiler.frontend import load_model
from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.report import load_report
from bxnn.sim.reference import Reference
from tests.hls4ml.models import convert

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
INPUT = "fixed<8,4,RND_CONV,SAT>"
RELU = "ufixed<6,0,RND_CONV,SAT>"
EXACT = {"result": "auto", "accum": "auto"}

pytestmark = pytest.mark.third_party


def compile_both(model: Path, weights: Path, folder: Path, port: str, names: dict[str, Any], reuse: int) -> None:
    """``ours`` through bxnn's reader and ``theirs`` through hls4ml's, with the same types and interval."""
    design = {"initiation_interval": reuse, "inputs": {port: INPUT}}
    (folder / "design.yaml").write_text(yaml.safe_dump(design))
    files = [str(model), "--weights", str(weights)]
    assert cli.run(["compile", *files, "-c", str(folder / "design.yaml"), "-o", str(folder / "ours")]) == 0
    layers = {name: {"Precision": dict(types)} for name, types in names.items()}
    hls_config = {"Model": {"Precision": "fixed<32,16>", "ReuseFactor": reuse}, "LayerName": layers}
    (folder / "config.yml").write_text(yaml.safe_dump({"ProjectName": "net", "HLSConfig": hls_config}))
    config = ["--hls4ml-config", str(folder / "config.yml"), "-o", str(folder / "theirs")]
    assert cli.run(["compile", *files, *config]) == 0


def outputs(folder: Path, name: str, events: Any) -> Any:
    np.save(folder / "x.npy", events)
    paths = ["--input", str(folder / "x.npy"), "--output", str(folder / f"{name}.npy")]
    assert cli.run(["predict", str(folder / name), *paths]) == 0
    return np.load(folder / f"{name}.npy")


def test_jet_tagger(tmp_path: Path) -> None:
    folder = MODELS / "jet_tagger"
    names: dict[str, Any] = {"fc1_input": {"result": INPUT}}
    names |= {f"relu{n}": {"result": RELU} for n in (1, 2, 3)}
    names |= dict.fromkeys(("fc1", "fc2", "fc3", "output"), EXACT)
    files = folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    compile_both(*files, tmp_path, "fc1_input", names, 8)
    with np.load(folder / "jets.npz", allow_pickle=False) as stored:
        jets = stored["x"]
    found = outputs(tmp_path, "theirs", jets)
    assert len(found) == 1000 and np.array_equal(found, outputs(tmp_path, "ours", jets))
    ours, theirs = (load_report(tmp_path / name / "report.json") for name in ("ours", "theirs"))
    assert (theirs.dsp, theirs.latency_cycles) == (ours.dsp, ours.latency_cycles)


def test_mnist_cnn(tmp_path: Path) -> None:
    """Only the graphs: finding two schedules for convolutions is slow and not the point of this test."""
    folder = MODELS / "mnist_cnn"
    names: dict[str, Any] = {"input_1": {"result": INPUT}}
    names |= {name: {"result": RELU} for name in ("q_activation", "q_activation_1")}
    names |= dict.fromkeys(("q_conv2d", "q_conv2d_1", "q_dense", "max_pooling2d", "max_pooling2d_1"), EXACT)
    files = folder / "qkeras_mnist_cnn.json", folder / "qkeras_mnist_cnn_weights.h5"
    layers = {name: {"Precision": dict(types)} for name, types in names.items()}
    config = {"Model": {"Precision": "fixed<32,16>"}, "LayerName": layers}
    theirs = from_hls4ml(convert(files, tmp_path / "build", "bxnn", config), "net")
    quantizer = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT)
    options = PassOptions(inputs={"input_1": quantizer})
    reference, other = (Reference(run(graph, PIPELINE, options)) for graph in (load_model(*files), theirs))
    rng = np.random.default_rng(1)
    images = np.where(rng.random((500, 28, 28, 1)) < 0.2, rng.random((500, 28, 28, 1)), 0.0)
    (expected,), (found,) = (one.predict({"input_1": images}).values() for one in (reference, other))
    assert np.array_equal(found, expected) and len(np.unique(expected)) > 100
