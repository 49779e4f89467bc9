"""Measure alkaid on the third-party jet tagger: an adder graph in LUTs, II = 1.

Runs inside its own environment (requirements-alkaid.txt) and prints one line of JSON. The network is written
with alkaid's tracing API, solved, pipelined, emulated and written out as VHDL and Verilog. The settings are
those of alkaid's own command line: ``HWConfig(1, 1, -1)``, ``hard_dc=5``, ``latency_cutoff=5``.

An integer oracle in numpy, independent of alkaid, checks the graph on the jets and on seeded random inputs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

LAYER_NAMES = ("fc1", "fc2", "fc3", "output")
INPUT_FRACTION_BITS = 4  # fixed<8,4>: 8 bits, 4 of them integer with the sign
WEIGHT_FRACTION_BITS = 5  # quantized_bits(6,0,alpha=1): code / 32
RELU_BITS = 6  # quantized_relu(6): ufixed<6,0>, code / 64
LATENCY_CUTOFF = 5.0
PROJECT = "jet_tagger"
RANDOM_SEED = 20190328
RANDOM_EVENTS = 20_000


class Dense(NamedTuple):
    """Weight codes of one layer in units of 2**-WEIGHT_FRACTION_BITS; kernel (inputs, outputs)."""

    kernel: Integers
    bias: Integers


def load_layers(weights: Path, names: tuple[str, ...] = LAYER_NAMES) -> list[Dense]:
    """Read the float weights and apply quantized_bits(6,0,alpha=1): half to even, clipped to [-32, 31]."""
    h5py = importlib.import_module("h5py")
    layers = []
    with h5py.File(weights, "r") as file:
        for name in names:
            codes = []
            for part in ("kernel:0", "bias:0"):
                real = np.asarray(file[name][name][part][()], dtype=np.float64)
                codes.append(np.clip(np.rint(real * 2**WEIGHT_FRACTION_BITS), -32, 31).astype(np.int64))
            layers.append(Dense(codes[0], codes[1]))
    return layers


def input_codes(x: Reals) -> Integers:
    """Quantise real inputs to codes of fixed<8,4,RND_CONV,SAT>."""
    codes: Integers = np.clip(np.rint(x * 2**INPUT_FRACTION_BITS), -128, 127).astype(np.int64)
    return codes


def input_codes_plain(x: Reals) -> Integers:
    """Quantise real inputs to codes of fixed<8,4>, which is TRN and WRAP as in ap_fixed."""
    codes: Integers = (np.floor(x * 2**INPUT_FRACTION_BITS).astype(np.int64) + 128) % 256 - 128
    return codes


def oracle(layers: list[Dense], codes: Integers) -> Reals:
    """Evaluate the network on integers; real-valued logits (events, 5), exact.

    Every hidden accumulator is rounded once, half to even, at full precision:
    ``q = (n + 2**(s-1) - 1 + kept_lsb) >> s``, then clipped to the 6-bit range.
    """
    fraction = INPUT_FRACTION_BITS
    for index, layer in enumerate(layers):
        accumulator = codes @ layer.kernel + (layer.bias << fraction)
        fraction += WEIGHT_FRACTION_BITS
        if index == len(layers) - 1:
            break
        shift = fraction - RELU_BITS
        rounded = (accumulator + (1 << (shift - 1)) - 1 + ((accumulator >> shift) & 1)) >> shift
        codes, fraction = np.clip(rounded, 0, 2**RELU_BITS - 1), RELU_BITS
    return np.asarray(accumulator / 2.0**fraction, dtype=np.float64)


def build_graph(layers: list[Dense]) -> Any:
    """Trace the network and solve its constant matrix-vector products into one alkaid ``CombLogic``."""
    tracing = importlib.import_module("alkaid.trace")
    ops = importlib.import_module("alkaid.trace.ops")
    one = np.ones(layers[0].kernel.shape[0], dtype=np.int64)
    # alkaid counts integer bits without the sign: fixed<8,4> is k=1, i=3, f=4.
    inputs = tracing.FVArray.from_kif(one, 3 * one, 4 * one, tracing.HWConfig(1, 1, -1), 0.0, {"hard_dc": 5})
    values = inputs
    for index, layer in enumerate(layers):
        values = values @ (layer.kernel / 2.0**WEIGHT_FRACTION_BITS) + layer.bias / 2.0**WEIGHT_FRACTION_BITS
        if index < len(layers) - 1:
            values = ops.quantize(values, 0, 0, RELU_BITS, overflow_mode="SAT", round_mode="RND_CONV")
    return tracing.trace(inputs, values)


def events_per_second(model: Any, x: Reals, threads: int, repeats: int = 3) -> float:
    """Median rate of the model's emulator over a batch; ``threads`` 0 is alkaid's default, every core."""
    rates = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.predict(x, n_threads=threads)
        rates.append(len(x) / (time.perf_counter() - start))
    return statistics.median(rates)


def write_rtl(graph: Any, folder: Path) -> dict[str, Any]:
    """Write pipelined VHDL and Verilog projects to ``folder/vhdl`` and ``folder/verilog``."""
    codegen = importlib.import_module("alkaid.codegen")
    facts: dict[str, Any] = {}
    for flavor in ("vhdl", "verilog"):
        start = time.perf_counter()
        model = codegen.RTLModel(graph, folder / flavor, prj_name=PROJECT, flavor=flavor, latency_cutoff=LATENCY_CUTOFF)
        model.write()
        facts[f"{flavor}_seconds"] = time.perf_counter() - start
        facts["register_bits"] = int(model.reg_bits)
    return facts


def measure_csim(graph: Any, folder: Path, x: Reals, expected: Reals) -> dict[str, Any]:
    """Build alkaid's HLS C++ emulator with g++ and measure it."""
    codegen = importlib.import_module("alkaid.codegen")
    start = time.perf_counter()
    model = codegen.HLSModel(graph, folder, prj_name=PROJECT, flavor="vitis")
    model.compile()
    build_seconds = time.perf_counter() - start
    return {
        "build_seconds": build_seconds,
        "events_per_second_single_core": events_per_second(model, x, threads=1, repeats=1),
        "mismatches": int(np.count_nonzero(model.predict(x) != expected)),
        "events": len(x),
    }


