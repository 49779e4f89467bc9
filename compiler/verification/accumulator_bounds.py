"""What every accumulator of a layer's VHDL can hold, computed from its constants and the ranges of its inputs.

The inputs of a layer vary independently, so the sum of the extremes of the products is reached: the intervals are exact
for linear maps whose inputs take all codes between their lowest and their highest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.verification.vhdl_constants import Instance, element

Interval = tuple[int, int]
ZERO: Interval = (0, 0)


@dataclass(frozen=True)
class Accumulator:
    """A register or wire with a sum.

    Attributes:
        name: Where it is in the instance.
        low: Least value, partial sums included.
        high: Greatest value, likewise.
        bits: Bits that the VHDL gives it.
        signed: Whether it is two's complement.
    """

    name: str
    low: int
    high: int
    bits: int
    signed: bool = True

    @property
    def fits(self) -> bool:
        """Whether its bits hold all of it."""
        least = -(1 << self.bits - 1) if self.signed else 0
        return least <= self.low and self.high < least + (1 << self.bits)


def accumulators(instance: Instance, ranges: Sequence[Interval]) -> Iterator[Accumulator]:
    """All accumulators of an instance of a binding.

    Args:
        instance: The instance.
        ranges: Lowest and highest code of every element of its input.
    """
    read = _READERS[instance.entity]
    yield from read(instance, ranges)


def _input_serial(instance: Instance, ranges: Sequence[Interval]) -> Iterator[Accumulator]:
    """A slice accumulates one lane, phase after phase, or those of a cascade, for several outputs at a time."""
    lanes, phases, outputs = (instance.number(name) for name in ("LANES", "PHASES", "OUTPUTS"))
    words, starts, joined = _Words(instance), instance.bits("BIAS"), instance.number("JOINED", 1)
    groups, leaves = ceil_div(outputs, words.products), ceil_div(lanes, joined)
    sums: list[list[Interval]] = [[] for _ in range(outputs)]
    for group in range(groups):
        for leaf in range(leaves):
            added = range(leaf * joined, min((leaf + 1) * joined, lanes))
            places = [(p * lanes + lane, (p * groups + group) * lanes + lane) for p in range(phases) for lane in added]
            weights = [(element_read, words.weights(place)) for element_read, place in places]
            begin = words.start(starts, group * leaves + leaf)
            for i in range(min(words.products, outputs - group * words.products)):
                terms = [(word[i], _at(ranges, element_read)) for element_read, word in weights]
                name = f"output {group * words.products + i}, {'lane' if joined == 1 else 'cascade'} {leaf}"
                found = _accumulated(name, begin[i], terms, words.bits)
                yield found[0]
                sums[group * words.products + i].append(found[1])
    yield from _trees(instance, [(f"output {o}", sums[o]) for o in range(outputs)])


def _output_serial(instance: Instance, ranges: Sequence[Interval]) -> Iterator[Accumulator]:
    """A column adds the products of its slices, in every phase for other outputs."""
    names = ("OUTPUT_LANES", "PHASES", "CASCADE", "SEGMENTS")
    outputs, phases, cascade, segments = (instance.number(name) for name in names)
    words, starts, operands = _Words(instance), instance.bits("BIAS"), instance.integers("OPERANDS")
    shared, switched = instance.number("SHARES_WEIGHT", 0), instance.number("OPERAND_PHASES", 1) > 1
    groups = ceil_div(outputs, words.products)
    taken = words.products if shared else 1
    for phase in range(phases):
        sums: list[list[Interval]] = [[] for _ in range(outputs)]
        for column in range(groups * segments):
            begin = words.start(starts, phase * groups * segments + column)
            for i in range(min(words.products, outputs - column // segments * words.products)):
                output = column // segments * words.products + i
                terms = []
                for position in range(cascade):
                    slot = column * cascade + position
                    slot = slot * phases + phase if switched else slot
                    weights = words.weights((position * phases + phase) * groups * segments + column, shared > 0)
                    source = operands[slot * taken + (i if shared else 0)]
                    shift = words.half_code(instance) if shared and i < words.products - 1 else 0
                    low, high = ZERO if source < 0 else ranges[source]
                    terms.append((weights[0 if shared else i], (low + shift, high + shift)))
                name = f"output lane {output}, phase {phase}, segment {column % segments}"
                found = _accumulated(name, begin[i], terms, words.bits)
                yield found[0]
                sums[output].append(found[1])
        yield from _trees(instance, [(f"output lane {o}, phase {phase}", sums[o]) for o in range(outputs)])


class _Words:
    """Weights and initial values of packed sums."""

    def __init__(self, instance: Instance) -> None:
        self.products, self.bits = instance.number("PRODUCTS", 1), instance.number("LANE_BITS")
        self._weight_bits, self._digits = instance.number("WEIGHT_BITS"), instance.bits("WEIGHTS")

    def weights(self, index: int, single: bool = False) -> list[int]:
        """The weights of the sums of a word, or the one that they share."""
        word = element(self._digits, index, self._weight_bits)
        return [word] if single else self._parts(word)

    def start(self, digits: str, index: int) -> list[int]:
        """The initial values of the sums of a word, without the half lane that all but the highest have added."""
        word = element(digits, index, self.products * self.bits)
        return self._parts(word - sum(1 << (i + 1) * self.bits - 1 for i in range(self.products - 1)))

    def half_code(self, instance: Instance) -> int:
        """What is added to packed codes that share a weight."""
        return 1 << instance.number("IN_BITS") - 1 if instance.number("IN_SIGNED") else 0

    def _parts(self, word: int) -> list[int]:
        """The signed numbers that add up to a word, ``bits`` bits apart, the lowest first; the last takes the rest."""
        parts = []
        for _ in range(self.products - 1):
            low = (word + (1 << self.bits - 1)) % (1 << self.bits) - (1 << self.bits - 1)
            parts.append(low)
            word = (word - low) >> self.bits
        return [*parts, word]


def _accumulated(
    name: str, start: int, terms: Sequence[tuple[int, Interval]], bits: int
) -> tuple[Accumulator, Interval]:
    """The accumulator of a sum that begins with ``start``, and the interval of the whole sum."""
    low = high = least = greatest = start
    for weight, (smallest, largest) in terms:
        low += min(weight * smallest, weight * largest)
        high += max(weight * smallest, weight * largest)
        least, greatest = min(least, low), max(greatest, high)
    return Accumulator(name, least, greatest, bits), (low, high)


def _trees(instance: Instance, roots: Sequence[tuple[str, list[Interval]]]) -> Iterator[Accumulator]:
    """The nodes of the adder trees, one over the terms of each output, numbered as in a binary heap."""
    accum_bits, widths = instance.number("ACCUM_BITS"), instance.integers("NODE_BITS", (0,))
    for number, (name, terms) in enumerate(roots):
        depth = ceil_log2(len(terms))
        nodes = (1 << depth) - 1
        values = [ZERO] * (nodes + 1) + [*terms, *[ZERO] * (nodes + 1 - len(terms))]
        for node in range(nodes, 0, -1):
            values[node] = (
                values[2 * node][0] + values[2 * node + 1][0],
                values[2 * node][1] + values[2 * node + 1][1],
            )
            bits = accum_bits if len(widths) == 1 else widths[number * nodes + node - 1]
            # A node with one operand, or none, passes it on; its width says nothing.
            if _leaf(2 * node + 1, nodes) < len(terms):
                yield Accumulator(f"{name}, node {node}", *values[node], bits or accum_bits)
        yield Accumulator(f"{name}, sum", *values[1], accum_bits)


def _leaf(node: int, nodes: int) -> int:
    """The lowest leaf below a node of a heap with ``nodes`` inner nodes."""
    while node <= nodes:
        node *= 2
    return node - nodes - 1


def _adder_graph(instance: Instance, ranges: Sequence[Interval]) -> Iterator[Accumulator]:
    """A value is a linear function of the inputs: its interval is exact, however it is shared."""
    inputs, constants, sums = (instance.number(name) for name in ("INPUTS", "USED_CONSTANTS", "SUMS"))
    values, adders = instance.integers("VALUES"), instance.integers("ADDERS")
    zeros, digits, width = instance.integers("IN_ZEROS"), instance.bits("CONSTANTS"), instance.number("CONSTANT_BITS")
    # Coefficients by input, and of the constant 1 at -1; codes of inputs are without the bits that are always zero.
    terms: list[dict[int, int]] = [{i: 1} for i in range(inputs)]
    terms += [{-1: element(digits, c, width) % (1 << width)} for c in range(constants)]
    shifted = [(low >> zero, high >> zero) for (low, high), zero in zip(ranges, zeros, strict=True)]
    for n in range(sums):
        left, left_shift, right, right_shift, subtract = adders[5 * n : 5 * n + 5]
        total = {i: factor << left_shift for i, factor in terms[left].items()}
        for i, factor in terms[right].items():
            total[i] = total.get(i, 0) + (-factor if subtract else factor) * (1 << right_shift)
        terms.append(total)
    for number, factors in enumerate(terms[inputs:], inputs):
        low = high = factors.get(-1, 0)
        for i, factor in factors.items():
            if i >= 0:
                low += min(factor * shifted[i][0], factor * shifted[i][1])
                high += max(factor * shifted[i][0], factor * shifted[i][1])
        bits, signed = values[4 * number : 4 * number + 2]
        yield Accumulator(f"value {number}", low, high, bits, bool(signed))


def _at(ranges: Sequence[Interval], index: int) -> Interval:
    return ranges[index] if index < len(ranges) else ZERO


_READERS: dict[str, Callable[[Instance, Sequence[Interval]], Iterator[Accumulator]]] = {
    "bxnn_dot_input_serial": _input_serial,
    "bxnn_dot_input_joined": _input_serial,
    "bxnn_dot_output_serial": _output_serial,
    "bxnn_adder_graph": _adder_graph,
}


def is_binding(instance: Instance) -> bool:
    """Whether an instance has accumulators whose weights can be read: loaded ones are not in the VHDL."""
    return instance.entity in _READERS and not instance.number("LOADS", 0)


def elements_read(instance: Instance) -> int:
    """How many elements the input of a binding has."""
    if _READERS[instance.entity] is _input_serial:
        return instance.number("LANES") * instance.number("PHASES")
    return instance.number("INPUTS")
