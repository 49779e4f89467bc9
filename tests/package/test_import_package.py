"""What a user installs: one import package that no module of the user can break."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import bxnn
from bxnn import api

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/frontend/golden/qkeras_v3.keras"
DESIGN = 'initiation_interval: 4\ninputs: {input_layer: "fixed<8,4,RND_CONV,SAT>"}\n'
BUILT_FROM = ("LICENSE", "README.md", "NOTICE", "pyproject.toml")
LINKED = ("boards", "compiler", "hls_templates", "layers", "sim")

COMPILE = """
import sys
import numpy as np
import bxnn

bxnn.compile(sys.argv[1], "build", config="design.yaml")
network = bxnn.load("build")
shapes = {name: network.reference.tensors[name].shape for name in network.reference.graph.inputs}
network.predict({name: np.zeros((2, *shape)) for name, shape in shapes.items()})
"""
SIMULATE = (
    COMPILE
    + """
assert bxnn.simulate("build", events=3).simulation.mismatches == 0
"""
)


def run_beside(folder: Path, script: str) -> str:
    """Run a script next to user modules with the names of bxnn's folders; returns its standard error."""
    for name in ("compiler.py", "hls_templates.py", "layers.py", "sim.py", "boards/__init__.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("raise ImportError('a module of the user was imported')\n", encoding="utf-8")
    (folder / "script.py").write_text(script, encoding="utf-8")
    (folder / "design.yaml").write_text(DESIGN, encoding="utf-8")
    command = [sys.executable, "script.py", str(MODEL)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return done.stderr if done.returncode else ""


def test_modules_of_the_user_break_nothing(tmp_path: Path) -> None:
    assert run_beside(tmp_path, COMPILE) == ""


def test_modules_of_the_user_break_no_simulation(tmp_path: Path) -> None:
    assert run_beside(tmp_path, SIMULATE) == ""


def test_the_public_names_are_there() -> None:
    everything: dict[str, object] = {}
    exec("from bxnn import *", everything)
    assert {name: everything[name] for name in api.__all__} == {name: getattr(bxnn, name) for name in api.__all__}
    assert set(api.__all__) <= set(dir(bxnn))
    absent = "simulator"
    with pytest.raises(AttributeError) as caught:
        getattr(bxnn, absent)
    assert str(caught.value) == "module 'bxnn' has no attribute 'simulator'"


def test_python_m_is_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bxnn", "--foo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "bxnn: No such option: --foo\n")


def test_the_wheel_holds_one_package(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source)
    for name in ("src", *LINKED):
        skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=skip)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in inside} == {"bxnn"}
    expected = {"bxnn/__init__.py", "bxnn/__main__.py", "bxnn/py.typed"}
    for folder in LINKED:
        files = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        expected |= {f"bxnn/{path.relative_to(ROOT).as_posix()}" for path in files}
    assert expected - inside == set()
