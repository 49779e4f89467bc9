"""dot_output_serial: every sum, bit for bit and cycle for cycle, for many shapes of the table."""

import random
from dataclasses import dataclass
from itertools import product

import pytest

from tests.vhdl.events import event_starts, pack, parallel_words, pulses, random_code
from tests.vhdl.harness import Bits, Instance, Integers, Recording, expect_failure, play, seed_for

EVENTS = 12


@dataclass(frozen=True)
class Shape:
    """Sizes of one instance, named as the generics."""

    inputs: int
    in_bits: int
    in_signed: int
    output_lanes: int
    phases: int
    initiation_interval: int
    cascade: int
    segments: int
    weight_bits: int
    accum_bits: int
    # none, leading (short cascades), columns (empty ones too), lane (lane 0 has no DSP)
    holes: str = "leading"
    switched: bool = False  # another operand in every phase

    @property
    def operand_phases(self) -> int:
        return self.phases if self.switched else 1

    @property
    def columns(self) -> int:
        return self.output_lanes * self.segments

    @property
    def latency(self) -> int:
        return self.cascade + 2 + (self.segments - 1).bit_length()


SHAPES = {
    "one": Shape(1, 8, 1, 1, 1, 1, 1, 1, 8, 20, "none"),
    "systolic": Shape(7, 6, 0, 3, 1, 1, 5, 2, 6, 16),
    "square": Shape(8, 8, 1, 2, 4, 4, 4, 2, 8, 24, "none"),
    "long": Shape(10, 5, 0, 2, 3, 3, 11, 1, 7, 20),
    "spare_cycles": Shape(9, 8, 0, 2, 5, 8, 4, 3, 8, 24, "columns"),
    "no_dsp_lane": Shape(6, 7, 1, 3, 2, 3, 7, 2, 5, 18, "lane"),
    "wide_codes": Shape(5, 18, 1, 1, 3, 4, 6, 1, 17, 44),
    "wrapping": Shape(6, 8, 1, 2, 4, 5, 6, 1, 8, 12),
    "narrow": Shape(12, 1, 0, 2, 8, 8, 6, 2, 2, 8),
    "switched": Shape(9, 8, 0, 2, 4, 4, 3, 2, 6, 20, switched=True),
    "switched_long": Shape(11, 5, 1, 2, 3, 3, 8, 2, 7, 20, "columns", switched=True),
    "switched_spare": Shape(7, 6, 1, 1, 5, 7, 9, 1, 6, 20, "none", switched=True),
}


@dataclass(frozen=True)
class Table:
    """Random contents of one instance: operands[column][k][q], weights[k][p][column], bias[p][lane]."""

    operands: list[list[list[int]]]
    weights: list[list[list[int]]]
    bias: list[list[int]]


def random_table(rng: random.Random, shape: Shape) -> Table:
    operands = []
    for column in range(shape.columns):
        start = 0 if shape.holes == "none" or column == 0 else rng.randint(0, shape.cascade - 1)
        if shape.holes == "columns" and column % 3 == 1:
            start = shape.cascade
        if shape.holes == "lane" and column < shape.segments:
            start = shape.cascade
        operands.append([random_operands(rng, shape, there=k >= start) for k in range(shape.cascade)])
    weights = [
        [[random_code(rng, shape.weight_bits, 1) for _ in range(shape.columns)] for _ in range(shape.phases)]
        for _ in range(shape.cascade)
    ]
    bias = [[random_code(rng, shape.accum_bits - 2, 1) for _ in range(shape.output_lanes)] for _ in range(shape.phases)]
    if shape.switched:  # no element in a phase means no weight
        for column, position, phase in product(range(shape.columns), range(shape.cascade), range(shape.phases)):
            weights[position][phase][column] *= operands[column][position][phase] >= 0
    return Table(operands, weights, bias)


def random_operands(rng: random.Random, shape: Shape, there: bool) -> list[int]:
    """The elements that one DSP reads: one, or one (or none) in every phase."""
    elements = [rng.randrange(shape.inputs) if there else -1 for _ in range(shape.operand_phases)]
    keep = rng.randrange(shape.operand_phases)
    return [e if q == keep or rng.random() < 0.7 else -1 for q, e in enumerate(elements)]


