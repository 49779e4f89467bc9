"""The first module of the command ``bxnn``: decides what signals do before anything large is imported."""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False  # importing typing takes longer than this whole module; until main() a signal shows Python
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
_PATIENCE_SECONDS = 5.0  # an impatient second Ctrl-C must not interrupt the cleanup
_AGAIN_SECONDS = 0.01  # after the code that dropped an interruption has gone on


class _Raised(KeyboardInterrupt):
    """The exception of a signal. It lives as long as contexts are left because of it, or whatever it caused."""

    def __init__(self, interruption: _Interruption) -> None:
        super().__init__()
        self._interruption = interruption

    def __reduce__(self) -> tuple[type[KeyboardInterrupt], tuple[object, ...]]:
        return KeyboardInterrupt, self.args  # what a worker sends to its parent is not raised again there

    def __del__(self) -> None:
        self._interruption.dropped()


class _Interruption:
    """What signals do: exit at once while there is nothing to clean up, later raise so that contexts are left.

    Not all code lets an exception pass: what a weak reference or a finalizer calls drops it, and so do parts of
    Python and of libraries that are written in C. The exception is raised again when that has happened. While it, or
    an exception that it caused, is on its way through contexts it exists, and nothing is raised.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.exits_at_once = True
        self._last = -_PATIENCE_SECONDS
        self._settled = False
        self._process = os.getpid()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.exits_at_once:
            self.end(number)
        now = time.monotonic()
        if now - self._last < _PATIENCE_SECONDS:
            return
        self.number, self._last = number, now
        raise _Raised(self)

    def dropped(self) -> None:
        """The exception is gone: unless the command is about to end, raise it again, but not from a finalizer."""
        if not self._settled and os.getpid() == self._process:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)

    def again(self, number: int, frame: FrameType | None) -> None:
        """Raise after all, on the signal of the timer."""
        if self._settled or self.number is None:
            return
        if self.exits_at_once:
            self.end(self.number)
        if _leaves_a_context(frame):  # as it should
            self.dropped()
            return
        raise _Raised(self)

    def settle(self) -> bool:
        """Whether the command was interrupted; it raises no more then, and is about to say so and to end."""
        self._settled = self.number is not None
        return self._settled

    @staticmethod
    def end(number: int) -> NoReturn:
        """Report it in one line and exit without running any more Python."""
        os.write(2, f"bxnn: {_WORDS[signal.Signals(number)]}\n".encode())
        os._exit(128 + number)


def _leaves_a_context(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_name != "__exit__":
        frame = frame.f_back
    return frame is not None


_interruption = _Interruption()


def settle_interruption() -> bool:
    """Whether a signal has interrupted the command, even if some code went on or made another error of it."""
    return _interruption.settle()


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    if not isinstance(found.exc_value, _Raised):  # that one is raised again
        sys.__unraisablehook__(found)


def main() -> NoReturn:
    """Entry point of the command ``bxnn``; exit code 130 after SIGINT, 143 after SIGTERM."""
    interruption = _interruption
    for number in _WORDS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as set by nohup and for background jobs
            signal.signal(number, interruption)
    signal.signal(signal.SIGALRM, interruption.again)
    sys.unraisablehook = _unraisable
    # Pictures are files. Jupyter names its own backend for every child, which exists only where Jupyter is installed.
    os.environ["MPLBACKEND"] = "agg"
    from bxnn.compiler import cli

    interruption.exits_at_once = False
    try:
        code = cli.run(sys.argv[1:])
        interruption.exits_at_once = True  # nothing is left to clean up
        interruption.settle()
    except KeyboardInterrupt:
        interruption.exits_at_once = True
        interruption.end(interruption.number or signal.SIGINT)
    for number in (*_WORDS, signal.SIGALRM):  # done; at exit Python would restore the default, which kills
        signal.signal(number, signal.SIG_IGN)
    if interruption.number is not None:
        if code != 128 + signal.SIGINT:  # it is not reported yet
            interruption.end(interruption.number)
        code = 128 + interruption.number
    raise SystemExit(code)
