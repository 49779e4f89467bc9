"""docs/mutants.md: which mutants of the VHDL the bench and the proofs find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.machine import TOOLS, facts
from bench.mutant_outcome import Outcome, Verdict

_LISTED = (Verdict.PROOF, Verdict.UNDECIDED, Verdict.EQUIVALENT)
_COUNTED = (Verdict.BENCH, Verdict.ENTITY, Verdict.PROOF, Verdict.EQUIVALENT, Verdict.UNDECIDED)
_INTRODUCTION = """\
# Mutants of the VHDL

Written by `python -m bench.mutants`; an interrupted run resumes, and a later one tries the mutants of files that have
changed since.

A mutant is the VHDL with one small change: another operator, another bit, a number that is one off, two ports swapped.
Its lines are drawn by a seed from the architectures of the library and of the files that bxnn generates. A mutant is
judged by one bench after the other, until one finds it:

* In a network: GHDL, 30 random events and the corner vectors, in up to two small builds that use the file: single
  layers, dense networks in DSP slices and in adders, with padding, tags, decisions and an asynchronous reset, and a
  streaming network.
* In the entity: GHDL simulates 32 runs of 200 cycles of every case of the [proofs](proofs.md), and of larger ones with
  other sizes, loaded weights and several sets of weights; the specification judges every output in every cycle. The
  inputs are drawn by one rule from what the specification allows, so that they are the same for every mutant; resets
  come at any time. The check that data are held has no outputs: what it reports is compared. The functions in the
  package of a streaming network are called for every pixel.
* What survives both is given to the proofs of its entity. They refute it, or prove that it is still what the
  specification says: then it is equivalent, with the generics of the proofs.

A change that GHDL cannot analyse is not counted; one that stops the elaboration is found."""


def page(outcomes: Sequence[Outcome]) -> str:
    """The page."""
    real = [each for each in outcomes if each.verdict is not Verdict.STILLBORN]
    lines = [_INTRODUCTION, "", *_totals(real), "", *_by_file(real)]
    for verdict in _LISTED:
        lines += ["", f"## {verdict.value.capitalize()}", "", *_listed(real, verdict)]
    known = [f"* {name}: {value}" for name, value in facts().items() if name in (*TOOLS, "bxnn")]
    lines += ["", "## Versions", "", *known]
    return "\n".join(lines) + "\n"


def _totals(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A row for every kind of change, then all of them."""
    yield f"| change | mutants | {' | '.join(each.value for each in _COUNTED)} |"
    yield f"|---|{'---|' * (len(_COUNTED) + 1)}"
    for kind in sorted({each.kind for each in outcomes}):
        yield _row(kind, [each for each in outcomes if each.kind == kind])
    yield _row("all", outcomes)


def _by_file(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A row for every file of the library, then one for all generated files."""
    yield "## By file"
    yield ""
    yield f"| file | mutants | {' | '.join(each.value for each in _COUNTED)} |"
    yield f"|---|{'---|' * (len(_COUNTED) + 1)}"
    library = sorted({each.file for each in outcomes if each.file.startswith("lib/")})
    for file in library:
        yield _row(f"`{file.removeprefix('lib/')}`", [each for each in outcomes if each.file == file])
    yield _row("generated files", [each for each in outcomes if not each.file.startswith("lib/")])


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    counts = Counter(each.verdict for each in outcomes)
    return f"| {name} | {len(outcomes)} | {' | '.join(str(counts[each]) for each in _COUNTED)} |"


def _listed(outcomes: Sequence[Outcome], verdict: Verdict) -> Iterator[str]:
    found = [each for each in outcomes if each.verdict is verdict]
    if not found:
        yield "None."
    for each in found:
        yield f"* `{each.mutant}`"
