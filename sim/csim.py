"""C simulation: the HLS C++, compiled with g++, compared with the integer reference element by element."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError, VerificationError
from bxnn.compiler.layer_difference import LayerDifference
from bxnn.compiler.plural import counted
from bxnn.sim.gxx import build_program
from bxnn.sim.junit import JUnit
from bxnn.sim.process import run_tool
from bxnn.sim.reference import Reference
from bxnn.sim.toolchain import require
from bxnn.sim.vectors import Vectors

Codes = Mapping[str, NDArray[np.int64]]

_FLAGS = (
    *("-std=c++14", "-DNDEBUG", "-DBXNN_TRACE"),
    *("-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Wno-unused-label"),
    *("-Wno-uninitialized", "-Wno-maybe-uninitialized"),  # caused by the ap_types
)
_BAD_VECTORS = 2
_PROPERTIES = ("compiler", "events", "directed_events", "mismatches", "directed_mismatches")
_DIFFERENCE = re.compile(r"first difference: (output (\w+), element (\d+)), event (\d+): (expected -?\d+, got -?\d+)")
_TOTAL = re.compile(r"(\d+) events, (\d+) mismatches(?:, (\d+) of them directed)?")  # 0.1.0 wrote no third number


@dataclass(frozen=True)
class CsimResult:
    """The result of the C simulation.

    Attributes:
        compiler: Name and version.
        events: User events compared.
        directed_events: Corner vectors compared after them.
        mismatches: Events, including the corners, with a wrong element.
        directed_mismatches: How many of them are corners; ``None`` from a test bench of 0.1.0.
        passed: Whether every element of every event is equal.
        first_difference: Output, element, event, expected and got; or ``None``.
        first_wrong_layer: The first layer that is wrong if that event is run alone; ``None`` if none is.
        build_seconds: Wall time of the compiler; close to zero if the program was already there.
        run_seconds: Wall time of the program.
    """

    compiler: str
    events: int
    directed_events: int
    mismatches: int
    directed_mismatches: int | None
    passed: bool
    first_difference: str | None
    first_wrong_layer: LayerDifference | None
    build_seconds: float
    run_seconds: float


def simulate(
    hls: Path, folder: Path, reference: Reference, codes: Codes, directed: Vectors, optimization: str = "-O2"
) -> CsimResult:
    """Compile the project under ``hls`` and run its test bench.

    Args:
        hls: What the HLS back end wrote.
        folder: Receives ``vectors.txt``, the program, its logs and ``results.xml`` (JUnit).
        reference: What the network must compute.
        codes: The user's events by input name.
        directed: Corner vectors, which follow the user's.
        optimization: The compiler's optimization option.

    Raises:
        ToolError: If the compiler or the headers are missing, or the code is refused.
        DataError: If the test bench cannot use the vectors.
        VerificationError: If the program is aborted.
    """
    start = time.monotonic()
    top = reference.graph.name
    program = csim_program(hls, folder, top, optimization)
    built = time.monotonic()
    events = len(next(iter(codes.values())))
    write_vectors(folder / "vectors.txt", reference, codes, directed)
    counts = run_bench(program, folder / "vectors.txt", folder, events, directed.events)
    difference = layer = None
    if counts.mismatches:
        difference, layer = _described(counts.text, events, folder, reference, [codes, directed.inputs])
    result = CsimResult(
        f"g++ {require('g++').version}",
        events,
        directed.events,
        counts.mismatches,
        counts.directed_mismatches,
        counts.mismatches == 0,
        difference,
        layer,
        round(built - start, 3),
        round(time.monotonic() - built, 3),
    )
    properties = {name: getattr(result, name) for name in _PROPERTIES}
    seconds, outputs = result.run_seconds, reference.graph.outputs
    JUnit(f"csim.{top}", outputs, seconds, difference, layer, properties).write(folder / "results.xml")
    return result


def csim_program(hls: Path, folder: Path, top: str, optimization: str = "-O2") -> Path:
    """The test bench of the HLS C++, compiled unless it has been.

    Raises:
        ToolError: If the compiler or the headers are missing, or the code is refused.
    """
    # In one piece: most of the time is that of the headers of ap_int, which two would both read.
    flags = [*_FLAGS, optimization, "-isystem", str(require("ap_types").path), "-include", f"{top}.cpp"]
    return build_program(hls, [f"{top}_test.cpp"], flags, folder, f"{top}_test")


def write_vectors(path: Path, reference: Reference, codes: Codes, directed: Vectors) -> None:
    """Write user events followed by corner vectors."""
    events = len(next(iter(codes.values())))
    user = {**codes, **reference.output_codes(codes)}
    corners = {**directed.inputs, **directed.expected}
    names = (*reference.graph.inputs, *reference.graph.outputs)
    write_events(path, reference, {n: np.concatenate([user[n].reshape(events, -1), corners[n]]) for n in names})


def write_events(path: Path, reference: Reference, codes: Codes) -> None:
    """Write one event per line: codes of all inputs and then of all outputs, which the test bench expects."""
    names = (*reference.graph.inputs, *reference.graph.outputs)
    table = np.concatenate([codes[name].reshape(len(codes[name]), -1).astype(np.int64) for name in names], axis=1)
    lines = "\n".join(" ".join(map(str, row)) for row in table.tolist())
    path.write_text(lines + "\n", encoding="utf-8")


class Counts(NamedTuple):
    """Events with a wrong element, how many of them are directed, and what the test bench has printed."""

    mismatches: int
    directed_mismatches: int | None
    text: str


def run_bench(program: Path, vectors: Path, folder: Path, events: int, directed: int = 0) -> Counts:
    """Run the test bench on a file with ``events`` of the user's events, followed by directed ones.

    Raises:
        DataError: If it cannot use the vectors.
        VerificationError: If it is aborted, or has compared a different number of events.
    """
    (folder / "trace.txt").unlink(missing_ok=True)  # of an earlier run
    command = [str(path.resolve()) for path in (program, vectors, folder / "trace.txt")]
    done = run_tool([*command, str(events)], folder)
    (folder / "run.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode == _BAD_VECTORS:
        subject, _, problem = done.stderr.strip().partition(": ")
        raise DataError(subject, problem)
    total = _TOTAL.search(done.stdout)
    if total is None or done.returncode != int(total[2] != "0"):
        problem = f"was aborted with exit code {done.returncode}: {done.stderr.strip()[-200:]}"
        raise VerificationError(program.name, problem)
    if int(total[1]) != events + directed:
        raise VerificationError(program.name, f"received {counted(events + directed, 'event')} but compared {total[1]}")
    return Counts(int(total[2]), None if total[3] is None else int(total[3]), done.stdout)


def first_in_words(text: str) -> tuple[int | None, str]:
    """The event of the first difference in what the test bench has printed, and what differs in it."""
    found = _DIFFERENCE.search(text)
    return (None, text.strip()) if found is None else (int(found[4]), f"{found[1]}: {found[5]}")


def _described(
    text: str, events: int, folder: Path, reference: Reference, pools: Sequence[Codes]
) -> tuple[str, LayerDifference | None]:
    """The first difference, its event, and the first layer that is wrong in it."""
    found = _DIFFERENCE.search(text)
    if found is None:
        return text.strip(), None
    number = int(found[4])
    whose = f"event {number}" if number < events else f"directed event {number - events}"
    pool, place = (pools[0], number) if number < events else (pools[1], number - events)
    layer = first_wrong_layer(
        folder / "trace.txt", reference, {name: pool[name][place] for name in reference.graph.inputs}
    )
    return f"{found[1]}, {whose}: {found[5]}", layer


def first_wrong_layer(trace: Path, reference: Reference, event: Codes) -> LayerDifference | None:
    """The first layer of a trace whose codes differ from the reference, or ``None``."""
    batch = {name: np.asarray(codes).reshape(1, *reference.tensors[name].shape) for name, codes in event.items()}
    expected = reference.evaluate(batch)
    for line in trace.read_text(encoding="utf-8").splitlines():
        name, *words = line.split()
        got, right = np.array(words, np.int64), expected[name].astype(np.int64).ravel()
        wrong = np.flatnonzero(got != right)
        if wrong.size:
            element = int(wrong[0])
            return LayerDifference(name, element, None, None, int(right[element]), int(got[element]))
    return None
