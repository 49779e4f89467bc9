"""The passes handle a long network without recursion."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from tests.frontend import handmade as hand


def test_a_chain_of_1900_relus_is_lowered(tmp_path: Path) -> None:
    plain = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}
    layers: list[dict[str, Any]] = [
        hand.input_layer("x", 3),
        {"class_name": "QActivation", "config": {"name": "q", "activation": "quantized_bits(8,3,alpha=1)"}},
        *({"class_name": "ReLU", "config": {"name": f"r{number}", **plain}} for number in range(1900)),
    ]
    names = [layer["config"]["name"] for layer in layers]
    model = hand.functional(layers, {name: [before] for before, name in pairwise(names)}, [names[-1]])
    graph = lower(load_model(*hand.write(tmp_path, model, hand.weights())), load_config(None))
    assert graph.inputs == ("x",)
    assert graph.outputs == ("r1899",)
