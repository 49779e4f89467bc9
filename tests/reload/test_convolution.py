"""A convolution whose weights are loaded: from a model file through `bxnn weights` to every event in GHDL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler import driver
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.frontend import handmade as hand
from tests.reload.running import run, wrong_events

DESIGN = """
name: net
initiation_interval: 6
strategy: dsp
form: frame_parallel
inputs: {x: "fixed<5,2,RND_CONV,SAT>"}
weights: {layers: all}
"""


def model(folder: Path, seed: int) -> tuple[Path, Path]:
    """x(4, 4, 1) - conv - relu - depthwise - flatten - fc, of which only the weights depend on the seed."""
    folder.mkdir()
    shapes = {
        **{"conv__kernel": (2, 2, 1, 3), "conv__bias": (3,)},
        **{"each__depthwise_kernel": (2, 2, 3, 1), "each__bias": (3,), "fc__kernel": (3, 2), "fc__bias": (2,)},
    }
    rng = np.random.default_rng(seed)
    arrays = {name: rng.integers(-8, 8, shape) / 8 for name, shape in shapes.items()}
    four = hand.quantizer(bits=4, integer=0, alpha=1)
    window = {
        "kernel_size": [2, 2],
        "strides": [2, 2],
        "activation": "linear",
        "use_bias": True,
        "bias_quantizer": four,
    }
    relu = {"name": "relu", "activation": "quantized_relu(4)"}
    layers = [
        hand.input_layer("x", 4, 4, 1),
        {"class_name": "QConv2D", "config": {"name": "conv", "filters": 3, "kernel_quantizer": four, **window}},
        {"class_name": "QActivation", "config": relu},
        {
            "class_name": "QDepthwiseConv2D",
            "config": {"name": "each", "depth_multiplier": 1, "depthwise_quantizer": four, **window},
        },
        {"class_name": "Flatten", "config": {"name": "flat"}},
        hand.dense("fc", 2),
    ]
    reads = {"conv": ["x"], "relu": ["conv"], "each": ["relu"], "flat": ["each"], "fc": ["flat"]}
    return hand.write(folder, hand.functional(layers, reads, ["fc"]), hand.weights(**arrays))


def scheduled(files: tuple[Path, Path]) -> Schedule:
    config = parse_config(DESIGN)
    found = schedule_graph(driver.lower(load_model(*files, "net"), config), config, load_board(config.board))
    assert isinstance(found, Schedule)
    return found


def test_loaded_convolutions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "design.yaml").write_text(DESIGN, encoding="utf-8")
    files = [model(tmp_path / f"m{seed}", seed) for seed in range(4)]
    driver.compile_model(*files[0], tmp_path / "design.yaml", tmp_path / "net")
    sets = []
    for new, stored in files[1:]:
        output = tmp_path / "w.hex"
        assert cli.run(["weights", str(tmp_path / "net"), str(new), "--weights", str(stored), "-o", str(output)]) == 0
        assert "of conv, each, fc changed" in capsys.readouterr().out
        sets.append(np.array([int(line.split()[1], 16) for line in output.read_text().splitlines()[2:-1]]))
    chosen = [scheduled(pair) for pair in files]
    result = run(chosen[0], sets, "port", tmp_path / "run", np.random.default_rng(1))
    assert result.spurious == 0 and {event.used for event in result.events} == {0, 1, 2, 3}
    assert wrong_events(result, [other.graph for other in chosen]) == []
    assert wrong_events(result, [chosen[0].graph] * 4) != []  # the sets differ
