"""The bench of convolutional networks: its seeded networks compile, and its page says which targets are missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import convolutional_networks
from bench.convolution_cases import CASES
from bench.convolutions import page, rows_of
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.passes import PIPELINE, PassOptions, run


@pytest.mark.parametrize(
    ("network", "macs"), [(convolutional_networks.CALORIMETER, 5056), (convolutional_networks.SVHN, 840_832)]
)
def test_networks(network: tuple[tuple[int, ...], list[dict[str, object]]], macs: int, tmp_path: Path) -> None:
    files = convolutional_networks.write(tmp_path, "net", network, 1)
    options = PassOptions(parse_config(CASES[0].design).input_quantizers())
    graph = run(load_model(files.architecture, files.weights), PIPELINE, options)
    tensors, found = graph.tensors(), 0
    for layer in graph.layers:
        if isinstance(layer, HardwareLayer) and layer.kind in ("conv2d", "dense"):
            sources = graph.sources(layer, tensors)
            found += layer.macs(sources[0].shape)
    assert found == macs


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_designs_are_legal(case: object) -> None:
    config = parse_config(case.design)  # type: ignore[attr-defined]
    assert config.initiation_interval > 1 and config.inputs


def test_rows_say_what_is_missed() -> None:
    case = CASES[1]
    rows, missed = rows_of(case, "II = 784", {"dsp": 651.0, "last_beat": 150.0, "latency": 900.0}, case.targets)
    assert rows[:3] == [
        "| mnist_cnn | II = 784 | DSP | 651 | ≤ 650 | **no** |",
        "| mnist_cnn | II = 784 | latency, cycles | 900 |  |  |",
        "| mnist_cnn | II = 784 | latency from the last beat, cycles | 150 | ≤ 150 | yes |",
    ]
    assert missed == 3, "DSP; efficiency and seconds that were not measured"
    assert page("a command", {"CPU": "x"}, rows).endswith("\n".join(rows) + "\n")
