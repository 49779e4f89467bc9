"""The typed errors of bxnn. Each is printed as one line, subject first."""

from collections.abc import Sequence

_MOST_CHARACTERS = 2000  # in a subject or a problem


class BxnnError(Exception):
    """Base of all errors that bxnn raises on purpose.

    Attributes:
        subject: What the error is about, e.g. ``fc1 (QDense)``.
        problem: What is wrong and what to do about it.
    """

    def __init__(self, subject: str, problem: str) -> None:
        self.subject = _one_line(subject)
        self.problem = _one_line(problem)
        super().__init__(f"{self.subject}: {self.problem}")


class InputError(BxnnError):
    """Bad input or usage: the command exits with code 2."""


class ModelError(InputError):
    """The model file cannot be read or requires something that bxnn does not support exactly."""


class TooWideError(ModelError):
    """Exact values of a layer need more bits than an integer of the compiler has."""


class FrameTooLargeError(ModelError):
    """A layer connects more inputs and outputs, in one frame or tile, than a schedule can handle.

    Attributes:
        layer: Name of the layer in the graph.
        finding: What is wrong, without the advice.
    """

    def __init__(self, subject: str, layer: str, finding: str) -> None:
        self.layer, self.finding = layer, finding
        super().__init__(subject, f"{finding}; use a smaller layer")


class StreamNeededError(ModelError):
    """A layer is too large for a whole frame, but not for tiles of it."""


class ConfigError(InputError):
    """design.yaml, a board file or a command-line option is wrong."""


class SeveralProblemsError(ModelError, ConfigError):
    """A model file uses several things that are not supported, or a configuration has several errors; a line each.

    Attributes:
        problems: All of them, in the order of the file.
    """

    def __init__(self, problems: Sequence[InputError]) -> None:
        self.problems = tuple(problems)
        super().__init__(problems[0].subject, problems[0].problem)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def all_of(problems: Sequence[InputError]) -> InputError:
    """One error for all problems of a file; those that read the same are one."""
    different: dict[str, InputError] = {}
    for problem in problems:
        parts = problem.problems if isinstance(problem, SeveralProblemsError) else (problem,)
        different |= {str(part): part for part in parts}
    found = list(different.values())
    return found[0] if len(found) == 1 else SeveralProblemsError(found)


def raise_all(problems: Sequence[InputError]) -> None:
    """Raise one error for all problems, if there are any."""
    if problems:
        raise all_of(problems)


class DataError(InputError):
    """Input vectors have the wrong shape, type or file format."""


class ScheduleError(InputError):
    """No schedule meets the II, the budget or the operand widths of the device."""


class LimitMissedError(ScheduleError):
    """No design meets a well-formed limit: the command exits with code 1."""


class ToolError(InputError):
    """A tool that the command needs is not installed or failed."""


class PartlyDoneError(ToolError):
    """A tool is not installed or failed, and the report has what could be done without it."""


class VerificationError(BxnnError):
    """A check of bxnn's own result failed: the command exits with code 1."""


class ChecksFailedError(VerificationError):
    """Figures of a build are not as they must be; one line each.

    Attributes:
        problems: All of them, without the subject.
    """

    def __init__(self, subject: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(subject, problems[0])


class InternalError(VerificationError):
    """An invariant of the compiler is broken; please report it."""


def _one_line(text: str) -> str:
    """One line that any file or terminal accepts; half of a surrogate pair in a name becomes an escape.

    A damaged file may put long text into a message: its middle is omitted, but not the advice at its end.
    """
    line = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    half = _MOST_CHARACTERS // 2
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:half]} [...] {line[-half:]}"
