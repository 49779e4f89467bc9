"""The numbers of the report follow from the graph and the schedule."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.errors import InputError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.lhc_clock import BX_NS, clocks_per_bx
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.report import load_report, save_report
from bxnn.compiler.report.overflow_text import OVERFLOW_TEXT
from tests.report.network import CONFIG, measured_report, network, tiny_report

# The keys that the shared design guarantees to other programs.
TOP_KEYS = {
    *(
        "latency_cycles",
        "initiation_interval",
        "clock_mhz",
        "latency_ns",
        "latency_bx",
        "dsp",
        "dsp_efficiency",
    ),
    *("macs", "macs_nonzero", "layers", "simulation", "csim", "resources", "float_comparison"),
}
LAYER_KEYS = {
    *("name", "kind", "strategy", "binding", "reuse_factor", "start_cycle", "latency_cycles", "dsp", "macs"),
    *("macs_nonzero", "packing", "accum_bits", "input_format", "output_format", "overflow"),
}


def test_keys_of_the_design(tmp_path: Path) -> None:
    save_report(measured_report(), tmp_path / "report.json")
    raw = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert set(raw) >= TOP_KEYS
    assert all(set(layer) >= LAYER_KEYS for layer in raw["layers"])
    measured = {"simulator", "events", "mismatches", "latency_cycles", "initiation_interval", "passed"}
    assert set(raw["simulation"]) >= measured
    assert set(raw["resources"]) >= {"source", "lut", "ff", "dsp", "bram"}


def test_what_was_not_run_is_null() -> None:
    report = tiny_report()
    assert (report.simulation, report.csim, report.resources, report.float_comparison) == (None,) * 4


def test_numbers_of_the_whole_network() -> None:
    report, (_, schedule) = tiny_report(), network()
    assert (report.macs, report.macs_nonzero) == (6 * 8 + 8 * 3, 4 * 8 + 5 * 3)
    assert report.dsp == schedule.dsp == sum(layer.dsp for layer in report.layers)
    assert report.dsp_efficiency == (4 * 8 + 5 * 3) / (report.dsp * 4)
    used = sum(
        len(set(step.binding.slots.slot.tolist())) for step in schedule.steps if isinstance(step.binding, DspBinding)
    )
    assert report.idle_slots == report.dsp * 4 - used
    assert report.latency_ns == report.latency_cycles * 1000 / CONFIG.clock_mhz
    assert report.latency_bx == report.latency_ns / BX_NS
    assert report.renames == {"fc1": "fc 1"}


def test_only_layers_are_left_out() -> None:
    """Of the notices about an omitted softmax, one is about a key of the configuration."""
    left_out = (
        "softmax (softmax): softmax is left out of the firmware; the outputs are its logits, which have the same order"
    )
    ignored = (
        "HLSConfig: LayerName: softmax: TableSize 2048 is ignored: a softmax is left out of the firmware, which has no "
        "tables"
    )
    report = tiny_report()
    assert report.notices == (left_out, ignored)
    assert report.left_out == (left_out,)


def test_bunch_crossing() -> None:
    assert round(BX_NS, 3) == 24.951
    assert round(clocks_per_bx(320.632), 4) == 8.0


def test_latency_adds_up() -> None:
    report = tiny_report()
    for layer in report.layers:
        total = layer.latency_formula.rpartition("= ")[2]
        assert int(total.split()[0]) == layer.latency_cycles
    terms, _, total = report.latency_formula.partition(" = ")
    assert sum(int(term.split()[0]) for term in terms.split(" + ")) == int(total) == report.latency_cycles


def test_activity_counts_every_slot() -> None:
    for layer, step in zip(tiny_report().layers, network()[1].steps, strict=True):
        if isinstance(step.binding, DspBinding):
            assert sum(work.active for work in layer.activity) == len(set(step.binding.slots.slot.tolist()))
            assert max(work.active for work in layer.activity) <= layer.dsp
            assert min(work.cycle for work in layer.activity) >= layer.start_cycle


def test_overflow_proof_holds_for_every_partial_sum() -> None:
    graph = network()[1].graph  # as built, with halves for rounding in biases
    tensors = graph.tensors()
    for layer in tiny_report().layers:
        proof = layer.overflow_proof
        if proof is None:
            continue
        node = graph.layer(layer.name)
        assert isinstance(node, HardwareLayer)
        linear = node.linear_map(graph.sources(node, tensors))
        assert linear is not None
        source = tensors[layer.inputs[0]]
        corners = itertools.product(*zip(source.low.tolist(), source.high.tolist(), strict=True))
        products = np.array(list(corners))[:, np.newaxis, :] * linear.weights
        assert proof.low <= (np.minimum(products, 0).sum(-1) + np.minimum(linear.bias, 0)).min()
        assert proof.high >= (np.maximum(products, 0).sum(-1) + np.maximum(linear.bias, 0)).max()
        assert -(1 << (proof.needed_bits - 1)) <= proof.low <= proof.high < 1 << (proof.needed_bits - 1)
        assert proof.needed_bits <= proof.accum_bits


def test_files_are_hashed(tmp_path: Path) -> None:
    model = tmp_path / "model.h5"
    model.write_bytes(b"weights")
    (file,) = tiny_report((model,)).files
    assert (file.name, file.sha256) == ("model.h5", hashlib.sha256(b"weights").hexdigest())


def test_round_trip_is_stable(tmp_path: Path) -> None:
    path, again = tmp_path / "report.json", tmp_path / "again.json"
    save_report(measured_report(), path)
    assert load_report(path) == measured_report()
    save_report(load_report(path), again)
    assert again.read_bytes() == path.read_bytes()
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory; run bxnn compile first"),
        (
            "{",
            "is not a report of this version of bxnn (file: Invalid JSON: EOF while parsing an object at line 1 "
            "column 1)",
        ),
        ("{}", "is not a report of this version of bxnn (name: Field required)"),
    ],
)
def test_damaged_report(tmp_path: Path, content: str | None, problem: str) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_report(path)
    again = "" if content is None else "; run bxnn compile again"
    assert str(caught.value) == f"{path}: {problem}{again}"


def test_every_overflow_behaviour_has_its_words() -> None:
    assert [OVERFLOW_TEXT[behaviour] for behaviour in OverflowBehaviour] == [
        "proven",
        "saturates by design",
        "wraps by design",
    ]
