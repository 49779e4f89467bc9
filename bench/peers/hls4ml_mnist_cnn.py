"""Measure hls4ml's C simulation of the third-party mnist_cnn: build and rate, in the jet tagger's environment.

One entry per layer, types from the quantizers, logits without softmax, ``io_parallel``.
"""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

INPUT_LAYER = "input_1"
INPUT_TYPE = "ap_fixed<8,4,AP_RND_CONV,AP_SAT>"
LAST_DENSE = "q_dense"
BACKEND = "Vitis"
EVENTS = 200
SEED = 20190328


def measure(architecture: Path, weights: Path, folder: Path) -> dict[str, Any]:
    """Seconds of the csim build and events/s on one core; random images on the grid of fixed<8,4>."""
    keras = importlib.import_module("tensorflow").keras
    hls4ml = importlib.import_module("hls4ml")
    objects: dict[str, Any] = {}
    importlib.import_module("qkeras.utils")._add_supported_quantized_objects(objects)
    stored = json.loads(architecture.read_text())
    kind = keras.Sequential if stored["class_name"] == "Sequential" else keras.Model
    model = kind.from_config(stored["config"], custom_objects=objects)
    model.load_weights(str(weights))
    logits = keras.Model(model.input, model.get_layer(LAST_DENSE).output)
    config = hls4ml.utils.config_from_keras_model(logits, granularity="name", backend=BACKEND)
    layers = config.setdefault("LayerName", {})
    layers.setdefault(INPUT_LAYER, {}).setdefault("Precision", {})["result"] = INPUT_TYPE
    converted = hls4ml.converters.convert_from_keras_model(
        logits, hls_config=config, output_dir=str(folder), backend=BACKEND, io_type="io_parallel"
    )
    start = time.perf_counter()
    converted.compile()
    build_seconds = time.perf_counter() - start
    images = np.random.default_rng(SEED).integers(0, 17, (EVENTS, 28, 28, 1)).astype(np.float32) / 16
    converted.predict(images[:2])
    start = time.perf_counter()
    converted.predict(images)
    seconds = time.perf_counter() - start
    return {"compile_seconds": build_seconds, "events": EVENTS, "events_per_second_single_core": EVENTS / seconds}
