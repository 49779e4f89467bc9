"""Adds the biases to the outputs of an adder graph where they cost least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bxnn.compiler.numeric.integers import code_bits, signed_bits, trailing_zeros
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term


@dataclass(frozen=True)
class _Place:
    """A place to add a constant: ``code`` is added to ``term`` below the sums of ``path``, outermost first.

    For each sum on the way, ``path`` holds its value and whether the way continues through its right operand.
    """

    path: tuple[tuple[int, bool], ...]
    term: Term
    code: int


def biased(builder: AdderBuilder, outputs: Sequence[Term | None], bias: Sequence[int]) -> list[Term | None]:
    """The outputs with their biases, none of them negative.

    A bias may enter at any operand of a sum that only its output reads: a narrow operand early in the graph gives
    a short adder, and one off the longest path adds no depth.
    """
    uses = _uses(builder, outputs)
    deepest = max([builder.depth(term.value) for term in outputs if term is not None], default=0)
    results: list[Term | None] = []
    for term, code in zip(outputs, bias, strict=True):
        if code == 0 or term is None:
            results.append(builder.constant(code) if code else term)
        else:
            places = _places(builder, uses, term, code)
            best = min(places, key=lambda place: _cost(builder, place, deepest))
            results.append(_entered(builder, term, best))
    return [None if term is None else builder.positive(term) for term in results]


def _uses(builder: AdderBuilder, outputs: Sequence[Term | None]) -> Counter[int]:
    """How often each value is read."""
    uses: Counter[int] = Counter()
    stack = [term.value for term in outputs if term is not None]
    uses.update(stack)
    seen: set[int] = set()
    while stack:
        value = stack.pop()
        row = builder.row(value)
        if row is not None and value not in seen:
            seen.add(value)
            uses.update((row[0], row[2]))
            stack += [row[0], row[2]]
    return uses


def _places(builder: AdderBuilder, uses: Counter[int], output: Term, code: int) -> Iterator[_Place]:
    """All places for a constant; the first is after the last adder."""
    yield _Place((), output, code)
    stack = [_Place((), output, code)]
    while stack:
        place = stack.pop()
        term, row = place.term, builder.row(place.term.value)
        if row is None or uses[term.value] > 1:
            continue
        left = Term(row[0], row[1] + term.shift, term.negative)
        right = Term(row[2], row[3] + term.shift, term.negative != bool(row[4]))
        for operand, is_right in ((left, False), (right, True)):
            if code & ((1 << max(operand.shift, 0)) - 1) == 0:
                inner = _Place((*place.path, (term.value, is_right)), operand, code)
                yield inner
                stack.append(inner)


def _cost(builder: AdderBuilder, place: _Place, deepest: int) -> tuple[int, int]:
    """Depth added to that of the deepest output, and bits of the new adder."""
    depth = builder.depth(place.term.value) + 1
    for value, is_right in reversed(place.path):
        row = builder.row(value)
        assert row is not None
        depth = 1 + max(depth, builder.depth(row[0] if is_right else row[2]))
    shift = place.term.shift
    added = place.code >> shift if shift >= 0 else place.code << -shift
    added = -added if place.term.negative else added
    low, high = builder.interval(place.term.value)
    low, high = low + added, high + added
    # The wider side of zero ranks the places; only the negative one counts a sign.
    width = max(code_bits(0, max(high, 0)), signed_bits(low, 0) if low < 0 else 0)
    return max(depth - deepest, 0), width - trailing_zeros(added)


def _entered(builder: AdderBuilder, output: Term, place: _Place) -> Term | None:
    """The output with the constant added at a place; sums on the way are rebuilt."""
    if not place.path:
        return builder.add(output, builder.constant(place.code))
    (value, is_right), *rest = place.path
    row = builder.row(value)
    assert row is not None and value == output.value
    left = Term(row[0], row[1] + output.shift, output.negative)
    right = Term(row[2], row[3] + output.shift, output.negative != bool(row[4]))
    inner = _Place(tuple(rest), place.term, place.code)
    if is_right:
        return builder.add(left, _entered(builder, right, inner))
    return builder.add(_entered(builder, left, inner), right)
