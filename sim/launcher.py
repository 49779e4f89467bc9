"""Runs one tool and kills it, with all its children, when bxnn is gone. A separate script, standard library only.

Started by ``bxnn.sim.process`` as ``python launcher.py FD COMMAND...`` in its own session. FD is the reading end
of a pipe that bxnn holds open; the kernel closes bxnn's end however bxnn ends, even by SIGKILL. The tool is the leader
of a process group that includes its children (cc1plus of g++, g++ of make), and the group is killed as a whole.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

CANNOT_START = 127


def main(pipe: int, command: list[str]) -> int:
    """Run the command until it ends or the pipe is closed.

    Returns:
        Its exit code; 128 plus the number of the signal if a signal ended it.
    """
    try:
        tool = subprocess.Popen(command, process_group=0)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        return CANNOT_START
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe decides
    ended = os.pidfd_open(tool.pid)
    select.select([pipe, ended], [], [])
    with suppress(ProcessLookupError):
        os.killpg(tool.pid, signal.SIGKILL)  # what the tool left running, or the tool, not yet reaped
    code = tool.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
