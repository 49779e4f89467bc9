"""Writes alkaid's VHDL of an HGQ2 model, at several latency cutoffs; runs in the environment of requirements-hgq.txt.

    python -m bench.peers.alkaid_hgq MODEL.keras FOLDER CUTOFF ...

The settings are those of alkaid's command line: ``HWConfig(1, 1, -1)``, ``hard_dc=5``. ``FOLDER/CUTOFF`` has the
project, ``FOLDER/stages.json`` the stages of each and the outputs of ``MODEL.npz`` that differ.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers.alkaid_jet_tagger import PROJECT


def written(path: Path, folder: Path, cutoffs: list[float]) -> dict[str, Any]:
    """Trace the model, write a project per cutoff; stages by cutoff, and the outputs that differ."""
    importlib.import_module("hgq")  # registers its layers
    model = importlib.import_module("keras").models.load_model(path, compile=False)
    tracing, codegen = importlib.import_module("alkaid.trace"), importlib.import_module("alkaid.codegen")
    trace_model = importlib.import_module("alkaid.converter").trace_model
    inputs, outputs = trace_model(model, hwconf=(1, 1, -1), solver_options={"hard_dc": 5})
    graph = tracing.trace(inputs, outputs)
    with np.load(path.with_suffix(".npz")) as stored:
        x, y = stored["x"], stored["y"]
    found = graph.predict(x.reshape(len(x), -1).astype(np.float64), n_threads=1)
    facts: dict[str, Any] = {"wrong": int((found.reshape(y.shape) != y).sum())}
    for cutoff in cutoffs:
        place = folder / f"{cutoff:g}"
        codegen.RTLModel(graph, place, prj_name=PROJECT, flavor="vhdl", latency_cutoff=cutoff).write()
        facts[f"{cutoff:g}"] = len(tracing.to_pipeline(graph, latency_cutoff=cutoff, verbose=False).logic)
    return facts


def main() -> None:
    """Write the projects."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cutoffs", type=float, nargs="+")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    facts = written(options.model, options.folder, options.cutoffs)
    (options.folder / "stages.json").write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    main()
