"""Small builds of every kind of port, and how their packages run in GHDL."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bxnn.compiler import driver
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.layers.add import Add
from tests.report.network import network
from tests.streams.networks import SIGNED4, Chain

# Keys of design.yaml by name of the build.
DESIGNS = {
    "plain": "initiation_interval: 4",
    "tagged": "initiation_interval: 3\nspacing_error: true\ntag_bits: 5",
    "padded": "initiation_interval: 3\nlatency: {cycles: 30}\nreset: {active: low, asynchronous: true}\ntag_bits: 3",
    "axis": "initiation_interval: 8\nchannels: 2\naxi_stream: {}",
    "instantiated": "initiation_interval: 2\ndsp: instantiated\nstrategy: dsp",
    "decided": "initiation_interval: 3\noutputs: {fc2: [values, argmax]}",
    "merged": "initiation_interval: 2",
    "held": "initiation_interval: 4\ntiming: {held_input: true}",
    "streamed": "initiation_interval: 24\nform: streaming\ntag_bits: 40\nspacing_error: true",
}


def compiled(folder: Path, kind: str, name: str = "net", keys: str = "") -> Path:
    """A build of one of the designs, its top entity called ``name``, with further keys of design.yaml."""
    graph = {"streamed": _streamed, "merged": _merged}.get(kind, lambda: network()[0])()
    config = parse_config(f"{DESIGNS[kind]}\n{keys}")
    driver.compile_graph(replace(graph, name=name), config, folder)
    return folder


def _streamed() -> Graph:
    return Chain((4, 5, 1)).conv(2, (2, 2)).relu().dense(1).graph()


def _merged() -> Graph:
    """Two inputs, and their sum."""
    inputs = Input("a", (), (3,), SIGNED4), Input("b", (), (3,), SIGNED4)
    return Graph("net", (*inputs, Add("sum", ("a", "b"))), ("sum",))


def ghdl(work: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run GHDL in a folder."""
    command = ["ghdl", *map(str, arguments)]
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, timeout=300)


def analysed(work: Path, library: str, paths: Sequence[Path]) -> None:
    """Analyse files in this order, whose warnings are errors, into a library kept in ``work``."""
    done = ghdl(work, "-a", "--std=08", f"--work={library}", "-P.", *paths)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def run_bench(work: Path, library: str, top: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Elaborate and run an analysed test bench."""
    done = ghdl(work, "-e", "--std=08", f"--work={library}", "-P.", f"{top}_tb")
    assert done.returncode == 0, done.stderr
    return ghdl(work, "-r", "--std=08", f"--work={library}", "-P.", f"{top}_tb", *options, "--ieee-asserts=disable")


def bench_of(package: Path, work: Path, library: str, top: str) -> None:
    """Analyse a package of kind vhdl: its sources in the order of files.txt, models of primitives, test bench."""
    work.mkdir(exist_ok=True)
    models = package / "tb" / "unisim"
    if models.is_dir():
        names = ["vcomponents.vhd", "bxnn_dsp_model.vhd"]
        names += sorted({path.name for path in models.iterdir()} - set(names))
        analysed(work, "unisim", [models / name for name in names])
    listed = (package / "files.txt").read_text().split()
    analysed(work, library, [package / name for name in [*listed, f"tb/{top}_tb.vhd"]])
