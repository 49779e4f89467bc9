"""What a reader of a page already has: a model, events, a design. Small ones, since any will do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.frontend.handmade import Json, quantizer
from tests.pages.blocks import ROOT
from tests.reload.registers import Registers

FEATURES, HIDDEN, CLASSES = 4, 6, 3
DESIGN = "initiation_interval: 4\n"


def _activation(name: str, own: Json | str) -> Json:
    return {"class_name": "QActivation", "config": {"name": name, "activation": own}}


def _dense(name: str, units: int) -> Json:
    own = quantizer(bits=6, integer=0, alpha=1)
    config = {"name": name, "units": units, "activation": "linear", "use_bias": True}
    return {"class_name": "QDense", "config": config | {"kernel_quantizer": own, "bias_quantizer": own}}


def network() -> Json:
    """A quantized classifier, as Keras describes it."""
    shape = {"batch_input_shape": [None, FEATURES], "dtype": "float32"}
    source = {"class_name": "InputLayer", "config": {"name": "fc1_input", **shape}}
    layers = [source, _activation("input_quantizer", "quantized_bits(8,3,alpha=1)"), _dense("fc1", HIDDEN)]
    layers += [_activation("relu1", "quantized_relu(6)"), _dense("output", CLASSES)]
    return {"class_name": "Sequential", "config": {"name": "tagger", "layers": layers}}


def _arrays(seed: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    shapes = {"fc1": (FEATURES, HIDDEN), "output": (HIDDEN, CLASSES)}
    found = {f"{name}/{name}/kernel:0": rng.uniform(-0.9, 0.9, shape) for name, shape in shapes.items()}
    return found | {f"{name}/{name}/bias:0": rng.uniform(-0.9, 0.9, shape[1]) for name, shape in shapes.items()}


def model_file(path: Path, seed: int) -> None:
    """The classifier with drawn weights in one file."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(network())
        for name, values in _arrays(seed).items():
            file[f"model_weights/{name}"] = values.astype(np.float32)


def weights_file(path: Path, seed: int) -> None:
    """Its weights alone."""
    with h5py.File(path, "w") as file:
        for name, values in _arrays(seed).items():
            file[name] = values.astype(np.float32)


def own_model(folder: Path) -> None:
    """A model, events with labels, and a design."""
    model_file(folder / "model.h5", 0)
    rng = np.random.default_rng(1)
    x = rng.normal(0, 2, (200, FEATURES)).astype(np.float32)
    np.savez(folder / "events.npz", x=x, y=rng.integers(0, CLASSES, 200))
    (folder / "design.yaml").write_text(DESIGN, encoding="utf-8")


def several_models(folder: Path) -> None:
    """Models of the same layers, in one file each and as a description with weights."""
    (folder / "tagger.json").write_text(json.dumps(network()), encoding="utf-8")
    for index in range(4):
        for name in ("cell", "m"):
            model_file(folder / f"{name}{index}.h5", index)
        weights_file(folder / f"w{index}.h5", index)
    weights_file(folder / "tagger_weights.h5", 0)


def retrained(folder: Path) -> None:
    """A model and the same, trained again."""
    model_file(folder / "tagger.h5", 0)
    model_file(folder / "retrained.h5", 1)


def float_model(folder: Path) -> None:
    """A float model and its training events."""
    shutil.copy(ROOT / "examples/own_model/model.keras", folder / "model.keras")
    shutil.copy(ROOT / "examples/jet_tagger/jets.npz", folder / "train.npz")
    (folder / "design.yaml").write_text(DESIGN + "formats: formats.yaml\n", encoding="utf-8")


def any_float_model(folder: Path) -> None:
    """The model of the tutorial."""
    shutil.copy(ROOT / "examples/own_model/model.keras", folder / "model.keras")


SUPPLIED: Mapping[str, tuple[Callable[[Path], None], ...]] = {
    "README.md": (any_float_model,),
    "docs/backends.md": (several_models,),
    "docs/calibration.md": (float_model,),
    "docs/ci.md": (own_model,),
    "docs/outputs.md": (several_models,),
    "docs/packages.md": (own_model,),
    "docs/proofs.md": (own_model,),
    "docs/scheduling.md": (own_model,),
    "docs/weights.md": (retrained,),
}


def hls4ml_names() -> dict[str, Any]:
    """A live model, its configuration and events."""
    import hls4ml
    import keras

    layers = [keras.layers.Input((FEATURES,)), keras.layers.Dense(CLASSES, name="fc1")]
    model = keras.Sequential(layers)
    config = hls4ml.utils.config_from_keras_model(model, granularity="name", backend="bxnn")
    x = np.random.default_rng(1).normal(0, 1, (20, FEATURES)).astype(np.float32)
    return {"hls4ml": hls4ml, "keras_model": model, "config": config, "x": x}


def training_events() -> dict[str, Any]:
    """The live model of the page is a file here; both are accepted."""
    with np.load("train.npz") as data:
        return {"model": "model.keras", "x": data["x"], "y": data["y"]}


def register_bus() -> dict[str, Any]:
    """The registers that weights.hex was written for."""
    _, _, layout, words, *_ = Path("weights.hex").read_text(encoding="utf-8").replace(",", "").split()
    return {"bus": Registers(4, int(words), int(layout, 16))}


NAMES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "docs/backends.md": hls4ml_names,
    "docs/calibration.md": training_events,
    "docs/weights.md": register_bus,
}
