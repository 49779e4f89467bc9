"""The command line: parses, calls the driver, prints one short table or one line of error."""

from __future__ import annotations

import contextlib
import os
import sys

import typer

from bxnn.compiler.cli.compile_command import compile_command
from bxnn.compiler.cli.csim_command import csim
from bxnn.compiler.cli.doctor_command import doctor
from bxnn.compiler.cli.output import StoppedRunError
from bxnn.compiler.cli.predict_command import predict
from bxnn.compiler.cli.report_command import report
from bxnn.compiler.cli.simulate_command import simulate
from bxnn.compiler.cli.sweep_command import sweep
from bxnn.compiler.cli.synthesize_command import synthesize
from bxnn.compiler.errors import BxnnError, InputError, LimitMissedError, SeveralProblemsError
from bxnn.compiler.files import describe

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141  # like a program killed by SIGPIPE


app = typer.Typer(
    help="Compile a quantized neural network to fixed-latency trigger firmware.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("compile")(compile_command)
app.command()(simulate)
app.command()(csim)
app.command()(synthesize)
app.command()(predict)
app.command()(report)
app.command()(sweep)
app.command()(doctor)


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command ``bxnn``; always ends with ``SystemExit``."""
    raise SystemExit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done and verified, 1 check failed or limit missed, 2 bad input or usage, 130 interrupted,
        141 nothing reads the output any more.
    """
    if not arguments:
        return _fail("bxnn: no command; try bxnn --help", EXIT_BAD_INPUT)
    try:
        result = app(args=arguments, prog_name="bxnn", standalone_mode=False)
        sys.stdout.flush()
        if result == EXIT_INTERRUPTED:  # typer's reaction to Ctrl-C
            return _fail("bxnn: interrupted", EXIT_INTERRUPTED)
        return 0
    except StoppedRunError as stop:
        return _fail(f"bxnn: interrupted; {stop}" if str(stop) else "bxnn: interrupted", EXIT_INTERRUPTED)
    except LimitMissedError as error:
        return _fail(str(error), EXIT_FAILED)
    except SeveralProblemsError as error:
        return [_fail(str(problem), EXIT_BAD_INPUT) for problem in error.problems][-1]
    except InputError as error:
        return _fail(str(error), EXIT_BAD_INPUT)
    except BxnnError as error:
        return _fail(str(error), EXIT_FAILED)
    except typer.TyperException as error:
        return _fail(f"{_command(error)}: {error.format_message()}", EXIT_BAD_INPUT)
    except (SystemExit, BrokenPipeError):  # SystemExit is typer's reaction to a closed pipe
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
    """The command that a usage error is about: ``bxnn compile``."""
    context = getattr(error, "ctx", None)
    return "bxnn" if context is None else str(context.command_path)


def _fail(message: str, code: int) -> int:
    line = " ".join(message.split())
    with contextlib.suppress(BrokenPipeError, ValueError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201
    return code
