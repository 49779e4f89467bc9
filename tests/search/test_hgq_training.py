"""What is handed to HGQ2: the formats of the firmware, in its words; `bench.hgq_training` compares the bits."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.hgq_description import hgq_description
from bxnn.compiler.search.layer_plan import OUTPUT, drawn_weights, planned
from bxnn.compiler.search.standardization import standardization
from bxnn.compiler.search.trained_formats import trained_candidate
from bxnn.sim.training.hgq_model import HgqFramework
from tests.search.records import candidate, sample
from tests.search.test_quantized_candidate import CANDIDATES


@settings(max_examples=30, deadline=None)
@given(CANDIDATES.filter(lambda own: own.activation == "relu"))
def test_formats_are_those_of_the_firmware(own: Candidate) -> None:
    plans, x = planned(own, (4,), 3), sample().x
    found = trained_candidate(own, plans, drawn_weights(plans, 0.5), standardization(x, True), (4,)).types
    read = found.inputs["x"].whole
    for layer, plan in zip(hgq_description(own, plans, (4,))["layers"], plans, strict=True):
        formats = {"input": read, "kernel": found.layers[plan.name]["kernel"].whole}
        formats["bias"] = found.layers[plan.name]["bias"].whole
        for part, quantizer in formats.items():
            sign, bits, integer = layer[part]
            assert bool(sign) is quantizer.format.signed and sign + bits == quantizer.format.bits
            assert bits - integer == quantizer.format.fraction_bits
        if plan.name != OUTPUT:
            read = found.layers[plan.activation_name]["output"].whole


def test_layers_are_built_with_fixed_widths(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins for both packages, which are not in this environment."""
    made: list[dict[str, Any]] = []

    def config(kind: str, place: str, **given: Any) -> dict[str, Any]:
        return {"kind": kind, "place": place, **given}

    def dense(units: int, **given: Any) -> str:
        made.append({"units": units, **given})
        return str(given["name"])

    for name, parts in (("hgq.layers", {"QDense": dense}), ("hgq.quantizer", {"QuantizerConfig": config})):
        module = ModuleType(name)
        vars(module).update(parts)
        monkeypatch.setitem(sys.modules, name, module)
    keras = SimpleNamespace(
        Input=lambda shape, name: ("input", shape),
        layers=SimpleNamespace(Flatten=lambda name: name),
        Sequential=lambda layers, name: layers,
    )
    own = candidate(5, bits=(4, 6))
    layers = HgqFramework(keras).model(hgq_description(own, planned(own, (2, 2), 3), (2, 2)))
    assert layers == [("input", (2, 2)), "flat", "fc1", "scores"]
    assert [(one["units"], one["activation"], one["enable_ebops"]) for one in made] == [
        (5, "relu", False),
        (3, None, False),
    ]
    fixed = {"round_mode": "RND_CONV", "overflow_mode": "SAT", "trainable": False}
    fixed |= {"homogeneous_axis": None, "heterogeneous_axis": ()}
    assert made[1]["iq_conf"] == {"kind": "kbi", "place": "datalane", "k0": 0, "b0": 4, "i0": 1, **fixed}
    assert made[1]["kq_conf"] == {"kind": "kbi", "place": "weight", "k0": 1, "b0": 5, "i0": 0, **fixed}
    assert made[1]["bq_conf"]["place"] == "bias" and np.isclose(made[1]["bq_conf"]["i0"], 2)
