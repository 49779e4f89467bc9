"""A wheel installed without extras: every command works or ends with one line that says what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import distribution, distributions
from pathlib import Path

import numpy as np
import pytest
from packaging.utils import canonicalize_name

from bxnn.compiler.report import load_report
from tests.cli.test_dependencies import core_distributions
from tests.frontend import handmade as hand

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bxnn.compiler.cli import main; main(sys.argv[1:])"
DESIGN = "initiation_interval: 2\ninputs: {x: 'fixed<8,4>'}\n"


def environment(folder: Path, names: Iterable[str]) -> Path:
    """A folder of packages: bxnn and these distributions, each as installed."""
    folder.mkdir()
    (folder / "bxnn").symlink_to(ROOT / "src/bxnn")
    metadata = distribution("bxnn")
    (folder / "bxnn.dist-info").mkdir()
    text = metadata.read_text("METADATA") or metadata.read_text("PKG-INFO") or ""
    (folder / "bxnn.dist-info/METADATA").write_text(text)
    for name in set(names) - {"bxnn"}:
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))))
    return folder


def bxnn(packages: Path, path: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with only these packages and programs."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {"PATH": path}
    command = [sys.executable, "-S", "-c", COMMAND, str(packages), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=plain, timeout=300, check=False)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("core") / "packages", core_distributions())


@pytest.fixture(scope="module")
def work(core: Path) -> Path:
    """A build, made without extras, with events beside it."""
    folder = core.parent
    hand.write(folder, hand.sequential(hand.dense("fc1", 2)), hand.good_weights())
    (folder / "design.yaml").write_text(DESIGN)
    (folder / "lut.yaml").write_text(DESIGN + "strategy: lut\n")
    (folder / "sweep.yaml").write_text(DESIGN.replace("2", "[2, 4]"))
    (folder / "config.yml").write_text("{KerasJson: m.json, KerasH5: w.h5, OutputDir: other}\n")
    np.save(folder / "x.npy", np.arange(12).reshape(4, 3) / 8)
    made = bxnn(core, "", *COMPILE, "-c", "design.yaml", "-o", "build", cwd=folder)
    assert (made.returncode, made.stderr) == (0, "")
    return folder


COMPILE = ("compile", "m.json", "--weights", "w.h5")
EVENTS = ("--input", "x.npy")
PREDICT = ("predict", "build", *EVENTS, "--output", "y.npy")
SIM, APT = 'pip install "bxnn[sim]"', "apt-get install"
NOT = "is not installed; install it with"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (PREDICT, ""),
        (("report", "build"), ""),
        ((*PREDICT, "--engine", "cpp"), f"g++: {NOT}: {APT} g++"),
        (("simulate", "build"), f"cocotb: {NOT}: {SIM}"),
        (("simulate", "build", *EVENTS), f"cocotb: {NOT}: {SIM}"),
        (("simulate", "build", "--simulator", "verilator"), f"cocotb: {NOT}: {SIM}"),
        (("csim", "build", *EVENTS), f'ap_types: {NOT}: pip install "bxnn[hls]"'),
        (("synthesize", "build"), f"ghdl: {NOT}: {APT} ghdl"),
        (
            (*COMPILE, "-c", "lut.yaml", "-o", "lut"),
            'alkaid: is not installed; strategy lut needs it: pip install "bxnn[lut]"',
        ),
        (
            ("sweep", *COMPILE[1:], "-c", "sweep.yaml", "-o", "sweep"),
            'matplotlib: is not installed; bxnn sweep needs it: pip install "bxnn[plot]"',
        ),
        (
            ("compile", "--hls4ml-config", "config.yml"),
            'hls4ml: is not installed; --hls4ml-config needs it: pip install "bxnn[hls]"',
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_command(arguments: Sequence[str], error: str, core: Path, work: Path) -> None:
    done = bxnn(core, "", *arguments, cwd=work)
    assert (done.returncode, done.stderr) == ((2, f"{error}\n") if error else (0, ""))


def test_doctor_lists_everything_to_install(core: Path, work: Path) -> None:
    done = bxnn(core, "", "doctor", cwd=work)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-2:] == [
        "install: apt-get install ghdl g++ make perl",
        'install: pip install "bxnn[sim,hls,lut,plot,cluster,keras,search]"',
    ]


@pytest.mark.parametrize(
    ("without", "arguments", "error"),
    [
        ("ghdl", ("simulate", "build"), f"ghdl: {NOT}: {APT} ghdl"),
        ("pyosys", ("synthesize", "build"), f"yosys: {NOT}: {SIM}"),
        ("verilator", ("simulate", "build", "--simulator", "verilator"), f"verilator: {NOT}: {SIM}"),
        ("perl", ("simulate", "build", "--simulator", "verilator"), f"perl: {NOT}: {APT} perl"),
        ("make", ("simulate", "build", "--simulator", "verilator"), f"make: {NOT}: {APT} make"),
        ("g++", ("csim", "build"), f"g++: {NOT}: {APT} g++"),
    ],
)
def test_one_tool_is_missing(without: str, arguments: Sequence[str], error: str, work: Path, tmp_path: Path) -> None:
    extras = {"cocotb", "verilator", "pyosys", "hls4ml", "find_libpython"}
    packages = environment(tmp_path / "packages", core_distributions() | (extras - {without}))
    (tmp_path / "programs").mkdir()
    for name in {"ghdl", "g++", "make", "perl"} - {without}:
        (tmp_path / "programs" / name).symlink_to(Path("/usr/bin") / name)
    done = bxnn(packages, str(tmp_path / "programs"), *arguments, cwd=work)
    assert (done.returncode, done.stderr) == (2, f"{error}\n")


def test_simulate_with_events_needs_no_keras(work: Path, tmp_path: Path) -> None:
    """Everything except the extra keras: the firmware is checked, and nothing is compared with the float model."""
    keras = {"tensorflow", "tf-keras", "keras", "qkeras", "h5py"}
    names = {canonicalize_name(found.metadata["Name"]) for found in distributions()} - keras
    packages = environment(tmp_path / "packages", names)
    done = bxnn(packages, os.environ["PATH"], "simulate", "build", *EVENTS, cwd=work)
    assert (done.returncode, done.stderr) == (0, "")
    report = load_report(work / "build/report.json")
    assert report.simulation is not None and report.simulation.passed and report.float_comparison is None
