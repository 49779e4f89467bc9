"""A build can be repeated from the files that it keeps: the same bytes, from another folder."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from bxnn.boards import board as boards
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import BxnnError
from bxnn.compiler.files import sha256
from bxnn.compiler.kept_design import design_text
from tests.reload.test_commands import DESIGN, model
from tests.sweep.test_rows_are_compiles import AXES, text

SEVERAL = (
    "ensemble: {members: 2}\n",
    "ensemble: {members: 2, cores: 1}\n",
    "channels: 2\ntag_bits: 4\n",
)  # of two models
# What a key needs that means nothing by itself.
NEEDED: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {("ensemble", "cores"): {("ensemble", "members"): 2}}
BOARDS = Path(boards.__file__).parent
EVERYTHING = (
    "clock_mhz: 240\ntag_bits: 4\nbudget: {dsp: 90}\nlatency: {bx: 4}\n"
    "outputs: {fc2: [values, argmax, {threshold: 0.5, strict: true}]}\nweights: {layers: [fc1], bus: ipbus}\n"
    'layers: {fc1: {binding: input_serial, kernel: "fixed<6,1>"}}\ntiming: {margin: 0.1}\nreset: {active: low}\n'
)


def content(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("path", [path for path in AXES if path != ("formats",)], ids=".".join)
def test_a_configuration_is_kept_whole(path: tuple[str, ...]) -> None:
    found = 0
    for value in AXES[path]:
        try:
            config = parse_config(text({("initiation_interval",): 8, **NEEDED.get(path, {}), path: value}))
        except BxnnError:  # a value that is refused by itself
            continue
        assert parse_config(design_text(config)) == config
        found += 1
    assert found


def test_all_keys_together_are_kept() -> None:
    config = parse_config(DESIGN + EVERYTHING)
    assert parse_config(design_text(config)) == config
    assert parse_config(design_text(config, "other")) == config.model_copy(update={"name": "other"})


@pytest.mark.parametrize("keys", ["", "outputs: {fc2: argmax}\n", "weights: {layers: all}\n", "files", *SEVERAL])
def test_the_command_in_the_report_makes_the_same_bytes(
    keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, design = model(tmp_path / "models", 1), tmp_path / "mine.yaml"
    if keys == "files":
        (tmp_path / "formats.yaml").write_text(
            json.dumps({"layers": {"fc1": {"kernel": "fixed<6,3>"}}}), encoding="utf-8"
        )
        shutil.copyfile(BOARDS / "xcku15p.yaml", tmp_path / "device.yaml")
        keys = "formats: formats.yaml\nboard: device.yaml\n"
    design.write_text(DESIGN + keys, encoding="utf-8")
    members = [files] if keys not in SEVERAL else [files, model(tmp_path / "others", 2)]
    words = [word for pair in members for word in (str(pair[0]), "--weights", str(pair[1]))] + ["-c", str(design)]
    assert cli.run(["compile", *words, "-o", str(tmp_path / "first")]) == 0
    build = tmp_path / "first"
    report = json.loads((build / "report.json").read_text(encoding="utf-8"))
    for file in report["files"]:
        assert file["sha256"] in {sha256(path) for path in build.rglob(file["name"])}
    shutil.move(build, tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")
    command = shlex.split(report["compile_command"])
    assert (command[0], command[-2:]) == ("bxnn", ["-o", "BUILD"])
    assert cli.run([*command[1:-1], str(tmp_path / "second")]) == 0
    assert content(tmp_path / "elsewhere") == content(tmp_path / "second")
    assert yaml.safe_load((build.with_name("second") / "design.yaml").read_text())["name"] == report["name"]
