"""max_tree, rewire and align: function, cost and refused generics."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.sim.synthesis import synthesize
from tests.vhdl.events import event_starts, pack, pulses, random_code
from tests.vhdl.harness import SOURCES, TOP, Instance, Integers, Recording, expect_failure, play, seed_for, write_top
from tests.vhdl.test_cost import Cost, costs_of

CYCLES = 120


@dataclass(frozen=True)
class Pool:
    """A max_tree: its windows as element numbers, without the missing ones."""

    name: str
    inputs: int
    bits: int
    signed: int
    windows: tuple[tuple[int, ...], ...]
    levels: int = 1

    @property
    def taps(self) -> int:
        """Taps of the largest window."""
        return max(len(window) for window in self.windows)

    @property
    def latency(self) -> int:
        """The documented equation."""
        return max(1, ceil_div(ceil_log2(self.taps), self.levels))

    def instance(self) -> Instance:
        """The entity."""
        table = [tap for window in self.windows for tap in (*window, *[-1] * (self.taps - len(window)))]
        generics = {
            "INPUTS": self.inputs,
            "OUTPUTS": len(self.windows),
            "WINDOW": self.taps,
            "BITS": self.bits,
            "SIGNED_CODES": self.signed,
            "LEVELS_PER_STAGE": self.levels,
            "TAPS": Integers(table),
        }
        ports = {"rst": None, "valid": None, "x": self.inputs * self.bits}
        return Instance(
            self.name, "bxnn_max_tree", generics, ports, {"y_valid": None, "y": len(self.windows) * self.bits}
        )

    def result(self, row: list[int]) -> int:
        """The flat output word."""
        return pack([max(row[tap] for tap in window) for window in self.windows], self.bits)


POOLS = (
    Pool("one", 1, 5, 1, ((0,),)),
    Pool("stride", 4, 4, 0, ((0,), (2,))),
    Pool("pairs", 5, 6, 1, ((0, 1), (1, 2), (4,))),
    Pool("square", 8, 5, 0, ((0, 1, 4, 5), (2, 3, 6, 7))),
    Pool("edges", 9, 7, 1, ((0, 1, 3, 4), (2, 5), (6, 7), (8,), (0, 1, 2, 3, 4, 5, 6, 7, 8))),
    Pool("global", 13, 34, 1, (tuple(range(13)),)),
    Pool("global_two", 13, 34, 1, (tuple(range(13)),), 2),
    Pool("edges_three", 9, 7, 1, ((0, 1, 3, 4), (2, 5), (6, 7), (8,), (0, 1, 2, 3, 4, 5, 6, 7, 8)), 3),
)
WIRES = {"mixed": (4, 3, (2, -1, 0, 0, -1, 3, 1)), "single": (2, 5, (1,))}  # inputs, bits, elements
GRIDS = {  # lanes, in_bits, in_signed, shift, out_bits
    "finer": (3, 4, 1, 2, 7),
    "unsigned": (2, 5, 0, 0, 7),
    "narrower": (2, 6, 1, 1, 4),
    "same": (1, 3, 0, 0, 3),
}


def wires(name: str) -> Instance:
    inputs, bits, elements = WIRES[name]
    generics = {"INPUTS": inputs, "OUTPUTS": len(elements), "BITS": bits, "ELEMENTS": Integers(elements)}
    return Instance(name, "bxnn_rewire", generics, {"x": inputs * bits}, {"y": len(elements) * bits}, clocked=False)


def grid(name: str) -> Instance:
    lanes, in_bits, in_signed, shift, out_bits = GRIDS[name]
    generics = {"LANES": lanes, "IN_BITS": in_bits, "IN_SIGNED": in_signed, "SHIFT": shift, "OUT_BITS": out_bits}
    return Instance(name, "bxnn_align", generics, {"x": lanes * in_bits}, {"y": lanes * out_bits}, clocked=False)


class Played:
    """One simulation of all instances."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(seed_for("pools"))
        self.rows: dict[str, list[list[int]]] = {}
        stimulus: dict[str, list[int]] = {}
        shapes = [
            *((pool.instance(), pool.inputs, pool.bits, pool.signed) for pool in POOLS),
            *((wires(name), WIRES[name][0], WIRES[name][1], 0) for name in WIRES),
            *((grid(name), *GRIDS[name][:3]) for name in GRIDS),
        ]
        for instance, count, bits, signed in shapes:
            rows = [[random_code(rng, bits, signed) for _ in range(count)] for _ in range(CYCLES)]
            self.rows[instance.name] = rows
            stimulus[instance.port("x")] = [pack(row, bits) for row in rows]
        self.valid = pulses(event_starts(rng, 40, 1), CYCLES)
        stimulus |= {pool.instance().port("valid"): self.valid for pool in POOLS}
        instances = [instance for instance, *_ in shapes]
        self.recording: Recording = play(folder, instances, stimulus, CYCLES)

    def held(self, pool: Pool) -> dict[int, int]:
        """The result of an event, from its latency until that of the next one."""
        shown: dict[int, int] = {}
        for cycle, (flag, row) in enumerate(zip(self.valid, self.rows[pool.name], strict=True), start=pool.latency):
            if flag:
                shown[cycle] = pool.result(row)
            elif cycle - 1 in shown:
                shown[cycle] = shown[cycle - 1]
        return shown


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("pools"))


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: str(pool.name))
def test_max_tree(played: Played, pool: Pool) -> None:
    instance, expected = pool.instance(), played.held(pool)
    played.recording.check(instance, "y", expected)
    valid = dict(enumerate(played.valid, start=pool.latency))
    played.recording.check(instance, "y_valid", valid)
    expect_failure(played.recording, instance, "y_valid", {c + 1: v for c, v in valid.items()})
    expect_failure(played.recording, instance, "y", {c + 1: v for c, v in expected.items()})
    expect_failure(played.recording, instance, "y", {c: v ^ (c == max(expected) - 9) for c, v in expected.items()})
    rows = enumerate(played.rows[pool.name], start=pool.latency)
    expect_failure(played.recording, instance, "y", {c: pool.result(row) for c, row in rows})  # not held


