"""``--junit FILE``: the checks of a command as JUnit, whether they passed, failed, or could not be made."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bxnn.compiler.errors import BxnnError, ConfigError, InputError, LimitMissedError, PartlyDoneError
from bxnn.compiler.gate.check import Check
from bxnn.compiler.junit import JUnitCase, JUnitSuite
from bxnn.compiler.report import ReportModel, load_report

_OPTION = "--junit"


@contextmanager
def junit_file(
    path: Path | None, command: str, build: Path, checks: Callable[[ReportModel], Sequence[Check]]
) -> Iterator[None]:
    """Write the file when the context is left, unless the user has interrupted it.

    Args:
        path: The file; ``None`` for none.
        command: Name of the command.
        build: The build folder; its report is read when the command has ended.
        checks: The test cases, from that report.

    Raises:
        ConfigError: If the file cannot be written; before anything is run, if that is known.
    """
    if path is None:
        yield
        return
    _check(path)
    start = time.monotonic()
    try:
        yield
    except BxnnError as error:
        _write(path, command, build, checks, time.monotonic() - start, error)
        raise
    _write(path, command, build, checks, time.monotonic() - start, None)


def _check(path: Path) -> None:
    if path.is_dir():
        raise ConfigError(_OPTION, f"{str(path)!r} is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise ConfigError(_OPTION, f"the folder of {str(path)!r} does not exist; create it first")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise ConfigError(_OPTION, f"{str(path)!r} cannot be written: Permission denied")


def _write(
    path: Path,
    command: str,
    build: Path,
    checks: Callable[[ReportModel], Sequence[Check]],
    seconds: float,
    error: BxnnError | None,
) -> None:
    report = _report(build)
    partly = isinstance(error, PartlyDoneError)
    untried = isinstance(error, InputError) and not isinstance(error, LimitMissedError | PartlyDoneError)
    cases = [] if report is None or untried else [_case(check, partly) for check in checks(report)]
    if error is not None and not any(case.failure or case.error for case in cases):
        failure, problem = (None, str(error)) if untried else (str(error), None)
        cases.append(JUnitCase(command, failure, problem))
    properties = {} if report is None else _properties(report)
    name = build.name if report is None else report.name
    try:
        JUnitSuite(f"{command}.{name}", cases, round(seconds, 3), properties).write(path)
    except OSError as problem:
        raise ConfigError(_OPTION, f"{str(path)!r} cannot be written: {problem.strerror}") from None


def _report(build: Path) -> ReportModel | None:
    """The report of a build, or ``None``: what is wrong with it is the command's own error."""
    try:
        return load_report(build / "report.json")
    except InputError:
        return None


def _case(check: Check, partly: bool) -> JUnitCase:
    """The case of a check; of what was left out, an error."""
    if partly and check.found is None:
        return JUnitCase(check.case, None, str(check))
    return JUnitCase(check.case, None if check.passed else str(check), output=str(check))


def _properties(report: ReportModel) -> dict[str, object]:
    hashes = {f"sha256 of {file.name}": file.sha256 for file in report.files}
    return {"network": report.name, "bxnn": report.bxnn_version, "part": report.board.part, **hashes}
