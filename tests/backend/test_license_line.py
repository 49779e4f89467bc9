"""Every emitted file states its license."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler import driver
from bxnn.compiler.backend.license_line import LICENSE, licensed
from bxnn.compiler.errors import InternalError

MODEL = Path(__file__).parents[1] / "frontend/golden/qkeras_v3.keras"
DESIGN = 'initiation_interval: 4\ninputs: {input_layer: "fixed<8,4,RND_CONV,SAT>"}\n'
DATA = {"files.txt"}  # a list of names that tools read


def test_every_emitted_file_names_its_license(tmp_path: Path) -> None:
    (tmp_path / "design.yaml").write_text(DESIGN, encoding="utf-8")
    driver.compile_model(MODEL, None, tmp_path / "design.yaml", tmp_path / "build")
    files = [path for part in ("vhdl", "hls", "emulator") for path in (tmp_path / "build" / part).rglob("*.*")]
    assert len(files) > 20
    first = {path: path.read_text(encoding="utf-8").split("\n", 1)[0] for path in files if path.name not in DATA}
    assert {path.name for path, line in first.items() if line.split(" ", 1)[1] != LICENSE} == set()


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(InternalError) as caught:
        licensed("weights.mem", "0\n")
    assert str(caught.value).startswith("weights.mem: has an unknown comment syntax, ")
