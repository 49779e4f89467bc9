"""The command line: parses, calls the driver, prints one short table or one line of error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from bxnn.compiler.cli.answering import answering
from bxnn.compiler.cli.calibrate_command import calibrate
from bxnn.compiler.cli.check_command import check
from bxnn.compiler.cli.command_group import CommandGroup, completing
from bxnn.compiler.cli.compile_command import compile_command
from bxnn.compiler.cli.completion_command import completion
from bxnn.compiler.cli.csim_command import csim
from bxnn.compiler.cli.diff_command import diff
from bxnn.compiler.cli.doctor_command import doctor
from bxnn.compiler.cli.documented_command import DocumentedCommand
from bxnn.compiler.cli.examples import HELP
from bxnn.compiler.cli.flip_command import flip
from bxnn.compiler.cli.init_command import init
from bxnn.compiler.cli.output import StoppedRunError
from bxnn.compiler.cli.package_command import package
from bxnn.compiler.cli.predict_command import predict
from bxnn.compiler.cli.presentation import current, presented, print_object
from bxnn.compiler.cli.prove_command import prove
from bxnn.compiler.cli.report_command import report
from bxnn.compiler.cli.search_command import search
from bxnn.compiler.cli.simulate_command import simulate
from bxnn.compiler.cli.sweep_command import sweep
from bxnn.compiler.cli.synthesize_command import synthesize
from bxnn.compiler.cli.timing_command import timing
from bxnn.compiler.cli.verify_command import verify
from bxnn.compiler.cli.weights_command import weights
from bxnn.compiler.errors import BxnnError, ChecksFailedError, InputError, LimitMissedError, SeveralProblemsError
from bxnn.compiler.files import describe
from bxnn.compiler.start import settle_interruption

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141  # like a program killed by SIGPIPE


app = typer.Typer(
    cls=CommandGroup,
    help="Compile a quantized neural network to fixed-latency trigger firmware.",
    epilog="bxnn help COMMAND shows the options of a command and examples.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def bxnn(show: Annotated[bool, typer.Option("--version", "-V", help="Show the version and exit.")] = False) -> None:
    """Compile a quantized neural network to fixed-latency trigger firmware."""
    if show:
        typer.echo(f"bxnn {version('bxnn')}")
        raise typer.Exit


_COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "calibrate": calibrate,
    "compile": compile_command,
    "simulate": simulate,
    "csim": csim,
    "synthesize": synthesize,
    "timing": timing,
    "verify": verify,
    "flip": flip,
    "prove": prove,
    "check": check,
    "diff": diff,
    "package": package,
    "weights": weights,
    "predict": predict,
    "report": report,
    "sweep": sweep,
    "search": search,
    "doctor": doctor,
    "completion": completion,
}
for _name, _function in _COMMANDS.items():
    _help = HELP[_name]
    app.command(_name, cls=DocumentedCommand, short_help=_help.short, epilog=_help.epilog)(answering(_function))


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command ``bxnn``; always ends with ``SystemExit``."""
    raise SystemExit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done and verified, 1 check failed or limit missed, 2 bad input or usage, 130 interrupted,
        141 nothing reads the output any more.
    """
    with presented(as_json="--json" in arguments):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    """As ``run``, within the presentation of this run."""
    if not arguments and not completing():
        return _fail("bxnn: no command; try bxnn --help", EXIT_BAD_INPUT)
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    try:
        return _called(arguments)
    except StoppedRunError as stop:
        settle_interruption()
        return _fail(f"bxnn: interrupted; {stop}" if str(stop) else "bxnn: interrupted", EXIT_INTERRUPTED)
    except LimitMissedError as error:
        return _fail(str(error), EXIT_FAILED)
    except SeveralProblemsError as error:
        return _fail_all([str(problem) for problem in error.problems], EXIT_BAD_INPUT)
    except InputError as error:
        return _fail(str(error), EXIT_BAD_INPUT)
    except ChecksFailedError as error:
        return _fail_all([f"{error.subject}: {problem}" for problem in error.problems], EXIT_FAILED)
    except BxnnError as error:
        return _fail(str(error), EXIT_FAILED)
    except typer.TyperException as error:
        return _fail(f"{_command(error)}: {_plain(error.format_message())}", EXIT_BAD_INPUT)
    except SystemExit as stop:  # typer's way to end a completion, and its reaction to a closed pipe
        return _closed_pipe() if stop.code else 0
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:
        if os.environ.get("BXNN_DEBUG"):
            raise
        return _unexpected(error)


def _called(arguments: list[str]) -> int:
    """Call the command: 0, or 130 if it was interrupted, whatever error came of that."""
    try:
        result = app(args=arguments, prog_name="bxnn", standalone_mode=False)
        sys.stdout.flush()
    except StoppedRunError:
        raise
    except Exception:
        if not settle_interruption():
            raise
        return _fail("bxnn: interrupted", EXIT_INTERRUPTED)
    if settle_interruption() or result == EXIT_INTERRUPTED:  # the latter is typer's reaction to Ctrl-C
        return _fail("bxnn: interrupted", EXIT_INTERRUPTED)
    return 0


def _closed_pipe() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return EXIT_CLOSED_PIPE


def _unexpected(error: Exception) -> int:
    if isinstance(error, OSError):
        return _fail(describe(error), EXIT_BAD_INPUT)
    what = f"internal error: {type(error).__name__}: {error}"
    return _fail(f"{what} (re-run with BXNN_DEBUG=1 for the traceback)", EXIT_FAILED)


def _plain(message: str) -> str:
    """Without the name that pydantic gives to the error of a value."""
    return message.replace(": Value error, ", ": ")


def _command(error: typer.TyperException) -> str:
    """The command that a usage error is about: ``bxnn compile``."""
    context = getattr(error, "ctx", None)
    return "bxnn" if context is None else str(context.command_path)


def _fail(message: str, code: int) -> int:
    return _fail_all([message], code)


def _fail_all(messages: Sequence[str], code: int) -> int:
    """A line for each problem on standard error; with ``--json`` also an object, unless there was an answer."""
    lines = [" ".join(message.split()) for message in messages]
    with contextlib.suppress(BrokenPipeError, ValueError):
        print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201
        if current().as_json and not current().answered:
            print_object({"exit_code": code, "problems": lines})
    return code
