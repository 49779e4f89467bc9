"""channel_threshold: a staircase of every lane, rising and falling, at once or with a register for every comparison."""

import random
from pathlib import Path

from tests.vhdl.events import event_starts, pack, pulses
from tests.vhdl.harness import Bits, Instance, Integers, expect_failure, play, seed_for

# lanes' rows, in_bits, in_signed, out_bits, thresholds of every row, bases, steps
SHAPES = (
    ((0, 1, 0), 5, 1, 4, ((-9, 0, 9), (-17, 3, 16)), (-1, 2), (1, -1)),
    ((0,), 4, 0, 2, ((1,),), (1,), (-1,)),
    ((1, 0), 6, 0, 3, ((5, 60), (0, 64)), (0, 3), (2, -2)),
)
Shape = tuple[tuple[int, ...], int, int, int, tuple[tuple[int, ...], ...], tuple[int, ...], tuple[int, ...]]


def thresholds(shape: Shape, registered: bool = False) -> Instance:
    rows, in_bits, in_signed, out_bits, steps, base, step = shape
    codes = [code for row in steps for code in row]
    generics = {
        "LANES": len(rows),
        "IN_BITS": in_bits,
        "IN_SIGNED": in_signed,
        "OUT_BITS": out_bits,
        "ROWS": len(steps),
        "ROW_OF": Integers(rows),
        "STEPS": len(steps[0]),
        "THRESHOLDS": Bits(pack(codes, in_bits + 2), len(codes) * (in_bits + 2)),
        "BASE": Integers(base),
        "STEP": Integers(step),
    }
    if registered:
        generics |= {"REGISTERED": 1, "MAX_FANOUT": 2 * out_bits}
    ports = {"enable": None, "x": len(rows) * in_bits}
    name = f"stairs{in_bits}{'_registered' * registered}"
    return Instance(name, "bxnn_channel_threshold", generics, ports, {"y": len(rows) * out_bits})


def result(shape: Shape, values: list[int]) -> int:
    """The outputs of all lanes for their codes."""
    rows, _, _, out_bits, steps, base, step = shape
    shown = [base[r] + step[r] * sum(x >= t for t in steps[r]) for r, x in zip(rows, values, strict=True)]
    return pack(shown, out_bits)


def test_channel_threshold(tmp_path: Path) -> None:
    rng, cycles = random.Random(seed_for("channel_threshold")), 120
    cases = [(thresholds(shape, registered), shape, registered) for shape in SHAPES for registered in (False, True)]
    instances = [instance for instance, *_ in cases]
    stimulus: dict[str, list[int]] = {}
    expected: list[dict[int, int]] = []
    for instance, shape, registered in cases:
        rows, in_bits, in_signed = shape[:3]
        low = -(1 << (in_bits - 1)) if in_signed else 0
        values = [[low + (cycle + 3 * lane) % (1 << in_bits) for lane in range(len(rows))] for cycle in range(cycles)]
        enable = [1] * 70 + pulses(event_starts(rng, 20, 1), cycles)[70:]
        stimulus[instance.port("x")] = [pack(row, in_bits) for row in values]
        stimulus[instance.port("enable")] = enable
        shown: dict[int, int] = {}
        for cycle, (row, loads) in enumerate(zip(values, enable, strict=True)):
            at = cycle + 1 + registered
            shown[at] = result(shape, row) if loads else shown.get(at - 1, 0)
        expected.append(shown)
    recording = play(tmp_path, instances, stimulus, cycles)
    for instance, shown in zip(instances, expected, strict=True):
        recording.check(instance, "y", shown)
        expect_failure(recording, instance, "y", {cycle + 1: value for cycle, value in shown.items()})
