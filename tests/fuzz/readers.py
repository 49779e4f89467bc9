"""Targets of mutated files: a reader, a good file to start from, and how to damage it."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from bxnn.boards.board import board_names, read_board
from bxnn.compiler.builds.manifest import MANIFEST, Manifest
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hls4ml_backend.configuration import compile_configuration
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.sweep.sweep_config import load_sweep
from bxnn.sim.events import read_events
from bxnn.sim.reference import Reference
from tests.frontend import handmade as hand
from tests.frontend.hgq_files import h5_bytes, keras_bytes, small_network
from tests.frontend.test_models import GOLDEN
from tests.fuzz.mutate import Mutation, damaged, rezipped
from tests.ir.networks import dense, network, source
from tests.onnx.handmade import small_cnn
from tests.onnx.test_lwtnn import GRAPH, design

ROOT = Path(__file__).resolve().parents[2]
_NUMBERS = (b"-1", b"0", b"1e999", b"1e-300", b"0x10", b"010", b"1:30", b"9" * 400, b".nan", b"-.inf", b"null")
_YAML = (*_NUMBERS, b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"!!binary ", b"? ", b"[", b"{", b"[" * 99)
_YAML_SPACE = (
    b"\n---\n",
    b"\n...\n",
    b": ",
    b"\t",
    b"\n  ",
    b"%YAML 9.9\n",
    b"\0",
    b"\xff",
    b"\xe2\x80\xa8",
    b"[" * 99,
)
_JSON = (*_NUMBERS, b"NaN", b"-Infinity", b"[", b"]", b"{", b"}", b'"', b"\\ud800", b"\\u0000", b"[" * 3000, b"../")
_NPY = (b"(", b")", b",", b"'|O'", b"'<f2'", b"'>c16'", b"'<U9'", b"999999999", b"True", b"-1", b"(" * 200, b"\0")
_DESIGN = b"""board: xcvu9p
clock_mhz: 320.632
initiation_interval: 8
budget: {dsp: 100, lut: 50000, latency_ns: 200}
inputs: {x: "fixed<16,6>"}
outputs: {y: argmax}
layers:
  fc1: {output: "fixed<8,3>", reuse_factor: 2}
"""
_SWEEP = _DESIGN.replace(b"320.632", b"[200, 320.632]").replace(b"dsp: 100", b"dsp: [10, 100]")
_HLS4ML = b"""Backend: Vivado
KerasH5: nothing.h5
OutputDir: out
ProjectName: p
XilinxPart: xcvu9p-flgb2104-2-e
ClockPeriod: 5
IOType: io_parallel
KerasModel: !keras_model m.h5
HLSConfig:
  Model: {Precision: {default: "fixed<16,6>"}, ReuseFactor: 1, Strategy: Latency}
  LayerName:
    fc1: {Trace: true, Precision: {weight: "ap_fixed<8,3>", result: "ap_fixed<16,6>"}, ReuseFactor: 2}
    softmax: {exp_table_t: "ap_fixed<18,8>", table_size: 1024}
"""


@dataclass(frozen=True)
class Reader:
    """One kind of file.

    Attributes:
        name: Name of the file.
        good: The contents of a good one.
        damage: How to damage it.
        read: Reads a file; an ``InputError`` or any result is acceptable.
    """

    name: str
    good: Callable[[], bytes]
    damage: Mutation
    read: Callable[[Path], object]


def _loaded(path: Path) -> None:
    for layer in load_model(path).layers:
        layer.quantized()


def _lowered(path: Path) -> None:
    run(load_model(path), PIPELINE, PassOptions()).tensors()


def _loaded_json(path: Path) -> None:
    load_model(path, path.with_name("w.h5"))


def _loaded_weights(path: Path) -> None:
    load_model(path.with_name("m.json"), path)


def _lwtnn() -> bytes:
    return json.dumps(GRAPH).encode()


def _loaded_lwtnn(path: Path) -> None:
    types = design(["jet", "track"], ["layer_0", "layer_1"], ("layer_1",)).replace("<20,6", "<6,3")
    load_model(path, types=parse_config(types).declared_types())


def _one_layer() -> bytes:
    return json.dumps(hand.sequential(hand.dense("fc1", 2))).encode()


def _events(name: str) -> bytes:
    stored = io.BytesIO()
    values = np.arange(12).reshape(4, 3) / 8
    if name == "x.npy":
        np.save(stored, values)
    else:
        np.savez(stored, x=values, y=np.arange(4), other=np.array(["a", "b"]))
    return stored.getvalue()


@cache
def _reference() -> Reference:
    graph = network(source("x", 3), dense("y", "x", np.array([[1, 2], [3, 4], [5, 6]])))
    return Reference(run(graph, PIPELINE, PassOptions()))


def _read_events(path: Path) -> None:
    read_events(path, _reference())


def _manifest() -> bytes:
    return (
        Manifest("0.2.0", {"report.json": "0" * 64, "vhdl/a.vhd": "a" * 64, "vhdl/lib/b.vhd": "b" * 64}).text().encode()
    )


def _read_manifest(path: Path) -> None:
    Manifest.load(path.parent)


def _zip(tokens: tuple[bytes, ...] = ()) -> Mutation:
    inner = partial(_swapped, tokens)

    def change(drawn: random.Random, data: bytes) -> bytes:
        return rezipped(drawn, data, inner) if drawn.random() < 0.5 else damaged(drawn, data)

    return change


def _swapped(tokens: tuple[bytes, ...], drawn: random.Random, data: bytes) -> bytes:
    return damaged(drawn, data, tokens)


def _text(*tokens: bytes) -> Mutation:
    return partial(_swapped, tokens)


def _golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


_BOARD = board_names()[0]
READERS: Mapping[str, Reader] = {
    "zip": Reader("m.keras", partial(_golden, "qkeras_v3.keras"), _zip(_JSON), _loaded),
    "hdf5": Reader("m.h5", partial(_golden, "qkeras_v3.h5"), _text(), _loaded),
    "hgq": Reader("h.keras", lambda: keras_bytes(small_network(), (3, 4)), _zip(_JSON), _lowered),
    "hgq_h5": Reader("h.h5", lambda: h5_bytes(small_network(), (3, 4)), _text(*_JSON), _lowered),
    "weights": Reader("w.h5", hand.good_weights, _text(), _loaded_weights),
    "json": Reader("m.json", _one_layer, _text(*_JSON), _loaded_json),
    "onnx": Reader("m.onnx", lambda: small_cnn().encoded("y"), _text(), load_model),
    "lwtnn": Reader("n.json", _lwtnn, _text(*_JSON), _loaded_lwtnn),
    "npy": Reader("x.npy", partial(_events, "x.npy"), _text(*_NPY), _read_events),
    "npz": Reader("x.npz", partial(_events, "x.npz"), _zip(_NPY), _read_events),
    "design": Reader("design.yaml", lambda: _DESIGN, _text(*_YAML, *_YAML_SPACE), load_config),
    "sweep": Reader("sweep.yaml", lambda: _SWEEP, _text(*_YAML, *_YAML_SPACE), load_sweep),
    "hls4ml": Reader(
        "hls4ml.yml",
        lambda: _HLS4ML,
        _text(*_YAML, *_YAML_SPACE),
        lambda path: compile_configuration(path, None, None, None, None),
    ),
    "board": Reader(
        f"{_BOARD}.yaml", (ROOT / "boards" / f"{_BOARD}.yaml").read_bytes, _text(*_YAML, *_YAML_SPACE), read_board
    ),
    "manifest": Reader(MANIFEST, _manifest, _text(*_JSON), _read_manifest),
}
