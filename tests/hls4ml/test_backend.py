"""The entry point: light, loud, and a complete build through ``compile``, ``predict`` and ``build``."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import hls4ml_backend
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.report import load_report
from tests.frontend.handmade import functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import image, layer
from tests.hls4ml.small import TYPES, small

HEAVY = ("numpy", "bxnn.compiler.driver", "bxnn.compiler.frontend", "tensorflow", "hls4ml", "jinja2")


def test_hls4ml_finds_the_entry_point() -> None:
    (found,) = entry_points(group="hls4ml.backends", name="bxnn")
    assert found.load() is hls4ml_backend.register
    from hls4ml.backends import get_available_backends

    assert "bxnn" in get_available_backends()


def test_the_entry_point_imports_nothing_heavy() -> None:
    script = f"import sys, bxnn.compiler.hls4ml_backend; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_registration_imports_no_compiler() -> None:
    heavy = ("bxnn.compiler.driver", "bxnn.sim.emulator", "jinja2")
    script = f"import sys, hls4ml; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_failing_registration_is_loud(capsys: pytest.CaptureFixture[str]) -> None:
    """hls4ml prints a line and continues; the traceback must have been printed before. A TypeError would come twice."""
    calls = []

    def broken(name: str, cls: type) -> None:
        calls.append(name)
        raise TypeError("changed its signature")

    with pytest.raises(RuntimeError, match=r"^TypeError: changed its signature$"):
        hls4ml_backend.register(register_backend=broken, register_writer=lambda name, cls: None)
    assert calls == ["bxnn"]
    text = capsys.readouterr().err
    assert text.startswith(
        "bxnn: the hls4ml back end 'bxnn' could not be registered\nTraceback (most recent call last)"
    )
    assert "in broken" in text and text.rstrip().endswith("TypeError: changed its signature")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    types = {"fc1": TYPES["fc1"] | {"ReuseFactor": 2}}
    softmax = layer("Activation", "probability", activation="softmax")
    converted = small(tmp_path_factory.mktemp("small"), softmax, types=types)
    with pytest.warns(UserWarning, match="softmax is left out of the firmware"):
        converted.compile()
    return converted


def test_predict(model: Any) -> None:
    x = np.random.default_rng(1).normal(0, 2, (10, 4))
    kernel = np.floor((np.arange(12).reshape(4, 3) / 16 - 0.3) * 16) / 16
    expected = np.floor(x * 16) / 16 @ kernel + [0.5, -0.25, 1.0]
    assert np.array_equal(model.predict(x), expected)
    found = model.predict(x.astype(np.float32))
    assert found.dtype == np.float32 and found.shape == (10, 3)
    assert model.predict(x[:1]).shape == (3,)


def test_build_simulates(model: Any) -> None:
    report = model.build(events=20)
    assert report["simulation"]["passed"] is True and report["simulation"]["mismatches"] == 0
    folder = Path(model.config.get_output_dir())
    assert load_report(folder / "report.json").initiation_interval == 2
    assert {"vhdl", "hls", "emulator"} <= {path.name for path in folder.iterdir()}


def test_build_refuses_a_vendor_run(model: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        model.build(vsynth=True)
    advice = "build() simulates the VHDL; for a vendor run see hls/build.tcl in the build folder"
    assert str(caught.value) == f"build(vsynth=True): is not supported; {advice}"


def test_trace_shows_every_layer(tmp_path: Path) -> None:
    """Those with ``Trace``, before they are merged; a softmax that is left out is not among them."""
    traced = {"fc1": TYPES["fc1"] | {"Trace": True}, "half": {"Trace": True}, "probability": {"Trace": True}}
    added = (layer("LeakyReLU", "half", alpha=0.5), layer("Activation", "probability", activation="softmax"))
    model = small(tmp_path, *added, types=traced)
    x = np.random.default_rng(1).normal(0, 2, (300, 4))
    with pytest.warns(UserWarning, match="softmax is left out of the firmware"):
        outputs, layers = model.trace(x)
    assert list(layers) == ["fc1", "half"] and np.array_equal(outputs, model.predict(x))
    kernel = np.floor((np.arange(12).reshape(4, 3) / 16 - 0.3) * 16) / 16
    expected = np.floor(x * 16) / 16 @ kernel + [0.5, -0.25, 1.0]
    assert np.array_equal(layers["fc1"], expected)
    assert np.array_equal(layers["half"], outputs) and (outputs < 0).any()


def test_a_model_is_not_split(tmp_path: Path) -> None:
    """The model is unchanged: it can be compiled afterwards."""
    from hls4ml.model import to_multi_model_graph

    more = layer("Dense", "fc2", units=3, activation="linear", use_bias=True)
    whole = small(tmp_path, more, stored={"fc2__kernel": np.eye(3), "fc2__bias": np.zeros(3)})
    with pytest.raises(ConfigError) as caught:
        to_multi_model_graph(whole, ["fc2"])
    advice = "bxnn makes one design of the whole network: compile the ModelGraph before it is split"
    assert str(caught.value) == f"MultiModelGraph: is not supported; {advice}"
    whole.compile()
    assert whole.predict(np.zeros((2, 4))).tolist() == [[0.5, -0.25, 1.0]] * 2


@pytest.mark.parametrize("strategy", ["Latency", "Resource", "Distributed_Arithmetic"])
def test_nodes_name_their_strategy(strategy: str, tmp_path: Path) -> None:
    """Like those of hls4ml's own back ends; only layers with a kernel have one."""
    converted = small(tmp_path, types={"fc1": TYPES["fc1"] | {"Strategy": strategy}})
    found = {node.name: node.get_attr("strategy") for node in converted.get_layers()}
    assert found == {"x": None, "fc1": strategy.lower()}


def test_arrays_belong_to_the_inputs_in_the_order_of_the_model(tmp_path: Path) -> None:
    """Keras stores layers by use, so that the second input comes first if a difference reads it first."""
    layers = [image("b", 4), image("a", 4), layer("Subtract", "difference")]
    architecture = functional(layers, {"difference": ["b", "a"]}, ["difference"])
    architecture["config"]["input_layers"].reverse()
    files = write(tmp_path, architecture, weights())
    model = convert(files, tmp_path / "build", "bxnn", {"Model": {"Precision": "fixed<16,8>"}})
    assert [node.name for node in model.get_layers()] == ["b", "a", "difference"]
    model.compile()
    a, b = np.random.default_rng(3).integers(-64, 64, (2, 20, 4)) / 16
    assert np.array_equal(model.predict([a, b]), b - a)
