"""Runs one tool and kills it, with all its children, when bxnn is gone. A separate script, standard library only.

Started by ``bxnn.sim.process`` as ``python launcher.py FD COMMAND...`` in its own session. FD is the reading end
of a pipe that bxnn holds open; the kernel closes bxnn's end however bxnn ends, even by SIGKILL. The tool is the leader
of a process group that includes its children (cc1plus of g++, g++ of make), and the group is killed as a whole.
"""

from __future__ import annotations

# `signal` and `subprocess` would take longer to import than Python to start.
import _signal  # type: ignore[import-not-found]
import os
import select
import sys

CANNOT_START = 127


def main(pipe: int, command: list[str]) -> int:
    """Run the command until it ends or the pipe is closed.

    Returns:
        Its exit code; 128 plus the number of the signal if a signal ended it.
    """
    os.set_inheritable(pipe, False)
    ignored = (_signal.SIGPIPE, _signal.SIGXFSZ)  # by Python; not by a tool
    try:
        tool = os.posix_spawnp(command[0], command, os.environ, setpgroup=0, setsigdef=ignored)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        return CANNOT_START
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(number, _signal.SIG_IGN)  # only the pipe decides
    ended = os.pidfd_open(tool)
    select.select([pipe, ended], [], [])
    try:  # noqa: SIM105 - contextlib takes as long to import
        os.killpg(tool, _signal.SIGKILL)  # what the tool left running, or the tool, not yet reaped
    except ProcessLookupError:
        pass
    code = os.waitstatus_to_exitcode(os.waitpid(tool, 0)[1])
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
