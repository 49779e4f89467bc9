"""adder_tree, argmax and threshold."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from tests.vhdl.events import event_starts, pack, pulses, random_code
from tests.vhdl.harness import Bits, Instance, Integers, Recording, expect_failure, play, seed_for

CYCLES = 150
# inputs, bits, levels between two registers, levels after the last
ADDERS = (
    *((1, 8, 1, 0), (2, 8, 1, 0), (3, 12, 1, 0), (5, 10, 1, 0), (8, 16, 1, 0), (13, 40, 1, 0)),
    *((1, 8, 2, 1), (2, 8, 1, 1), (2, 8, 3, 0), (3, 9, 2, 0), (5, 10, 2, 0), (8, 16, 2, 1), (13, 9, 2, 0)),
    *((13, 9, 3, 1), (17, 8, 2, 1), (9, 7, 9, 0)),
)
# The same of words that need fewer bits, whose nodes are one bit wider on each level.
NARROW = ((2, 8, 1, 0), (2, 8, 1, 1), (5, 10, 2, 0), (13, 9, 2, 1), (8, 16, 3, 0))
# inputs, bits, signed, levels between two registers
PICKERS = (
    *((1, 4, 1, 1), (2, 4, 1, 1), (5, 3, 0, 1), (7, 8, 1, 1), (16, 2, 1, 1), (3, 40, 0, 1)),
    *((2, 4, 1, 2), (5, 3, 0, 2), (7, 8, 1, 3), (16, 2, 1, 3)),
)
# in_bits, in_signed, out_bits, thresholds, base, increment
STAIRS = (
    (6, 1, 2, (0,), -1, 2),
    (6, 1, 2, (-9, 9), -1, 1),
    (5, 0, 4, (1, 5, 17, 31, 32, 40), 3, 2),
    (8, 1, 8, (-129, -128, -20, 40, 127), 255, -1),
    (34, 1, 3, (-(1 << 32), 1 << 32), 0, 1),
)


def adder(inputs: int, bits: int, levels: int = 1, open_levels: int = 0) -> Instance:
    generics = {"INPUTS": inputs, "BITS": bits, "LEVELS_PER_STAGE": levels, "OPEN_LEVELS": open_levels}
    name = f"adder{inputs}_{levels}_{open_levels}"
    return Instance(name, "bxnn_adder_tree", generics, {"x": inputs * bits}, {"y": bits})


def narrow_adder(inputs: int, bits: int, levels: int, open_levels: int) -> Instance:
    depth = ceil_log2(inputs)
    nodes = [bits - (node + 1).bit_length() + 1 for node in range((1 << depth) - 1)]
    whole = adder(inputs, bits, levels, open_levels)
    return replace(whole, name=f"narrow_{whole.name}", generics={**whole.generics, "NODE_BITS": Integers(nodes)})


def registers(inputs: int, levels: int, open_levels: int = 0) -> int:
    """Registers on the path through a tree, counted level by level."""
    words, level, found = inputs, 0, 0
    while words > 1 + open_levels:  # an open last level makes one word of two
        words, level = ceil_div(words, 2), level + 1
        found += level % levels == 0 or words <= 1 + open_levels
    return found


def picker(inputs: int, bits: int, signed: int, levels: int = 1) -> Instance:
    index_bits = max(1, ceil_log2(inputs)) + (inputs == 5)
    generics = {"INPUTS": inputs, "BITS": bits, "SIGNED_CODES": signed, "INDEX_BITS": index_bits}
    generics["LEVELS_PER_STAGE"] = levels
    ports = {"rst": None, "valid": None, "x": inputs * bits}
    return Instance(f"picker{inputs}_{levels}", "bxnn_argmax", generics, ports, {"y_valid": None, "y": index_bits})


def stair(index: int) -> Instance:
    in_bits, in_signed, out_bits, steps, base, increment = STAIRS[index]
    generics = {
        "LANES": 2,
        "IN_BITS": in_bits,
        "IN_SIGNED": in_signed,
        "OUT_BITS": out_bits,
        "STEPS": len(steps),
        "THRESHOLDS": Bits(pack(steps, in_bits + 2), len(steps) * (in_bits + 2)),
        "BASE": base,
        "INCREMENT": increment,
    }
    return Instance(
        f"stair{index}", "bxnn_threshold", generics, {"enable": None, "x": 2 * in_bits}, {"y": 2 * out_bits}
    )


class Played:
    """One simulation of all instances; x[name][cycle] are elements, flags[name][cycle] valid or enable."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(seed_for("trees"))
        self.x: dict[str, list[list[int]]] = {}
        self.flags: dict[str, list[int]] = {}
        stimulus: dict[str, list[int]] = {}
        for instance, count, bits, signed, width in self.shapes():
            # Only a few different values, so that argmax sees ties.
            pool = [random_code(rng, bits, signed) for _ in range(4 * count)]
            x = [[rng.choice(pool) for _ in range(count)] for _ in range(CYCLES)]
            self.x[instance.name] = x
            stimulus[instance.port("x")] = [pack(row, width) for row in x]
            flag = {"bxnn_argmax": "valid", "bxnn_threshold": "enable"}.get(instance.entity)
            if flag:
                self.flags[instance.name] = pulses(event_starts(rng, 40, 1), CYCLES)
                stimulus[instance.port(flag)] = self.flags[instance.name]
        instances = [instance for instance, *_ in self.shapes()]
        self.recording: Recording = play(folder, instances, stimulus, CYCLES)

    @staticmethod
    def shapes() -> list[tuple[Instance, int, int, int, int]]:
        """Instance, elements, bits, signed, bits of a word at the port."""
        narrow = [(size, size[1] - ceil_log2(size[0])) for size in NARROW]
        return [
            *((adder(*size), size[0], size[1], 1, size[1]) for size in ADDERS),
            *((narrow_adder(*size), size[0], bits, 1, size[1]) for size, bits in narrow),
            *((picker(*size), *size[:3], size[1]) for size in PICKERS),
            *((stair(i), 2, form[0], form[1], form[0]) for i, form in enumerate(STAIRS)),
        ]

    def held(self, instance: Instance, results: list[int], latency: int) -> dict[int, int]:
        """What a held output shows: the result of cycle c, from c + latency until the next flagged one."""
        shown: dict[int, int] = {}
        for cycle, (flag, result) in enumerate(zip(self.flags[instance.name], results, strict=True)):
            if flag:
                shown[cycle + latency] = result
            elif cycle + latency - 1 in shown:
                shown[cycle + latency] = shown[cycle + latency - 1]
        return shown


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("trees"))


