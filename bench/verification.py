"""Every engine against the reference on many events, and bit flips in running hardware, written into one page.

    python -m bench.verification [--models ../shared/models] [--work build/verification] [--parts NAME ...]
                                 [--seconds 280] [--output docs/verification.md]

Each part is a command of bxnn on its own build, whose result is kept in the folder of work; a part that does not end
within ``--seconds`` is stopped as by Ctrl-C, and the next run resumes it. The page shows what has been run so far, and
what has not. Times are CPU seconds of all processes, which other work on the machine changes least. Exit 1: a bit is
wrong, a flip does not heal, or a part is not finished.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import machine, second_oracle
from bench.verification_page import Outcome, page
from bench.verification_parts import PARTS, ROOT, Network, Part

BXNN = Path(sys.executable).with_name("bxnn")
STOPPED = 130
KEPT = "outcome.json"
COMMIT = "commit.txt"


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    Attributes:
        code: Its exit code.
        answer: The object that it printed; ``None`` without one.
        cpu_seconds: Of all its processes.
    """

    code: int
    answer: dict[str, Any] | None
    cpu_seconds: float


def run(command: Sequence[object], seconds: float) -> Ended:
    """Run a command of bxnn; after ``seconds`` it gets the signal of Ctrl-C."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ended(process.returncode, json.loads(output) if output.strip() else None, used)


def built(network: Network, folder: Path, models: Path) -> Path:
    """The build of a network in a folder, compiled if it is not there.

    Raises:
        SystemExit: If it cannot be compiled.
    """
    build = folder / "build"
    if (build / "report.json").exists():
        return build
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "design.yaml").write_text(network.design, encoding="utf-8")
    (folder / COMMIT).write_text(commit(), encoding="utf-8")
    files = [models / network.model, *(["--weights", models / network.weights] if network.weights else [])]
    done = run([BXNN, "compile", *files, "-c", folder / "design.yaml", "-o", build, "--json"], 600)
    if done.code:
        raise SystemExit(f"{network.name}: cannot be compiled: {done.answer}")
    return build


def measure(part: Part, work: Path, models: Path, seconds: float) -> Outcome:
    """Run or resume a part, and keep its outcome."""
    folder = work / part.key
    before = known(folder)
    if before.finished:
        return before
    build = built(part.network, folder, models)
    done = run([BXNN, *part.arguments(build), "--json"], seconds)
    spent = before.cpu_seconds + done.cpu_seconds
    if done.code == STOPPED or done.answer is None or "name" not in done.answer:
        found = Outcome(cpu_seconds=spent, problem=None if done.code == STOPPED else str(done.answer))
    else:
        found = Outcome.of(part, done.answer, spent, machine.facts())
    return keep(replace(found, commit=(folder / COMMIT).read_text(encoding="utf-8")), folder)


def known(folder: Path) -> Outcome:
    """The outcome that is kept in a folder; one that is not finished without it."""
    kept = folder / KEPT
    return Outcome(**json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else Outcome()


def keep(found: Outcome, folder: Path) -> Outcome:
    """Keep an outcome in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEPT).write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def commit() -> str:
    """The commit that is checked out."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Parse the command line, run the parts that are not finished, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder of the models")
    parser.add_argument("--work", type=Path, default=ROOT / "build/verification", help="folder for builds and results")
    parser.add_argument(
        "--parts", nargs="*", metavar="NAME", help="parts by the beginnings of their names; all by default"
    )
    parser.add_argument("--seconds", type=float, default=280.0, help="after which a part is stopped, to be resumed")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/verification.md", help="the page")
    arguments = parser.parse_args()
    # What a shell starts in the background ignores it, and so would the parts, which are stopped by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    work = arguments.work

    def wanted(key: str) -> bool:
        return arguments.parts is None or any(key.startswith(name) for name in arguments.parts)

    outcomes = {}
    for part in PARTS:
        start = time.monotonic()
        if wanted(part.key):
            outcomes[part] = measure(part, work, arguments.models.resolve(), arguments.seconds)
            print(f"{part.key}: {outcomes[part]} in {time.monotonic() - start:.0f} s", flush=True)
        else:
            outcomes[part] = known(work / part.key)
    oracle = known(work / second_oracle.KEY)
    if wanted(second_oracle.KEY) and not oracle.finished:
        oracle = keep(replace(second_oracle.measured(), commit=commit()), work / second_oracle.KEY)
    arguments.output.write_text(page(outcomes, oracle), encoding="utf-8")
    sys.exit(0 if all(outcome.passed for outcome in (*outcomes.values(), oracle)) else 1)


if __name__ == "__main__":
    main()
