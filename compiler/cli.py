"""The command line: parses, calls the driver, prints one short table or one line of error."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from compiler.cli_options import Build, Engine, Events, Input, Seed, Trust
from compiler.errors import BxnnError, InputError, LimitMissedError
from compiler.files import describe
from compiler.plural import counted

if TYPE_CHECKING:
    from compiler.report import Report

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141  # as a program that SIGPIPE ends

app = typer.Typer(
    help="Compile a quantized neural network to fixed-latency trigger firmware.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command("compile")
def compile_command(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", help="A .keras, .h5 or .json file.")] = None,
    weights: Annotated[Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a .json model.")] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="design.yaml", help="Board, clock, II, budget, number formats."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="BUILD", help="Folder to write; build/MODEL by default."),
    ] = None,
    hls4ml: Annotated[
        Path | None,
        typer.Option("--hls4ml-config", metavar="config.yml", help="hls4ml's configuration; may name the model."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files changed after bxnn wrote them.")] = False,
) -> None:
    """Write VHDL, HLS C++, emulator, bench, IR and report of a model into BUILD.

    Files in BUILD that bxnn did not write stay as they are.
    """
    if hls4ml is not None:
        from compiler.hls4ml_backend.configuration import compile_configuration
        from compiler.strict_yaml import read_mapping

        design = None if config is None else read_mapping(config, "design.yaml")
        _show(compile_configuration(hls4ml, model, weights, design, output, force))
        return
    if model is None:
        raise InputError("bxnn compile", "Missing argument 'MODEL'.")
    from compiler import driver

    _show(driver.compile_model(model, weights, config, output or Path("build") / model.stem, force))


@app.command()
def simulate(
    build: Build,
    data: Input = None,
    events: Events = None,
    simulator: Annotated[Literal["ghdl", "verilator"], typer.Option("--simulator", help="Simulator to run.")] = "ghdl",
    seed: Seed = 1,
    trust: Trust = False,
    quick: Annotated[bool, typer.Option("--quick", help="Run the events only, nothing of the bench's own.")] = False,
) -> None:
    """Simulate the firmware and compare every output bit and cycle with the prediction."""
    from compiler import measure

    _show(measure.simulate(build, data, events, simulator, seed, trust, quick))


@app.command()
def csim(
    build: Build,
    data: Input = None,
    events: Events = None,
    seed: Seed = 1,
    trust: Trust = False,
) -> None:
    """Run the HLS C++ through g++ and compare every element with the prediction."""
    from compiler import measure

    _show(measure.csim(build, data, events, seed, trust))


@app.command()
def synthesize(build: Build, trust: Trust = False) -> None:
    """Count DSP, LUT and FF with GHDL and yosys, and compare the DSPs with the prediction."""
    from compiler import measure

    _show(measure.synthesize(build, trust))


@app.command()
def predict(
    build: Build,
    data: Annotated[Path, typer.Option("--input", metavar="x.npy", help="Real-valued events.")],
    output: Annotated[Path, typer.Option("--output", metavar="y.npy", help="File to write.")],
    engine: Engine = "reference",
    trust: Trust = False,
) -> None:
    """Compute what the firmware will answer, bit for bit, as real values."""
    from compiler import driver

    driver.predict(build, data, output, engine, trust)
    typer.echo(f"wrote {output}")


@app.command()
def report(build: Build) -> None:
    """Render report.html and report.md from BUILD/report.json."""
    from compiler import driver
    from compiler.report import load_report

    page = driver.report(build)
    _show(load_report(build / "report.json"))
    typer.echo(f"wrote {page}")


@app.command()
def sweep(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .keras, .h5 or .json file.")],
    config: Annotated[
        Path, typer.Option("--config", "-c", metavar="sweep.yaml", help="A design.yaml; keys may hold lists.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write, or to go on with.")],
    weights: Annotated[Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a .json model.")] = None,
) -> None:
    """Schedule a model at every point of sweep.yaml; write latency against DSP and LUT into DIR."""
    from compiler.sweep.run import run_sweep
    from compiler.sweep.table import tables
    from compiler.terminal import print_table

    try:
        found = run_sweep(model, weights, config, output)
    except KeyboardInterrupt as stop:
        raise _InterruptedError(str(stop)) from None
    print_table(tables(found)[0])
    failed = sum(row.answer.design is None for row in found.rows)
    typer.echo(f"{counted(len(found.rows), 'point')}: {found.computed} scheduled now, {failed} without a schedule")
    typer.echo(f"wrote {output / 'sweep.csv'}, sweep.md, pareto.png and pareto.svg")


@app.command()
def doctor() -> None:
    """Say which tools are here and what each is needed for."""
    from compiler.doctor import table
    from compiler.terminal import print_table

    print_table(table())


class _InterruptedError(Exception):
    """Ctrl-C in a command that can go on later; says how."""


def _show(report: Report) -> None:
    from compiler.report.summary import summary
    from compiler.terminal import print_table

    print_table(summary(report))
    for notice in report.notices:
        typer.echo(f"note: {notice}")


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command ``bxnn``; always ends with ``SystemExit``."""
    raise SystemExit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done and verified, 1 check failed or limit missed, 2 bad input or usage, 130 interrupted,
        141 nobody reads the output any more.
    """
    if not arguments:
        return _fail("bxnn: no command; try bxnn --help", EXIT_BAD_INPUT)
    try:
        result = app(args=arguments, prog_name="bxnn", standalone_mode=False)
        sys.stdout.flush()
        if result == EXIT_INTERRUPTED:  # typer's answer to Ctrl-C
            return _fail("bxnn: interrupted", EXIT_INTERRUPTED)
        return 0
    except _InterruptedError as stop:
        return _fail(f"bxnn: interrupted; {stop}" if str(stop) else "bxnn: interrupted", EXIT_INTERRUPTED)
    except LimitMissedError as error:
        return _fail(str(error), EXIT_FAILED)
    except InputError as error:
        return _fail(str(error), EXIT_BAD_INPUT)
    except BxnnError as error:
        return _fail(str(error), EXIT_FAILED)
    except typer.TyperException as error:
        return _fail(f"{_command(error)}: {error.format_message()}", EXIT_BAD_INPUT)
    except (SystemExit, BrokenPipeError):  # SystemExit is typer's answer to a closed pipe
        return _closed_pipe()
    except Exception as error:
        if os.environ.get("BXNN_DEBUG"):
            raise
        return _unexpected(error)


def _closed_pipe() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return EXIT_CLOSED_PIPE


def _unexpected(error: Exception) -> int:
    if isinstance(error, OSError):
        return _fail(describe(error), EXIT_BAD_INPUT)
    what = f"internal error: {type(error).__name__}: {error}"
    return _fail(f"{what} (re-run with BXNN_DEBUG=1 for the traceback)", EXIT_FAILED)


def _command(error: typer.TyperException) -> str:
    """The command a usage error is about: ``bxnn compile``."""
    context = getattr(error, "ctx", None)
    return "bxnn" if context is None else str(context.command_path)


def _fail(message: str, code: int) -> int:
    line = " ".join(message.split())
    with contextlib.suppress(BrokenPipeError, ValueError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201
    return code
