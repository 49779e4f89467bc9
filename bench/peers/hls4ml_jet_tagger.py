"""Measure hls4ml on the third-party jet tagger: conversion, csim build, emulation, agreement with QKeras.

Runs inside its own environment (requirements-hls4ml.txt) and prints one line of JSON; output of the tools
goes to standard error. Three configurations are measured, because hls4ml's result depends on them:

* ``model``: hls4ml's default granularity. ``quantized_relu`` is given the default type ``fixed<16,6>``.
* ``name``: one entry per layer, types from the quantizers. The call to ``config_from_keras_model`` names the
  backend: without it hls4ml leaves every accumulator at ``fixed<16,6,TRN,WRAP>``.
* ``name_no_softmax``: the same up to the logits, without hls4ml's softmax tables.

In each the input is ``ap_fixed<8,4,AP_RND_CONV,AP_SAT>``. QKeras sees the same inputs, already on that grid.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

INPUT_LAYER = "fc1_input"
INPUT_TYPE = "ap_fixed<8,4,AP_RND_CONV,AP_SAT>"
LAST_DENSE = "output"
BACKEND = "Vitis"


class Configuration(NamedTuple):
    """One way to configure hls4ml; see the module's docstring."""

    name: str
    granularity: str
    softmax: bool = True


CONFIGURATIONS = (
    Configuration("model", "model"),
    Configuration("name", "name"),
    Configuration("name_no_softmax", "name", softmax=False),
)


class Jets(NamedTuple):
    """The jets on the grid of fixed<8,4>: rounded and saturated; truncated and wrapped (the plain type)."""

    rounded: Floats
    truncated: Floats
    labels: npt.NDArray[np.int64]


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send file descriptor 1 to 2, so that compilers and libraries cannot mix with the JSON line."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(saved, 1)
        os.close(saved)


def load_jets(path: Path) -> Jets:
    """Read jets.npz and put x on both grids; 1/16 steps, exact in float32."""
    with np.load(path) as file:
        sixteenths, labels = file["x"].astype(np.float64) * 16, file["y"]
    rounded = (np.clip(np.rint(sixteenths), -128, 127) / 16).astype(np.float32)
    truncated = (((np.floor(sixteenths) + 128) % 256 - 128) / 16).astype(np.float32)
    return Jets(rounded, truncated, labels)


def load_keras(architecture: Path, weights: Path) -> tuple[Any, Any]:
    """Read the QKeras model; returned whole, and cut before its softmax.

    ``model_from_json`` takes ``Sequential`` from whichever of keras and tf_keras registered last, which need
    not be the one from which QDense's ``Dense`` is derived, so the class is specified here.
    """
    keras = importlib.import_module("tensorflow").keras
    objects: dict[str, Any] = {}
    importlib.import_module("qkeras.utils")._add_supported_quantized_objects(objects)
    config = json.loads(architecture.read_text())["config"]
    model = keras.Sequential.from_config(config, custom_objects=objects)
    model.load_weights(str(weights))
    return model, keras.Model(model.input, model.get_layer(LAST_DENSE).output)


def convert(model: Any, configuration: Configuration, folder: Path) -> Any:
    """Make an hls4ml model: configuration, input type, conversion."""
    hls4ml = importlib.import_module("hls4ml")
    config = hls4ml.utils.config_from_keras_model(model, granularity=configuration.granularity, backend=BACKEND)
    layers = config.setdefault("LayerName", {})
    layers.setdefault(INPUT_LAYER, {}).setdefault("Precision", {})["result"] = INPUT_TYPE
    return hls4ml.converters.convert_from_keras_model(
        model, hls_config=config, output_dir=str(folder), backend=BACKEND, io_type="io_parallel"
    )


def accuracy(scores: Floats, labels: npt.NDArray[np.int64]) -> float:
    """Fraction of events whose largest score is the label's."""
    return float((scores.argmax(axis=1) == labels).mean())


def measure_configuration(
    model: Any, configuration: Configuration, jets: Jets, events: int, folder: Path
) -> dict[str, Any]:
    """Convert, build and run one configuration and compare it with QKeras on the same inputs."""
    start = time.perf_counter()
    converted = convert(model, configuration, folder)
    convert_seconds = time.perf_counter() - start
    start = time.perf_counter()
    converted.compile()
    compile_seconds = time.perf_counter() - start

    expected = np.asarray(model.predict(jets.rounded, verbose=0))
    got = converted.predict(jets.rounded)
    truncated = converted.predict(jets.truncated)
    batch = np.ascontiguousarray(np.tile(jets.rounded, (-(-events // len(jets.rounded)), 1)))
    start = time.perf_counter()
    converted.predict(batch)
    rate = len(batch) / (time.perf_counter() - start)
    return {
        "convert_seconds": convert_seconds,
        "compile_seconds": compile_seconds,
        "events": len(batch),
        "events_per_second_single_core": rate,
        "max_abs_difference": float(np.abs(got - expected).max()),
        "events_different": int(np.any(got != expected, axis=1).sum()),
        "argmax_different": int((got.argmax(axis=1) != expected.argmax(axis=1)).sum()),
        "accuracy": accuracy(got, jets.labels),
        "accuracy_trn_wrap": accuracy(truncated, jets.labels),
    }


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run every measurement; the keys are those of the JSON line."""
    os.environ |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    facts: dict[str, Any] = {"tool": "hls4ml", "version": version("hls4ml"), "input_format": INPUT_TYPE}
    start = time.perf_counter()
    for package in ("tensorflow", "qkeras", "hls4ml"):
        importlib.import_module(package)
    facts["import_seconds"] = time.perf_counter() - start
    facts["versions"] = {name: version(name) for name in ("tensorflow", "qkeras", "keras", "numpy")}
    jets = load_jets(arguments.jets)
    whole, without_softmax = load_keras(arguments.architecture, arguments.weights)
    facts["keras_accuracy"] = accuracy(whole.predict(jets.rounded, verbose=0), jets.labels)
    facts["keras_accuracy_trn_wrap"] = accuracy(whole.predict(jets.truncated, verbose=0), jets.labels)
    facts["configurations"] = {
        configuration.name: measure_configuration(
            whole if configuration.softmax else without_softmax,
            configuration,
            jets,
            arguments.events,
            arguments.work / configuration.name,
        )
        for configuration in CONFIGURATIONS
    }
    if arguments.cnn is not None:
        cnn = importlib.import_module("hls4ml_mnist_cnn")  # beside this file
        facts["mnist_cnn"] = cnn.measure(*arguments.cnn, arguments.work / "mnist_cnn")
    return facts


def main() -> None:
    """Parse the command line, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--architecture", type=Path, required=True, help="qkeras_3layer.json")
    parser.add_argument("--weights", type=Path, required=True, help="qkeras_3layer_weights.h5")
    parser.add_argument("--jets", type=Path, required=True, help="jets.npz with x (events, 16) and labels y")
    parser.add_argument("--events", type=int, default=100_000, help="events for the rate, the jets tiled")
    parser.add_argument("--cnn", type=Path, nargs=2, help="also measure mnist_cnn: its .json and weights")
    parser.add_argument("--work", type=Path, required=True, help="folder for the generated HLS projects")
    arguments = parser.parse_args()
    with stdout_to_stderr():
        facts = measure(arguments)
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
