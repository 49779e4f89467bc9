"""The bits of a bxnn build made inside hls4ml are those of hls4ml's own C simulation."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hls4ml import networks
from tests.hls4ml.models import convert


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The network as hls4ml compiles it for Vivado."""
    folder = tmp_path_factory.mktemp("vivado")
    model = convert(networks.save(folder), folder / "prj", "Vivado", {"LayerName": networks.NAMES})
    model.compile()
    return model


def test_every_layer_and_mode_is_exact(theirs: Any, tmp_path: Path) -> None:
    """Every kind of layer; results and accumulators that round, saturate and wrap."""
    config = {"LayerName": networks.NAMES, "Model": {"ReuseFactor": 4}}
    ours = convert(networks.save(tmp_path), tmp_path / "build", "bxnn", config)
    ours.compile()
    events = networks.events(2000)
    expected, found = theirs.predict(events), ours.predict(events)
    assert found.shape == expected.shape == (2000, 3) and found.dtype == expected.dtype
    assert len(np.unique(expected, axis=0)) > 1000
    assert np.array_equal(found, expected)
    assert np.array_equal(ours.predict(events[:1]), theirs.predict(events[:1]))


@pytest.mark.parametrize(
    ("name", "role", "precision"),
    [
        ("conv", "accum", "fixed<20,6>"),  # wraps one bit later
        ("bn", "result", "fixed<8,4,RND,WRAP>"),  # other ties
        ("mean", "result", "fixed<8,2,TRN_ZERO,SAT_SYM>"),
        ("fc1", "weight", "fixed<5,1,TRN,SAT>"),
        ("x", "result", "fixed<7,3,TRN,SAT>"),
    ],
)
def test_one_other_mode_is_seen(theirs: Any, tmp_path: Path, name: str, role: str, precision: str) -> None:
    """Negative control: the comparison distinguishes each of these types from the right one."""
    from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml
    from bxnn.compiler.passes import PIPELINE, PassOptions, run
    from bxnn.sim.reference import Reference

    names = copy.deepcopy(networks.NAMES)
    assert names[name]["Precision"][role] != precision
    names[name]["Precision"][role] = precision
    model = convert(networks.save(tmp_path), tmp_path / "build", "bxnn", {"LayerName": names})
    reference = Reference(run(from_hls4ml(model, "net"), PIPELINE, PassOptions()))
    events = networks.events(2000)
    (found,) = reference.predict({"x": events}).values()
    assert not np.array_equal(found, theirs.predict(events))
