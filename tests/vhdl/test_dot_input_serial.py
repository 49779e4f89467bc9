"""dot_input_serial: every sum, bit for bit and cycle for cycle, with absent DSPs and outputs without DSPs."""

import random
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest

from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.numeric.integers import ceil_div
from tests.vhdl.events import event_starts, pack, pulses, random_code, serial_words
from tests.vhdl.harness import Bits, Instance, Integers, Recording, play, seed_for
from tests.vhdl.places import drawn, stages
from tests.vhdl.sums import Run, check_sums, expect_failures, generics_of

EVENTS = 12
CYCLES = 400


@dataclass(frozen=True)
class Shape:
    """Sizes of one instance, named as the generics."""

    lanes: int
    in_bits: int
    in_signed: int
    outputs: int
    phases: int
    weight_bits: int
    accum_bits: int
    density: float = 1.0
    products: int = 1
    lane_bits: int = 0  # 0: accum_bits
    pipelining: Pipelining = EVERY_REGISTER
    slices_per_copy: int = 0  # 0: all slices share their control

    @property
    def groups(self) -> int:
        return ceil_div(self.outputs, self.products)

    @property
    def lane(self) -> int:
        return self.lane_bits or self.accum_bits

    @property
    def word_bits(self) -> int:
        """Width of a weight at the multiplier."""
        return self.weight_bits if self.products == 1 else (self.products - 1) * self.lane + self.weight_bits + 1

    @property
    def latency(self) -> int:
        return self.phases + 1 + self.pipelining.multiplier_register + stages(self.lanes, self.pipelining)


SHAPES = {
    "one": Shape(1, 8, 1, 1, 1, 8, 20),
    "single_phase": Shape(5, 6, 0, 3, 1, 6, 16, 0.7),
    "square": Shape(2, 8, 1, 4, 4, 8, 24),
    "sparse": Shape(3, 7, 0, 6, 5, 5, 20, 0.3),
    "seven_phases": Shape(4, 1, 0, 2, 7, 2, 8),
    "wide_codes": Shape(2, 18, 1, 2, 3, 17, 44),
    "wrapping": Shape(3, 8, 1, 2, 6, 8, 12),
    "copies": Shape(3, 7, 0, 5, 5, 5, 20, 0.8, slices_per_copy=4),
    "a_copy_each": Shape(2, 8, 1, 3, 1, 8, 20, slices_per_copy=1),
    "two_products": Shape(3, 8, 0, 5, 4, 8, 22, products=2, lane_bits=19),
    "two_products_sparse": Shape(3, 8, 1, 8, 4, 8, 22, 0.3, products=2, lane_bits=18),
    "three_products": Shape(2, 4, 1, 7, 3, 4, 14, products=3, lane_bits=10),
    "four_products": Shape(4, 3, 1, 4, 2, 3, 12, products=4, lane_bits=7),
}
SHAPES |= {f"{name}_{n}": replace(SHAPES[name], pipelining=place) for n, (name, place) in enumerate(drawn(SHAPES))}


@dataclass(frozen=True)
class Table:
    """Random contents of one instance: present[group][l], weights[p][o][l], bias[o] enters the first lane present."""

    present: list[list[int]]
    weights: list[list[list[int]]]
    bias: list[int]


