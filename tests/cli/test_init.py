"""``bxnn init``: the file that it writes compiles as it is, and with everything in it uncommented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bxnn.compiler import cli
from bxnn.compiler.calibration.starting_design import starting_design
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from tests.frontend import handmade as hand

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OWN = EXAMPLES / "own_model" / "model.keras"
TAGGER = EXAMPLES / "jet_tagger" / "model.h5"


def uncommented(text: str) -> str:
    """The file with all its choices, as a user could make them."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("# outputs:"))
    return "\n".join([*lines[:start], *(re.sub("^# ?", "", line) for line in lines[start:]), ""])


@pytest.mark.parametrize("model", [OWN, TAGGER], ids=["float", "quantized"])
def test_what_is_written_compiles(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = tmp_path / "design.yaml"
    assert cli.run(["init", str(model), "-o", str(design), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    formats = tmp_path / "formats.yaml"
    assert answer == {
        "output": str(design),
        "formats": str(formats) if model is OWN else None,
        "initiation_interval": 8,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["design.yaml"] + ["formats.yaml"] * (model is OWN)
    text = design.read_text()
    design.write_text(uncommented(text))
    config = load_config(design)
    assert list(config.layers) == (["fc1", "fc2", "fc3", "logits"] if model is OWN else ["fc1", "fc2", "fc3", "output"])
    types = config.declared_types()
    lower(load_model(model, types=types, floats=config.formats is not None), config)  # the names of outputs
    design.write_text(text)
    assert cli.run(["compile", str(model), "-c", str(design), "-o", str(tmp_path / "build"), "-q"]) == 0


def test_an_input_without_quantizer_gets_a_type(tmp_path: Path) -> None:
    hand.write(tmp_path, hand.sequential(hand.dense("fc1", 2)), hand.good_weights())
    found = starting_design(tmp_path / "m.json", tmp_path / "w.h5")
    config = parse_config(found.text)
    assert found.formats is None and list(config.inputs.values()) == ["fixed<16,6,RND_CONV,SAT>"]


def test_nothing_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design, formats = tmp_path / "design.yaml", tmp_path / "formats.yaml"
    design.write_text("mine\n")
    assert cli.run(["init", str(OWN), "-o", str(design)]) == 2
    way_out = "name another file with -o, or replace it with --force"
    assert capsys.readouterr() == ("", f"{design}: exists; {way_out}\n")
    formats.write_text("mine\n")
    assert cli.run(["init", str(OWN), "-o", str(tmp_path / "other.yaml")]) == 2
    way_out = "write to another folder with -o, or replace it with --force"
    assert capsys.readouterr() == ("", f"{formats}: exists; {way_out}\n")
    assert (design.read_text(), formats.read_text()) == ("mine\n", "mine\n")
    assert not (tmp_path / "other.yaml").exists()
    assert cli.run(["init", str(OWN), "-o", str(formats), "--force"]) == 2
    assert capsys.readouterr().err == "--output: 'formats.yaml' is the file beside design.yaml; name another\n"


def test_a_calibration_replaces_the_first_guess(tmp_path: Path) -> None:
    design, formats = tmp_path / "design.yaml", tmp_path / "formats.yaml"
    assert cli.run(["init", str(OWN), "-o", str(design), "-q"]) == 0
    guess = load_config(design).declared_types()
    events = EXAMPLES / "jet_tagger" / "jets.npz"
    command = ["calibrate", str(OWN), "--events", str(events), "-c", str(design), "-o", str(formats), "-q"]
    assert cli.run(command) == 0
    types = load_config(design).declared_types()
    assert set(types.layers) == set(guess.layers) and types.layers != guess.layers
