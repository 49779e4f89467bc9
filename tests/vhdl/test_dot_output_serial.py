"""dot_output_serial: every sum, bit for bit and cycle for cycle, for many shapes of the table."""

import random
from dataclasses import dataclass, replace
from itertools import product

import pytest

from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.numeric.integers import ceil_div
from tests.vhdl.events import event_starts, pack, parallel_words, pulses, random_code
from tests.vhdl.harness import Bits, Instance, Integers, Recording, play, seed_for
from tests.vhdl.places import drawn, stages
from tests.vhdl.sums import Run, check_sums, expect_failures, generics_of

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
    switched: bool = False  # a new operand in each phase
    products: int = 1
    shares_weight: bool = False
    lane_bits: int = 0  # 0: accum_bits
    pipelining: Pipelining = EVERY_REGISTER
    columns_per_copy: int = 0  # 0: all columns share their control
    max_fanout: int = 0

    @property
    def operand_phases(self) -> int:
        return self.phases if self.switched else 1

    @property
    def groups(self) -> int:
        return ceil_div(self.output_lanes, self.products)

    @property
    def columns(self) -> int:
        return self.groups * self.segments

    @property
    def taken(self) -> int:
        """Elements that a DSP multiplies at a time."""
        return self.products if self.shares_weight else 1

    @property
    def lane(self) -> int:
        return self.lane_bits or self.accum_bits

    @property
    def word_bits(self) -> int:
        """Width of a weight at the multiplier, one bit more than packed weights usually need."""
        return (
            self.weight_bits if self.products == self.taken else (self.products - 1) * self.lane + self.weight_bits + 1
        )

    @property
    def latency(self) -> int:
        return self.cascade + 1 + self.pipelining.multiplier_register + stages(self.segments, self.pipelining)


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
    "copies": Shape(12, 8, 0, 3, 3, 4, 6, 2, 6, 20, columns_per_copy=4, max_fanout=20),
    "a_copy_each": Shape(7, 5, 1, 2, 4, 4, 9, 2, 5, 18, "columns", columns_per_copy=1, max_fanout=5),
    "copies_of_one_phase": Shape(7, 6, 0, 3, 1, 1, 5, 2, 6, 16, columns_per_copy=2, max_fanout=6),
    "copies_switched": Shape(9, 8, 0, 3, 4, 5, 3, 2, 6, 20, switched=True, columns_per_copy=2),
    "switched": Shape(9, 8, 0, 2, 4, 4, 3, 2, 6, 20, switched=True),
    "switched_long": Shape(11, 5, 1, 2, 3, 3, 8, 2, 7, 20, "columns", switched=True),
    "switched_spare": Shape(7, 6, 1, 1, 5, 7, 9, 1, 6, 20, "none", switched=True),
    "two_weights": Shape(9, 8, 0, 5, 4, 4, 3, 2, 8, 22, products=2, lane_bits=18),
    "three_weights": Shape(8, 4, 1, 6, 3, 4, 1, 4, 3, 14, "none", products=3, lane_bits=8),
    "four_weights_one": Shape(3, 4, 1, 4, 2, 2, 1, 1, 3, 12, "none", products=4, lane_bits=7),
    "two_weights_switched": Shape(9, 6, 1, 4, 4, 4, 5, 2, 6, 20, "columns", switched=True, products=2, lane_bits=16),
    "two_pixels": Shape(9, 8, 1, 5, 3, 4, 3, 2, 6, 20, products=2, shares_weight=True, lane_bits=17),
    "two_pixels_long": Shape(9, 8, 0, 2, 3, 3, 7, 1, 6, 20, "none", products=2, shares_weight=True, lane_bits=18),
    "three_pixels_switched": Shape(
        11, 4, 1, 3, 4, 5, 4, 2, 3, 16, switched=True, products=3, shares_weight=True, lane_bits=10
    ),
}
SHAPES |= {f"{name}_{n}": replace(SHAPES[name], pipelining=place) for n, (name, place) in enumerate(drawn(SHAPES))}


@dataclass(frozen=True)
class Table:
    """Random contents of one instance.

    operands[column][k][q * taken + j], weights[k][p][column][lane of the DSP], bias[p][lane] enters the first cascade.
    """

    operands: list[list[list[int]]]
    weights: list[list[list[list[int]]]]
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
        [[random_weights(rng, shape) for _ in range(shape.columns)] for _ in range(shape.phases)]
        for _ in range(shape.cascade)
    ]
    bits = min(shape.accum_bits - 2, shape.lane - 4) if shape.products > 1 else shape.accum_bits - 2
    bias = [[random_code(rng, bits, 1) for _ in range(shape.output_lanes)] for _ in range(shape.phases)]
    for column, position, phase in product(range(shape.columns), range(shape.cascade), range(shape.phases)):
        there = [operands[column][position][phase % shape.operand_phases * shape.taken] >= 0] * shape.products
        lanes = [
            column // shape.segments * shape.products + lane < shape.output_lanes for lane in range(shape.products)
        ]
        if shape.products == shape.taken:
            lanes = there
        found = weights[position][phase][column]
        if shape.switched or shape.products > 1:  # no element in a phase, no output: no weight
            weights[position][phase][column] = [w * t * u for w, t, u in zip(found, there, lanes, strict=True)]
    return Table(operands, weights, bias)


