"""hls4ml's own tests with bxnn as the back end: how many pass, and why others do not.

    python -m bench.hls4ml_suite [--keras 2|3] [--sample N] [--compare] [--work DIR] [--seconds N] [--each N] [FILE...]

The tests come from hls4ml's source distribution, which pip downloads into a temporary folder; they are run there, in
this environment, and never kept, unless a folder is given: then the same command resumes.
`bench/peers/hls4ml_suite_plugin.py` changes them on the way: of the values of a back-end parameter, one is kept and
replaced. Tolerances are those of the tests. Tests of other versions of Keras, and those that load files from the
internet, fail in any environment that lacks them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers.hls4ml_suite_plugin import COMPARE, EACH, KERAS, RESULTS, SAMPLE, SECONDS, Outcome, read_outcomes
from bench.process import run

VERSION = "1.3.0"
ROOT = Path(__file__).resolve().parent.parent
HOURS = 8 * 3600.0
_SHOWN = 30  # reasons


class SuiteError(RuntimeError):
    """The tests could not be fetched or started."""


@dataclass(frozen=True)
class Part:
    """What is run of the suite, and how.

    Attributes:
        files: Files of the suite; all if there are none.
        keras: Version of Keras that the tests get.
        sample: Number of tests to draw; 0 for all.
        compare: Whether predictions are compared with hls4ml's C++.
        seconds: After which no further test starts.
        each: Seconds that a test may take; 0 for any.
    """

    files: tuple[str, ...]
    keras: str
    sample: int
    compare: bool
    seconds: float
    each: int

    def environment(self, results: Path) -> dict[str, str]:
        """Variables for the plugin and the libraries."""
        found = {RESULTS: str(results), KERAS: self.keras, SAMPLE: str(self.sample)}
        found |= {COMPARE: "1" if self.compare else "", SECONDS: str(self.seconds), EACH: str(self.each)}
        found |= {"TF_USE_LEGACY_KERAS": "1" if self.keras == "2" else "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
        return found | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}


def fetched(folder: Path) -> Path:
    """hls4ml's tests, unpacked in a folder, if they are not there yet; returns theirs.

    Raises:
        SuiteError: If pip fails, or the distribution holds no tests.
    """
    if not list(folder.glob("*.tar.gz")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-binary", ":all:", "--no-deps"]
        done = run([*pip, f"hls4ml=={VERSION}", "--dest", str(folder)])
        if done.returncode != 0:
            raise SuiteError(f"pip download hls4ml=={VERSION}: {done.complaint}")
    (archive,) = folder.glob("*.tar.gz")
    unpacked = folder / archive.name.removesuffix(".tar.gz")
    if not unpacked.is_dir():
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
    tests = unpacked / "test" / "pytest"
    if not tests.is_dir():
        raise SuiteError(f"{archive.name} holds no tests")
    return tests


def outcomes(tests: Path, part: Part) -> list[Outcome]:
    """Run the tests and return what became of each, those of earlier runs in the same folder included.

    Raises:
        SuiteError: If pytest does not start or finds no test.
    """
    found = tests / f"results_{part.keras}{'_compared' if part.compare else ''}.jsonl"
    plugin = ["-p", "bench.peers.hls4ml_suite_plugin", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    paths = [str(tests / file) for file in part.files] or [str(tests)]
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tests), *plugin, *paths]
    done = run(command, HOURS, part.environment(found))
    if not found.exists():
        raise SuiteError(f"pytest: {done.complaint}")
    return read_outcomes(found)


def summary(found: list[Outcome]) -> str:
    """Counts, and the reasons of those that did not pass, the most frequent first."""
    kinds = Counter(outcome.kind for outcome in found)
    compared = sum(outcome.compared for outcome in found)
    different = sum(outcome.different for outcome in found)
    lines = [f"{len(found)} tests: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}"]
    if compared:
        lines.append(f"{compared:,} values compared with hls4ml's C simulation, {different:,} differ")
    reasons = Counter((outcome.kind, outcome.reason) for outcome in found if outcome.kind != "passed")
    lines += [f"{count:5d}  {kind:8s} {reason}" for (kind, reason), count in reasons.most_common(_SHOWN)]
    return "\n".join(lines)


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work.resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; the exit code is 1 if a test crashes or a value differs."""
    parser = argparse.ArgumentParser(prog="python -m bench.hls4ml_suite", description=__doc__)
    parser.add_argument("files", nargs="*", help="files of the suite, such as test_keras_api.py; all by default")
    parser.add_argument("--keras", choices=("2", "3"), default="2", help="which Keras the tests get as keras")
    parser.add_argument("--sample", type=int, default=0, help="number of tests to draw; all by default")
    parser.add_argument("--compare", action="store_true", help="also compare every prediction with hls4ml's C++")
    parser.add_argument("--work", type=Path, help="folder that keeps the tests and what became of them")
    parser.add_argument("--seconds", type=float, default=HOURS, help="no test starts after them")
    parser.add_argument("--each", type=int, default=0, help="seconds that a test may take; any by default")
    chosen = parser.parse_args(arguments)
    part = Part(
        *(tuple(chosen.files), chosen.keras, chosen.sample, chosen.compare), seconds=chosen.seconds, each=chosen.each
    )
    with _folder(chosen.work) as folder:
        found = outcomes(fetched(folder), part)
    sys.stdout.write(f"{summary(found)}\n")
    return int(any(outcome.kind == "crashed" or outcome.different for outcome in found))


if __name__ == "__main__":
    raise SystemExit(main())
