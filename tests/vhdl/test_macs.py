"""mac_cascade, also as an accumulator: sums modulo 2**ACCUM_BITS in every cycle, in the narrow and the wide variant."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.vhdl.events import pack, random_code
from tests.vhdl.harness import Instance, Recording, expect_failure, play, seed_for

CYCLES = 200


@dataclass(frozen=True)
class Shape:
    """Sizes of one instance; length 0 is one slice that accumulates."""

    length: int
    operand_bits: int
    weight_bits: int
    accum_bits: int
    multiplier_register: int = 1

    @property
    def slices(self) -> int:
        return max(1, self.length)


SHAPES = {
    "cascade_one": Shape(1, 9, 8, 20),
    "cascade_six": Shape(6, 9, 8, 24),
    "cascade_wrap": Shape(5, 9, 8, 10),
    "cascade_tiny": Shape(3, 2, 2, 6),
    "cascade_limit": Shape(4, 16, 15, 30),
    "cascade_wide": Shape(4, 25, 18, 48),
    "cascade_dsp58": Shape(3, 27, 24, 58),
    "cascade_wide_wrap": Shape(4, 20, 18, 31),
    "accumulator": Shape(0, 9, 8, 24),
    "accumulator_wrap": Shape(0, 9, 8, 10),
    "accumulator_limit": Shape(0, 16, 15, 30),
    "accumulator_wide": Shape(0, 25, 18, 48),
    "accumulator_dsp58": Shape(0, 27, 24, 58),
    "accumulator_wide_wrap": Shape(0, 20, 18, 31),
}
SHAPES |= {f"{name}_unregistered": replace(shape, multiplier_register=0) for name, shape in SHAPES.items()}


@dataclass(frozen=True)
class Drive:
    """What drives an instance, per cycle: operands and weights per position, flags (capture or first)."""

    operands: list[list[int]]
    weights: list[list[int]]
    flags: list[list[int]]
    bias: list[int]


def random_drive(rng: random.Random, shape: Shape) -> Drive:
    positions = range(shape.slices)
    often = 0.4 if shape.length else 0.15
    return Drive(
        [[random_code(rng, shape.operand_bits, 1) for _ in positions] for _ in range(CYCLES)],
        [[random_code(rng, shape.weight_bits, 1) for _ in positions] for _ in range(CYCLES)],
        [[int(rng.random() < often) for _ in positions] for _ in range(CYCLES)],
        [random_code(rng, shape.accum_bits, 1) for _ in range(CYCLES)],
    )


def instance_of(name: str, shape: Shape) -> Instance:
    generics = {
        "OPERAND_BITS": shape.operand_bits,
        "WEIGHT_BITS": shape.weight_bits,
        "ACCUM_BITS": shape.accum_bits,
        "MULTIPLIER_REGISTER": shape.multiplier_register,
    }
    ports = {
        "first": None,
        "capture": shape.slices,
        "operands": shape.slices * shape.operand_bits,
        "weights": shape.slices * shape.weight_bits,
        "bias": shape.accum_bits,
    }
    return Instance(name, "bxnn_mac_cascade", {"LENGTH": shape.slices, **generics}, ports, {"sum": shape.accum_bits})


def stimulus_of(instance: Instance, shape: Shape, drive: Drive) -> dict[str, list[int]]:
    operands = [pack(row, shape.operand_bits) for row in drive.operands]
    weights = [pack(row, shape.weight_bits) for row in drive.weights]
    flags = [pack(row, 1) for row in drive.flags]
    always = [1] * CYCLES
    first, capture = (always, flags) if shape.length else (flags, always)
    columns = {"first": first, "capture": capture, "operands": operands, "weights": weights}
    columns["bias"] = [pack([b], shape.accum_bits) for b in drive.bias]
    return {instance.port(port): values for port, values in columns.items()}


def cascade_model(shape: Shape, drive: Drive, bias_late: int = 0) -> dict[int, int]:
    """Sums by cycle t + LENGTH + 1 + M: position k adds operand and weight of cycle t + k, bias is of t + M."""
    sums = {}
    for t in range(30, CYCLES - shape.length - 2):
        total = drive.bias[t + shape.multiplier_register + bias_late]
        for k in range(shape.length):
            captured = max((c for c in range(t + k + 1) if drive.flags[c][k]), default=None)
            operand = 0 if captured is None else drive.operands[captured][k]
            total += operand * drive.weights[t + k][k]
        sums[t + shape.length + 1 + shape.multiplier_register] = total
    return sums


def accumulator_model(shape: Shape, drive: Drive, product_late: int = 0) -> dict[int, int]:
    """acc after an edge = (C if first else acc) + product of 1 + M cycles earlier; known from a `first` on."""
    sums, acc, known = {}, 0, False
    for t in range(2, CYCLES - 1):
        (first,) = drive.flags[t]
        known = known or bool(first)
        base = drive.bias[t - 1] if first else acc
        then = t - 1 - shape.multiplier_register + product_late
        acc = base + drive.operands[then][0] * drive.weights[then][0]
        if known:
            sums[t + 1] = acc
    return sums


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, dict[str, Drive]]:
    rng = random.Random(seed_for("macs"))
    drives = {name: random_drive(rng, shape) for name, shape in SHAPES.items()}
    stimulus: dict[str, list[int]] = {}
    for name, shape in SHAPES.items():
        stimulus |= stimulus_of(instance_of(name, shape), shape, drives[name])
    folder: Path = tmp_path_factory.mktemp("macs")
    instances = [instance_of(name, shape) for name, shape in SHAPES.items()]
    return play(folder, instances, stimulus, CYCLES), drives


@pytest.mark.parametrize("name", SHAPES)
def test_sums_and_latency(played: tuple[Recording, dict[str, Drive]], name: str) -> None:
    recording, drives = played
    shape, drive = SHAPES[name], drives[name]
    sums = cascade_model(shape, drive) if shape.length else accumulator_model(shape, drive)
    recording.check(instance_of(name, shape), "sum", sums)


@pytest.mark.parametrize("name", SHAPES)
def test_wrong_models_fail(played: tuple[Recording, dict[str, Drive]], name: str) -> None:
    recording, drives = played
    shape, drive = SHAPES[name], drives[name]
    wrong = cascade_model(shape, drive, 1) if shape.length else accumulator_model(shape, drive, 1)
    expect_failure(recording, instance_of(name, shape), "sum", wrong)