def random_table(rng: random.Random, shape: Shape) -> Table:
    present = [[int(rng.random() < shape.density) for _ in range(shape.lanes)] for _ in range(shape.groups)]
    if shape.density < 1:
        present[-1] = [0] * shape.lanes
    weights = [
        [
            [random_code(rng, shape.weight_bits, 1) * there for there in present[output // shape.products]]
            for output in range(shape.outputs)
        ]
        for _ in range(shape.phases)
    ]
    bits = min(shape.accum_bits - 2, shape.lane - 4) if shape.products > 1 else shape.accum_bits - 2
    return Table(present, weights, [random_code(rng, bits, 1) for _ in range(shape.outputs)])


def constants(shape: Shape, table: Table) -> list[int]:
    """The initial values of the sums, slice after slice: the bias and the offset of the lanes."""
    words = []
    for group, lane in product(range(shape.groups), range(shape.lanes)):
        first = next((k for k in range(shape.lanes) if table.present[group][k]), 0)
        outputs = range(group * shape.products, (group + 1) * shape.products)
        codes = [table.bias[o] if o < shape.outputs and lane == first else 0 for o in outputs]
        offsets = [1 << (shape.lane - 1)] * (shape.products - 1) + [0]
        words.append(sum((c + o) << (i * shape.lane) for i, (c, o) in enumerate(zip(codes, offsets, strict=True))))
    return words


def words(shape: Shape, weights: list[list[int]]) -> list[int]:
    """What the DSPs multiply by in one phase, slice after slice, from weights[o][l]."""
    rows = weights + [[0] * shape.lanes] * (shape.groups * shape.products - shape.outputs)
    return [
        sum(rows[group * shape.products + i][lane] << (i * shape.lane) for i in range(shape.products))
        for group, lane in product(range(shape.groups), range(shape.lanes))
    ]


def instance_of(name: str, shape: Shape, table: Table) -> Instance:
    row_bits = shape.groups * shape.lanes * shape.word_bits
    rows = [pack(words(shape, phase), shape.word_bits) for phase in table.weights]
    sum_bits = shape.products * shape.lane
    generics = {
        **generics_of(shape),
        "LANES": shape.lanes,
        "OUTPUTS": shape.outputs,
        "SLICES_PER_COPY": shape.slices_per_copy,
        "PRESENT": Integers([there for row in table.present for there in row]),
        "WEIGHTS": Bits(pack(rows, row_bits), row_bits * shape.phases),
        "BIAS": Bits(pack(constants(shape, table), sum_bits), sum_bits * shape.groups * shape.lanes),
    }
    inputs = {"rst": None, "valid": None, "x": shape.lanes * shape.in_bits}
    return Instance(
        name, "bxnn_dot_input_serial", generics, inputs, {"sum_valid": None, "sums": shape.outputs * shape.accum_bits}
    )


def model(table: Table, x: list[list[int]]) -> list[int]:
    """The sums of an event x[phase][lane], one per output, before wrapping."""
    return [
        bias
        + sum(
            value * weight
            for lanes, phase in zip(x, table.weights, strict=True)
            for value, weight in zip(lanes, phase[o], strict=True)
        )
        for o, bias in enumerate(table.bias)
    ]


def random_run(rng: random.Random, name: str, shape: Shape, stimulus: dict[str, list[int]]) -> Run:
    table = random_table(rng, shape)
    instance = instance_of(name, shape, table)
    starts = event_starts(rng, EVENTS, shape.phases)
    events = [
        [[random_code(rng, shape.in_bits, shape.in_signed) for _ in range(shape.lanes)] for _ in range(shape.phases)]
        for _ in starts
    ]
    words = [
        (start, [pack(lanes, shape.in_bits) for lanes in event]) for start, event in zip(starts, events, strict=True)
    ]
    stimulus[instance.port("valid")] = pulses(starts, CYCLES)
    stimulus[instance.port("x")] = serial_words(rng, words, CYCLES, shape.lanes * shape.in_bits)
    sums = {
        start + shape.latency: pack(model(table, event), shape.accum_bits)
        for start, event in zip(starts, events, strict=True)
    }
    assert max(sums) < CYCLES
    return Run(instance, shape, starts, sums)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, dict[str, Run]]:
    rng = random.Random(seed_for("bxnn_dot_input_serial"))
    stimulus: dict[str, list[int]] = {}
    made = {name: random_run(rng, name, shape, stimulus) for name, shape in SHAPES.items()}
    folder: Path = tmp_path_factory.mktemp("bxnn_dot_input_serial")
    return play(folder, [run.instance for run in made.values()], stimulus, CYCLES), made


@pytest.mark.parametrize("name", SHAPES)
def test_sums_and_latency(runs: tuple[Recording, dict[str, Run]], name: str) -> None:
    recording, made = runs
    check_sums(recording, made[name], CYCLES)


@pytest.mark.parametrize("name", SHAPES)
def test_negative_controls(runs: tuple[Recording, dict[str, Run]], name: str) -> None:
    recording, made = runs
    expect_failures(recording, made[name], CYCLES)
