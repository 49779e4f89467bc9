"""Compare bxnn with other tools on the third-party jet tagger: run everything, write one table.

Usage, in the repository's root:
    python -m bench.run [--only TOOL] [--models ../shared/models] [--output docs/benchmarks.md]

TOOL is bxnn, hls4ml, alkaid, adders (needs alkaid), choice or clocks; --only may be repeated. clocks also writes
docs/clock_sweep.md.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import machine, table
from bench.environments import PeerSetupError, ensure
from bench.process import run

ROOT = Path(__file__).resolve().parent.parent

TIMEOUT_SECONDS = 3600.0
INTRODUCTION = """\
# Benchmarks

Written by `{command}`; figures are from this run on this machine, except that DSPs, cycles and
predictions are kept those of today's bxnn (`python -m bench.figures --write`).

{machine}

The jet tagger is the third-party QKeras network 16-64-32-32-5 with 6-bit weights and activations; events are
its 1,000 jets. Its input type is not in the model; all tools use `fixed<8,4,RND_CONV,SAT>`, with which QKeras
itself scores 0.778 (0.772 with plain `fixed<8,4>`, which truncates and wraps).
Rows of "adders" compare bxnn with every layer an adder graph to alkaid's VHDL of this run, both with four adders
between two registers, in one yosys flow; rows of "choice" are `bench/designs/jet_tagger_choice.yaml`,
rows of "clocks" the tagger at several clocks ([clock_sweep.md](clock_sweep.md)).
bxnn's emulator ran {predict}. "Not measured" means that a command failed.
"""


class Tool(StrEnum):
    """What can be measured."""

    BXNN = "bxnn"
    HLS4ML = "hls4ml"
    ALKAID = "alkaid"
    ADDERS = "adders"
    CHOICE = "choice"
    CLOCKS = "clocks"


class ToolFailure(RuntimeError):  # noqa: N818 - it is the tool that failed, not this program
    """A tool's script printed no JSON line; the message says why."""


def bxnn_command(models: Path, work: Path) -> list[str]:
    """The command that measures bxnn."""
    script = "bench.jet_tagger"
    return [sys.executable, "-m", script, "--models", str(models), "--work", str(work)]


def hls4ml_command(models: Path, work: Path) -> list[str]:
    """The command that measures hls4ml, in its own environment."""
    folder = models / "jet_tagger"
    script = str(ROOT / "bench" / "peers" / "hls4ml_jet_tagger.py")
    files = ["--architecture", str(folder / "qkeras_3layer.json")]
    files += ["--weights", str(folder / "qkeras_3layer_weights.h5"), "--jets", str(folder / "jets.npz")]
    cnn = models / "mnist_cnn"
    files += ["--cnn", str(cnn / "qkeras_mnist_cnn.json"), str(cnn / "qkeras_mnist_cnn_weights.h5")]
    return [str(ensure("hls4ml")), script, *files, "--work", str(work)]


def alkaid_command(models: Path, work: Path) -> list[str]:
    """The command that measures alkaid, in its own environment; its RTL goes to ``work/rtl``."""
    folder = models / "jet_tagger"
    script = str(ROOT / "bench" / "peers" / "alkaid_jet_tagger.py")
    files = ["--weights", str(folder / "qkeras_3layer_weights.h5"), "--jets", str(folder / "jets.npz")]
    return [str(ensure("alkaid")), script, *files, "--rtl", str(work / "rtl"), "--csim", str(work / "csim")]


def adders_command(models: Path, work: Path) -> list[str]:
    """The command that compares adder graphs; alkaid must have been measured before, for its VHDL."""
    script = "bench.adder_graphs"
    rtl = str(work.parent / "alkaid" / "rtl" / "vhdl" / "src")
    return [sys.executable, "-m", script, "--models", str(models), "--rtl", rtl, "--work", str(work)]


