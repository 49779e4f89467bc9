"""What attention layers of HGQ2 do not have in firmware: each is refused, or told, in one line."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.report.notice_text import notice_text
from tests.frontend.test_hgq_golden import GOLDEN

Json = dict[str, Any]
SUBJECT = "q_linformer_attention (QLinformerAttention)"


def changed(tmp_path: Path, change: Callable[[Json], object]) -> Path:
    """The golden file after a change of the attention layer in its configuration."""
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(GOLDEN / "linformer.keras") as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            if name == "config.json":
                model = json.loads(content)
                (layer,) = (one for one in model["config"]["layers"] if one["class_name"] == "QLinformerAttention")
                change(layer)
                content = json.dumps(model).encode()
            bad.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"use_gate": True}, "use_gate True is not supported; omit it"),
        ({"sliding_window": 2}, "sliding_window 2 is not supported; omit it"),
        ({"attention_axes": [2]}, "attention_axes [2] is not supported; attend along axis 1 only"),
        ({"lin_kv_proj_mode": "dense_t"}, "lin_kv_proj_mode 'dense_t' is not supported; project with trained weights"),
        (
            {"stable_softmax": False},
            "stable_softmax False is not supported; use True: its table reads the scores with all their bits",
        ),
        ({"key_dim": 0}, "key_dim 0 is not a positive integer; the model file is damaged"),
    ],
)
def test_options(attributes: Mapping[str, Any], problem: str, tmp_path: Path) -> None:
    path = changed(tmp_path, lambda layer: layer["config"].update(attributes))
    assert refusal(path) == f"{SUBJECT}: {problem}"


@pytest.mark.parametrize("keyword", ["attention_mask", "use_causal_mask", "return_attention_scores"])
def test_masks(keyword: str, tmp_path: Path) -> None:
    path = changed(tmp_path, lambda layer: layer["inbound_nodes"][0]["kwargs"].update({keyword: True}))
    assert refusal(path) == f"{SUBJECT}: is called with {keyword}, which is not supported"


@pytest.mark.parametrize(("factor", "told"), [(-1, []), (4, ["parallelization_factor 4"])])
def test_the_hint_of_a_layer_is_told(factor: int, told: list[str], tmp_path: Path) -> None:
    path = changed(tmp_path, lambda layer: layer["config"].update(parallelization_factor=factor))
    reason = "initiation_interval decides how many positions are computed at once"
    found = [notice_text(notice) for notice in load_model(path).notices]
    assert found == [f"{SUBJECT}: {key} is ignored: {reason}" for key in told]