def verify(graph: Any, layers: list[Dense], codes: Integers) -> dict[str, int]:
    """Compare the adder graph with the oracle on the jets and on random codes over the whole input range."""
    random = np.random.default_rng(RANDOM_SEED).integers(-128, 128, (RANDOM_EVENTS, codes.shape[1]))
    both = np.concatenate([codes, random])
    emulated = graph.predict(both / 2.0**INPUT_FRACTION_BITS, n_threads=1)
    wrong = np.any(emulated != oracle(layers, both), axis=1)
    return {"mismatches": int(wrong.sum()), "events_verified": len(both), "seed": RANDOM_SEED}


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run every measurement; the keys are those of the JSON line."""
    start = time.perf_counter()
    tracing = importlib.import_module("alkaid.trace")
    facts: dict[str, Any] = {"tool": "alkaid", "version": version("alkaid")}
    facts["import_seconds"] = time.perf_counter() - start
    layers = load_layers(arguments.weights)
    with np.load(arguments.jets) as jets:
        x, labels = jets["x"].astype(np.float64), jets["y"]
    codes = input_codes(x)

    start = time.perf_counter()
    graph = build_graph(layers)
    facts["trace_and_solve_seconds"] = time.perf_counter() - start
    start = time.perf_counter()
    pipeline = tracing.to_pipeline(graph, latency_cutoff=LATENCY_CUTOFF, verbose=False)
    facts["pipeline_seconds"] = time.perf_counter() - start
    facts |= {"stages": len(pipeline.logic), "cost_luts": graph.cost, "operations": len(graph.ops)}
    facts |= {"initiation_interval": 1, "input_format": "fixed<8,4,RND_CONV,SAT>"}

    facts |= verify(graph, layers, codes)
    facts["accuracy"] = float((oracle(layers, codes).argmax(axis=1) == labels).mean())
    facts["accuracy_trn_wrap"] = float((oracle(layers, input_codes_plain(x)).argmax(axis=1) == labels).mean())
    quantized = codes / 2.0**INPUT_FRACTION_BITS
    batch = np.tile(quantized, (-(-arguments.events // len(x)), 1))
    facts["interpreter_build_seconds"] = None  # the wheel ships a compiled C++ interpreter
    facts |= {"events": len(batch), "cores": os.cpu_count()}
    facts["events_per_second_single_core"] = events_per_second(graph, batch, threads=1)
    facts["events_per_second_default"] = events_per_second(graph, batch, threads=0)
    facts["rtl"] = write_rtl(graph, arguments.rtl) if arguments.rtl else None
    facts["csim"] = measure_csim(graph, arguments.csim, quantized, oracle(layers, codes)) if arguments.csim else None
    return facts


def main() -> None:
    """Parse the command line, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--weights", type=Path, required=True, help="qkeras_3layer_weights.h5")
    parser.add_argument("--jets", type=Path, required=True, help="jets.npz with x (events, 16) and labels y")
    parser.add_argument("--events", type=int, default=200_000, help="events for the rates, the jets tiled")
    parser.add_argument("--rtl", type=Path, help="write VHDL and Verilog projects into this folder")
    parser.add_argument("--csim", type=Path, help="also build the HLS C++ emulator in this folder (a minute)")
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