def random_weights(rng: random.Random, shape: Shape) -> list[int]:
    """The weights of the lanes of one DSP in one phase."""
    if shape.products == shape.taken:
        return [random_code(rng, shape.weight_bits, 1)] * shape.products
    return [random_code(rng, shape.weight_bits, 1) for _ in range(shape.products)]


def random_operands(rng: random.Random, shape: Shape, there: bool) -> list[int]:
    """The elements that one DSP reads: one or several, or that number (or none) in each phase."""
    elements = [
        [rng.randrange(shape.inputs) if there else -1 for _ in range(shape.taken)] for _ in range(shape.operand_phases)
    ]
    keep = rng.randrange(shape.operand_phases)
    idle = [-1] * shape.taken
    return [e for q, chosen in enumerate(elements) for e in (chosen if q == keep or rng.random() < 0.7 else idle)]


def word(shape: Shape, weights: list[int]) -> int:
    """What the DSP multiplies by."""
    if shape.products == shape.taken:
        return weights[0]
    return sum(weight << (lane * shape.lane) for lane, weight in enumerate(weights))


def constants(shape: Shape, table: Table) -> list[list[int]]:
    """The initial values of the sums, [phase][column]: bias and offset of the lanes, minus what signed codes add."""
    rows = []
    for phase in range(shape.phases):
        row = []
        for column in range(shape.columns):
            total = sum(table.weights[k][phase][column][0] for k in range(shape.cascade))
            value = 0
            for lane in range(shape.products):
                place = column // shape.segments * shape.products + lane
                entered = place < shape.output_lanes and column == bias_column(shape, table, column // shape.segments)
                code = table.bias[phase][place] if entered else 0
                if lane < shape.products - 1:
                    code += 1 << (shape.lane - 1)
                    code -= (total << (shape.in_bits - 1)) * (shape.shares_weight and shape.in_signed)
                value += code << (lane * shape.lane)
            row.append(value)
        rows.append(row)
    return rows


def bias_column(shape: Shape, table: Table, group: int) -> int:
    """The first column of a group that has a DSP."""
    columns = range(group * shape.segments, (group + 1) * shape.segments)
    return next((c for c in columns if any(e >= 0 for k in table.operands[c] for e in k)), columns[0])


def instance_of(name: str, shape: Shape, table: Table) -> Instance:
    rows = [
        pack([word(shape, weights) for weights in row], shape.word_bits)
        for position in table.weights
        for row in position
    ]
    row_bits = shape.columns * shape.word_bits
    sum_bits = shape.products * shape.lane
    bias = [pack(row, sum_bits) for row in constants(shape, table)]
    generics = {
        **generics_of(shape),
        "INPUTS": shape.inputs,
        "OUTPUT_LANES": shape.output_lanes,
        "INITIATION_INTERVAL": shape.initiation_interval,
        "CASCADE": shape.cascade,
        "SEGMENTS": shape.segments,
        "OPERAND_PHASES": shape.operand_phases,
        "OPERANDS": Integers([e for column in table.operands for position in column for e in position]),
        "SHARES_WEIGHT": int(shape.shares_weight),
        "COLUMNS_PER_COPY": shape.columns_per_copy,
        "MAX_FANOUT": shape.max_fanout,
        "WEIGHTS": Bits(pack(rows, row_bits), row_bits * len(rows)),
        "BIAS": Bits(pack(bias, sum_bits * shape.columns), sum_bits * shape.columns * shape.phases),
    }
    inputs = {"rst": None, "valid": None, "x": shape.inputs * shape.in_bits}
    return Instance(
        name,
        "bxnn_dot_output_serial",
        generics,
        inputs,
        {"sum_valid": None, "sums": shape.output_lanes * shape.accum_bits},
    )


def model(shape: Shape, table: Table, x: list[int], phase: int) -> list[int]:
    """The sums of one phase, one per lane, before wrapping."""
    sums = list(table.bias[phase])
    for column, positions in enumerate(table.operands):
        for k, elements in enumerate(positions):
            first = phase % shape.operand_phases * shape.taken
            for lane, weight in enumerate(table.weights[k][phase][column]):
                place = column // shape.segments * shape.products + lane
                element = elements[first + lane % shape.taken]
                if element >= 0 and place < shape.output_lanes:
                    sums[place] += x[element] * weight
    return sums


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, dict[str, Run], int]:
    rng = random.Random(seed_for("bxnn_dot_output_serial"))
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
    folder = tmp_path_factory.mktemp("bxnn_dot_output_serial")
    return play(folder, [run.instance for run in made.values()], stimulus, cycles), made, cycles


@pytest.mark.parametrize("name", SHAPES)
def test_sums_and_latency(runs: tuple[Recording, dict[str, Run], int], name: str) -> None:
    recording, made, cycles = runs
    check_sums(recording, made[name], cycles)


@pytest.mark.parametrize("name", SHAPES)
def test_negative_controls(runs: tuple[Recording, dict[str, Run], int], name: str) -> None:
    recording, made, cycles = runs
    expect_failures(recording, made[name], cycles)