@pytest.mark.parametrize(("inputs", "bits", "levels", "open_levels"), ADDERS)
def test_adder_tree(played: Played, inputs: int, bits: int, levels: int, open_levels: int) -> None:
    instance = adder(inputs, bits, levels, open_levels)
    latency = registers(inputs, levels, open_levels)
    sums = {c + latency: sum(row) for c, row in enumerate(played.x[instance.name])}
    played.recording.check(instance, "y", sums)
    expect_failure(played.recording, instance, "y", {c + 1: value for c, value in sums.items()})
    expect_failure(played.recording, instance, "y", {c: value + (c == 77) for c, value in sums.items()})


@pytest.mark.parametrize(("inputs", "bits", "levels", "open_levels"), NARROW)
def test_adder_tree_of_narrow_nodes(played: Played, inputs: int, bits: int, levels: int, open_levels: int) -> None:
    instance = narrow_adder(inputs, bits, levels, open_levels)
    latency = registers(inputs, levels, open_levels)
    sums = {c + latency: sum(row) for c, row in enumerate(played.x[instance.name])}
    played.recording.check(instance, "y", sums)
    expect_failure(played.recording, instance, "y", {c: value + (c == 77) for c, value in sums.items()})


@pytest.mark.parametrize(("inputs", "bits", "signed", "levels"), PICKERS)
def test_argmax(played: Played, inputs: int, bits: int, signed: int, levels: int) -> None:
    instance = picker(inputs, bits, signed, levels)
    latency = max(1, registers(inputs, levels))
    rows = played.x[instance.name]
    played.recording.check(instance, "y", played.held(instance, [row.index(max(row)) for row in rows], latency))
    valid = dict(enumerate(played.flags[instance.name], start=latency))
    played.recording.check(instance, "y_valid", valid)
    expect_failure(played.recording, instance, "y_valid", {c + 1: v for c, v in valid.items()})
    if inputs > 1:
        last = [inputs - 1 - row[::-1].index(max(row)) for row in rows]
        expect_failure(played.recording, instance, "y", played.held(instance, last, latency))
        unheld = {c + latency: row.index(max(row)) for c, row in enumerate(rows)}
        expect_failure(played.recording, instance, "y", unheld)


@pytest.mark.parametrize("index", range(len(STAIRS)))
def test_threshold(played: Played, index: int) -> None:
    instance = stair(index)
    _, _, out_bits, steps, base, increment = STAIRS[index]

    def words(strict: bool) -> list[int]:
        return [
            pack([base + increment * sum(v > t if strict else v >= t for t in steps) for v in row], out_bits)
            for row in played.x[instance.name]
        ]

    played.recording.check(instance, "y", played.held(instance, words(strict=False), 1))
    expect_failure(played.recording, instance, "y", played.held(instance, words(strict=False), 2))
    off_by_one = [word ^ 1 for word in words(strict=True)]
    expect_failure(played.recording, instance, "y", played.held(instance, off_by_one, 1))
