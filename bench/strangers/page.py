"""Writes docs/strangers.md: what becomes of model files that were not made for bxnn's tests.

    python -m bench.strangers.page [--output docs/strangers.md]

The files that HGQ2 writes, and its answers, are kept for the tests, which have no HGQ2.
Exit code 1 if a number of any file differs from the other evaluation of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.strangers import hgq1_population, hgq_population, lwtnn_population, onnx_population
from bench.strangers.outcome import Outcome
from bxnn.compiler.plural import counted

ROOT = Path(__file__).resolve().parents[2]
INTRODUCTION = """\
# Strangers' files

Written by `python -m bench.strangers.page`, which installs HGQ2 in its own environment. Small files of every form that
the formats allow and tools write, most of them networks of one or two layers around one operation. Each either gets in,
and every number that it computes is equal to another evaluation of the file, or is refused in one line that names what
it is and the way out.
"""
POPULATIONS: dict[str, tuple[Callable[[Path], Iterator[Outcome]], str]] = {
    "ONNX with QuantizeLinear": (onnx_population.qdq, "onnxruntime without fusions"),
    "QONNX": (onnx_population.qonnx, "the executor of qonnx"),
    "HGQ2": (hgq_population.population, "HGQ2"),
    "HGQ1": (hgq1_population.population, "the definition of its proxy models in float64"),
    "lwtnn": (lwtnn_population.population, "lwtnn's definitions in float64, with the declared types"),
}


def section(title: str, oracle: str, outcomes: Sequence[Outcome]) -> str:
    """The part of the page about one format; the same for the same outcomes."""
    entered = [one for one in outcomes if one.message is None]
    refused = [one for one in outcomes if one.message is not None]
    numbers, wrong = sum(one.outputs for one in entered), sum(one.wrong for one in entered)
    counts = f"{counted(len(outcomes), 'file')}, compared with {oracle}: {len(entered)} get in"
    lines = [f"## {title}", "", f"{counts}, {wrong} of {numbers:,} numbers differ; {len(refused)} are refused.", ""]
    lines += ["Enter: " + "; ".join(f"{one.name}" for one in entered) + ".", ""]
    lines += ["| refused | message |", "|---|---|"]
    lines += [f"| {one.name} | {(one.message or '').replace('|', '/')} |" for one in refused]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Make the files, read them, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "strangers.md")
    options = parser.parse_args()
    parts, wrong = [INTRODUCTION], 0
    with tempfile.TemporaryDirectory() as folder:
        for title, (population, oracle) in POPULATIONS.items():
            outcomes = list(population(Path(folder)))
            parts.append(section(title, oracle, outcomes))
            wrong += sum(one.wrong for one in outcomes)
    options.output.write_text("\n".join(parts), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
