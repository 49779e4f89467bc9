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


class _Interruption:
    """What signals do: exit at once while there is nothing to clean up, later raise so that contexts are left."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.importing = True
        self._last = -_PATIENCE_SECONDS

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.importing:
            self.end(number)
        now = time.monotonic()
        if now - self._last < _PATIENCE_SECONDS:
            return
        self.number, self._last = number, now
        raise KeyboardInterrupt

    @staticmethod
    def end(number: int) -> NoReturn:
        """Report it in one line and exit without running any more Python."""
        os.write(2, f"bxnn: {_WORDS[signal.Signals(number)]}\n".encode())
        os._exit(128 + number)


def main() -> NoReturn:
    """Entry point of the command ``bxnn``; exit code 130 after SIGINT, 143 after SIGTERM."""
    interruption = _Interruption()
    for number in _WORDS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as set by nohup and for background jobs
            signal.signal(number, interruption)
    # Pictures are files. Jupyter names its own backend for every child, which exists only where Jupyter is installed.
    os.environ["MPLBACKEND"] = "agg"
    from bxnn.compiler import cli

    interruption.importing = False
    try:
        code = cli.run(sys.argv[1:])
    except KeyboardInterrupt:
        interruption.end(interruption.number or signal.SIGINT)
    interruption.importing = True  # nothing is left to clean up
    for number in _WORDS:  # done; at exit Python would restore the default, which kills
        signal.signal(number, signal.SIG_IGN)
    if interruption.number == signal.SIGTERM:
        code = 128 + signal.SIGTERM
    raise SystemExit(code)
