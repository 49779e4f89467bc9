"""hls4ml's own tests with bxnn as the back end: how many pass, and why others do not.

    python -m bench.hls4ml_suite [--keras 2|3] [--sample N] [--compare] [FILE...]

The tests come from hls4ml's source distribution, which pip downloads into a temporary folder; they are run there, in
this environment, and never kept. `bench/peers/hls4ml_suite_plugin.py` changes them on the way: of the values of a
back-end parameter, one is kept and replaced. Tolerances are those of the tests. Tests of other versions of Keras, and
those that load files from the internet, fail in any environment that lacks them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from bench.peers.hls4ml_suite_plugin import COMPARE, KERAS, RESULTS, SAMPLE, Outcome
from bench.process import run

VERSION = "1.3.0"
ROOT = Path(__file__).resolve().parent.parent
HOURS = 8 * 3600.0
_SHOWN = 30  # reasons


class SuiteError(RuntimeError):
    """The tests could not be fetched or started."""


def fetched(folder: Path) -> Path:
    """hls4ml's tests, unpacked in a folder; returns theirs.

    Raises:
        SuiteError: If pip fails, or the distribution holds no tests.
    """
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-binary", ":all:", "--no-deps"]
    done = run([*pip, f"hls4ml=={VERSION}", "--dest", str(folder)])
    if done.returncode != 0:
        raise SuiteError(f"pip download hls4ml=={VERSION}: {done.complaint}")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    tests = folder / archive.name.removesuffix(".tar.gz") / "test" / "pytest"
    if not tests.is_dir():
        raise SuiteError(f"{archive.name} holds no tests")
    return tests


def results(tests: Path, files: list[str], keras: str, sample: int, compare: bool) -> list[Outcome]:
    """Run the tests of some files, or of all, and return what became of each.

    Raises:
        SuiteError: If pytest does not start or finds no test.
    """
    found = tests / "results.jsonl"
    environment = {RESULTS: str(found), KERAS: keras, SAMPLE: str(sample), COMPARE: "1" if compare else ""}
    environment |= {"TF_USE_LEGACY_KERAS": "1" if keras == "2" else "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    plugin = ["-p", "bench.peers.hls4ml_suite_plugin", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    paths = [str(tests / file) for file in files] or [str(tests)]
    done = run([sys.executable, "-m", "pytest", "-q", "--rootdir", str(tests), *plugin, *paths], HOURS, environment)
    if not found.exists():
        raise SuiteError(f"pytest: {done.complaint}")
    return [Outcome(**json.loads(line)) for line in found.read_text().splitlines()]


def summary(outcomes: list[Outcome]) -> str:
    """Counts, and the reasons of those that did not pass, the most frequent first."""
    kinds = Counter(outcome.kind for outcome in outcomes)
    compared = sum(outcome.compared for outcome in outcomes)
    different = sum(outcome.different for outcome in outcomes)
    lines = [f"{len(outcomes)} tests: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}"]
    if compared:
        lines.append(f"{compared:,} values compared with hls4ml's C simulation, {different:,} differ")
    reasons = Counter((outcome.kind, outcome.reason) for outcome in outcomes if outcome.kind != "passed")
    lines += [f"{count:5d}  {kind:8s} {reason}" for (kind, reason), count in reasons.most_common(_SHOWN)]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; the exit code is 1 if a test crashes or a value differs."""
    parser = argparse.ArgumentParser(prog="python -m bench.hls4ml_suite", description=__doc__)
    parser.add_argument("files", nargs="*", help="files of the suite, such as test_keras_api.py; all by default")
    parser.add_argument("--keras", choices=("2", "3"), default="2", help="which Keras the tests get as keras")
    parser.add_argument("--sample", type=int, default=0, help="number of tests to draw; all by default")
    parser.add_argument("--compare", action="store_true", help="also compare every prediction with hls4ml's C++")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = results(fetched(Path(folder)), chosen.files, chosen.keras, chosen.sample, chosen.compare)
    sys.stdout.write(f"{summary(found)}\n")
    return int(any(outcome.kind == "crashed" or outcome.different for outcome in found))


if __name__ == "__main__":
    raise SystemExit(main())
