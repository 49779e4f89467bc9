"""HGQ2 model files all the way to simulated firmware: formats per element, wraps, products, tables, softmax."""

from pathlib import Path

import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from tests.frontend.test_hgq_models import MODELS
from tests.layers.firmware import check_firmware, schedule

pytestmark = [pytest.mark.third_party, pytest.mark.slow]


@pytest.mark.parametrize(("name", "initiation_interval"), [("mlp", 4), ("merges", 1), ("deepsets", 8)])
def test_every_bit_and_cycle(name: str, initiation_interval: int, tmp_path: Path) -> None:
    graph = run(load_model(MODELS / f"{name}.keras"), PIPELINE, PassOptions())
    check_firmware(graph, schedule(graph, initiation_interval), tmp_path, events=20)