def instance_of(name: str, shape: Shape, table: Table) -> Instance:
    rows = [pack(row, shape.weight_bits) for position in table.weights for row in position]
    row_bits = shape.columns * shape.weight_bits
    bias_bits = shape.output_lanes * shape.accum_bits
    generics = {
        "INPUTS": shape.inputs,
        "IN_BITS": shape.in_bits,
        "IN_SIGNED": shape.in_signed,
        "OUTPUT_LANES": shape.output_lanes,
        "PHASES": shape.phases,
        "INITIATION_INTERVAL": shape.initiation_interval,
        "CASCADE": shape.cascade,
        "SEGMENTS": shape.segments,
        "OPERAND_PHASES": shape.operand_phases,
        "OPERANDS": Integers([e for column in table.operands for position in column for e in position]),
        "WEIGHT_BITS": shape.weight_bits,
        "ACCUM_BITS": shape.accum_bits,
        "WEIGHTS": Bits(pack(rows, row_bits), row_bits * len(rows)),
        "BIAS": Bits(pack([pack(row, shape.accum_bits) for row in table.bias], bias_bits), bias_bits * shape.phases),
    }
    inputs = {"rst": None, "valid": None, "x": shape.inputs * shape.in_bits}
    return Instance(name, "dot_output_serial", generics, inputs, {"sum_valid": None, "sums": bias_bits})


def model(shape: Shape, table: Table, x: list[int], phase: int) -> list[int]:
    """The sums of one phase, one per lane, before wrapping."""
    sums = list(table.bias[phase])
    for column, positions in enumerate(table.operands):
        for k, elements in enumerate(positions):
            element = elements[phase % shape.operand_phases]
            if element >= 0:
                sums[column // shape.segments] += x[element] * table.weights[k][phase][column]
    return sums


@dataclass(frozen=True)
class Run:
    instance: Instance
    shape: Shape
    starts: list[int]
    sums: dict[int, int]  # cycle -> flat word


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, dict[str, Run], int]:
    rng = random.Random(seed_for("dot_output_serial"))
    stimulus: dict[str, list[int]] = {}
    made: dict[str, Run] = {}
    cycles = 400
    for name, shape in SHAPES.items():
        table = random_table(rng, shape)
        instance = instance_of(name, shape, table)
        starts = event_starts(rng, EVENTS, shape.initiation_interval)
        xs = [[random_code(rng, shape.in_bits, shape.in_signed) for _ in range(shape.inputs)] for _ in starts]
        words = [(start, pack(x, shape.in_bits)) for start, x in zip(starts, xs, strict=True)]
        sums = {
            start + shape.latency + p: pack(model(shape, table, x, p), shape.accum_bits)
            for start, x in zip(starts, xs, strict=True)
            for p in range(shape.phases)
        }
        stimulus[instance.port("valid")] = pulses(starts, cycles)
        width = shape.inputs * shape.in_bits
        stimulus[instance.port("x")] = parallel_words(rng, words, cycles, shape.initiation_interval, width)
        made[name] = Run(instance, shape, starts, sums)
        assert max(sums) < cycles
    folder = tmp_path_factory.mktemp("dot_output_serial")
    return play(folder, [run.instance for run in made.values()], stimulus, cycles), made, cycles


@pytest.mark.parametrize("name", SHAPES)
def test_sums_and_latency(runs: tuple[Recording, dict[str, Run], int], name: str) -> None:
    recording, made, cycles = runs
    run = made[name]
    recording.check(run.instance, "sums", run.sums)
    arrivals = [start + run.shape.latency for start in run.starts]
    recording.check(run.instance, "sum_valid", pulses(arrivals, cycles))


@pytest.mark.parametrize("name", SHAPES)
def test_negative_controls(runs: tuple[Recording, dict[str, Run], int], name: str) -> None:
    recording, made, cycles = runs
    run = made[name]
    late = {cycle + 1: word for cycle, word in run.sums.items()}
    flipped = {cycle: word ^ (cycle == max(run.sums)) for cycle, word in run.sums.items()}
    expect_failure(recording, run.instance, "sums", late)
    expect_failure(recording, run.instance, "sums", flipped)
    early = pulses([start + run.shape.latency - 1 for start in run.starts], cycles)
    expect_failure(recording, run.instance, "sum_valid", dict(enumerate(early)))