def choice_command(models: Path, work: Path) -> list[str]:
    """The command that measures the choice between LUTs and DSPs."""
    script = "bench.choice"
    return [sys.executable, "-m", script, "--models", str(models), "--work", str(work)]


def clocks_command(models: Path, work: Path) -> list[str]:
    """The command that sweeps the clock."""
    script = "bench.clock_sweep"
    return [sys.executable, "-m", script, "--models", str(models)]


COMMANDS: dict[Tool, Callable[[Path, Path], list[str]]] = {
    Tool.BXNN: bxnn_command,
    Tool.HLS4ML: hls4ml_command,
    Tool.ALKAID: alkaid_command,
    Tool.ADDERS: adders_command,
    Tool.CHOICE: choice_command,
    Tool.CLOCKS: clocks_command,
}


def measure(tool: Tool, models: Path, work: Path) -> dict[str, Any]:
    """Run one tool's script and read its JSON line.

    Raises:
        ToolFailure: The script did not print one. A script that did, but reports ``errors``, is a result.
        PeerSetupError: The tool's environment could not be made.
    """
    finished = run(COMMANDS[tool](models, work), TIMEOUT_SECONDS)
    try:
        facts = json.loads(finished.stdout.splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        raise ToolFailure(f"{tool}: {finished.complaint}") from None
    if not isinstance(facts, dict):
        raise ToolFailure(f"{tool}: the last line is not a JSON object")
    return facts


def page(command: str, facts: Mapping[str, str], results: Mapping[str, Mapping[str, Any]]) -> tuple[str, int]:
    """The whole page in markdown, and how many targets are missed."""
    versions = {tool: str(result["version"]) for tool, result in results.items() if "version" in result}
    lines = "\n".join(f"- {name}: {value}" for name, value in {**facts, **versions}.items())
    predict = results.get("bxnn", {}).get("jet_tagger", {}).get("predict")
    events = (
        f"on {predict['events']:,} tiled jets with normal noise of {predict['noise']}, seed {predict['seed']}"
        if predict
        else "on nothing in this run"
    )
    rows, missed = table.render(results)
    introduction = INTRODUCTION.format(command=command, machine=lines, predict=events)
    return f"{introduction}\n{rows}\n", missed


def main(
    only: Annotated[list[Tool] | None, typer.Option(help="Measure this tool only; may be repeated.")] = None,
    models: Annotated[Path, typer.Option(help="Folder with jet_tagger/.")] = Path("../shared/models"),
    output: Annotated[Path, typer.Option(help="The page to write.")] = Path("docs/benchmarks.md"),
    work: Annotated[Path, typer.Option(help="Folder for builds and generated RTL.")] = Path("build/bench"),
) -> None:
    """Measure bxnn and its peers on the jet tagger and write one table.

    Exit 0: everything was measured. 1: a measurement failed; the page is written with the rest. 2: no models.
    """
    if not (models / "jet_tagger" / "jets.npz").is_file():
        typer.echo(f"{models}: no jet_tagger/jets.npz there; name the folder with --models", err=True)
        raise typer.Exit(2)
    facts = machine.facts()
    results: dict[str, dict[str, Any]] = {}
    errors: list[str] = []
    for tool in only or list(Tool):
        typer.echo(f"{tool}: measuring", err=True)
        try:
            results[tool.value] = measure(tool, models.resolve(), (work / tool.value).resolve())
        except (ToolFailure, PeerSetupError) as error:
            results[tool.value] = {"errors": [str(error)]}
        errors += results[tool.value].get("errors", [])
    text, missed = page(shlex.join(["python", "-m", "bench.run", *sys.argv[1:]]), facts, results)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)
    typer.echo(text)
    for line in errors:
        typer.echo(f"failed: {line}", err=True)
    typer.echo(f"{output}: {missed} targets missed or not measured", err=True)
    raise typer.Exit(1 if errors else 0)


if __name__ == "__main__":
    typer.run(main)