@pytest.mark.parametrize("name", WIRES)
def test_rewire(played: Played, name: str) -> None:
    _, bits, elements = WIRES[name]
    words = [pack([row[e] if e >= 0 else 0 for e in elements], bits) for row in played.rows[name]]
    played.recording.check(wires(name), "y", words)
    expect_failure(played.recording, wires(name), "y", dict(enumerate(words[1:])))


@pytest.mark.parametrize("name", GRIDS)
def test_align(played: Played, name: str) -> None:
    shift, out_bits = GRIDS[name][3:]
    words = [pack([code << shift for code in row], out_bits) for row in played.rows[name]]
    played.recording.check(grid(name), "y", words)
    expect_failure(played.recording, grid(name), "y", {c: word ^ 1 for c, word in enumerate(words)})


def test_costs(tmp_path: Path) -> None:
    """Exact, since the tools are pinned: square has two trees of 3 nodes of 5 bits and a valid line; wires are free."""
    instances = {pool.name: pool.instance() for pool in POOLS if pool.name in ("square", "edges")}
    found = costs_of(tmp_path, instances | {"mixed": wires("mixed"), "finer": grid("finer")})
    assert found == COSTS


COSTS = {
    "square": Cost(0, 49, 32),
    "edges": Cost(0, 147, 123),
    "mixed": Cost(0, 0, 0),
    "finer": Cost(0, 0, 0),
}


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        (Pool("short", 3, 2, 0, ((0, 1), (2,))), "max_tree: TAPS has 3 entries, OUTPUTS * WINDOW is 4"),
        (Pool("empty", 3, 2, 0, ((0, 1), ())), "max_tree: TAPS has an empty window, a tap after -1, or an element"),
        (Pool("beyond", 2, 2, 0, ((0, 2),)), "or an element beyond INPUTS = 2"),
    ],
    ids=lambda value: str(getattr(value, "name", "")),
)
def test_wrong_tables_stop_elaboration(instance: Pool, message: str, tmp_path: Path) -> None:
    built = instance.instance()
    if instance.name == "short":
        built = Instance(
            "short", "bxnn_max_tree", {**built.generics, "TAPS": Integers([0, 1, 2])}, built.inputs, built.outputs
        )
    top = write_top(tmp_path / "top.vhd", [built])
    with pytest.raises(VerificationError) as caught:
        synthesize([*SOURCES, top], TOP, tmp_path / "synthesis")
    assert message in str(caught.value)
