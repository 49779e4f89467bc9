"""Cases of the entities that multiply by constant matrices: the bindings to DSP slices, and the adder graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bxnn.sim.proof.generic_value import Bits, GenericValue, Integers
from bxnn.sim.proof.proof_case import ProofCase


@dataclass(frozen=True)
class Packing:
    """``products`` sums side by side in the word of a slice, ``lane_bits`` apart."""

    products: int
    lane_bits: int

    def weight(self, weights: Sequence[int]) -> int:
        """The packed weight of up to ``products`` sums."""
        return sum(weight << i * self.lane_bits for i, weight in enumerate(weights))

    def start(self, offsets: Sequence[int]) -> int:
        """The word that a sum starts with: half a lane is added to all lanes but the highest."""
        halves = sum(1 << (i + 1) * self.lane_bits - 1 for i in range(self.products - 1))
        return self.weight(offsets) + halves


ALONE = Packing(1, 7)
PAIRS = Packing(2, 6)


def _cascade(label: str, length: int, bits: tuple[int, int, int], register: int) -> ProofCase:
    generics = {"LENGTH": length, "OPERAND_BITS": bits[0], "WEIGHT_BITS": bits[1], "ACCUM_BITS": bits[2]}
    return ProofCase("bxnn_mac_cascade", {**generics, "MULTIPLIER_REGISTER": register}, any_state=True, label=label)


def _joined(label: str, length: int, late: int, register: int) -> ProofCase:
    generics = {"LENGTH": length, "OPERAND_BITS": 3, "WEIGHT_BITS": 3, "ACCUM_BITS": 7, "FIRST_LATE": late}
    return ProofCase("bxnn_joined_macs", {**generics, "MULTIPLIER_REGISTER": register}, any_state=True, label=label)


def input_serial(
    label: str, matrix: Sequence[Sequence[Sequence[int]]], packing: Packing, signed: int, joined: int = 1
) -> ProofCase:
    """A case of the input-serial map, or of that whose lanes are joined in cascades.

    Args:
        label: Its label.
        matrix: Weights by output, lane and phase; the offsets of outputs are 3, 2, ...
        packing: How outputs share slices.
        signed: Whether elements are signed.
        joined: Lanes of a cascade; 1 if every slice accumulates.
    """
    outputs, lanes, phases = len(matrix), len(matrix[0]), len(matrix[0][0])
    groups = [matrix[o : o + packing.products] for o in range(0, outputs, packing.products)]
    offsets = [3 - o for o in range(outputs)]
    weight_bits = 3 if packing.products == 1 else 4 + packing.lane_bits
    rows = [
        packing.weight([output[lane][p] for output in group])
        for p in range(phases)
        for group in groups
        for lane in range(lanes)
    ]
    starts = [
        packing.start(offsets[o : o + packing.products]) if lane == 0 else packing.start(())
        for o in range(0, outputs, packing.products)
        for lane in range(0, lanes, joined)
    ]
    generics: dict[str, GenericValue] = {
        **{"LANES": lanes, "IN_BITS": 2, "IN_SIGNED": signed, "OUTPUTS": outputs, "PHASES": phases},
        **{"PRODUCTS": packing.products, "LANE_BITS": packing.lane_bits, "WEIGHT_BITS": weight_bits, "ACCUM_BITS": 7},
        **({"SLICES_PER_COPY": 1} if joined == 1 else {"JOINED": joined, "COLUMNS_PER_COPY": 1}),
        **{"COUNTER_REGISTERS": 1, "READERS": 1},
        "PRESENT": Integers(
            tuple(int(any(map(any, slice_))) for group in groups for slice_ in zip(*group, strict=True))
        ),
        "WEIGHTS": Bits.packed(rows, weight_bits),
        "BIAS": Bits.packed(starts, packing.products * packing.lane_bits),
    }
    flat = tuple(weight for output in matrix for lane in output for weight in lane)
    assumed: dict[str, GenericValue] = {"MATRIX": Integers(flat), "OFFSET": Integers(tuple(offsets))}
    entity = "bxnn_dot_input_serial" if joined == 1 else "bxnn_dot_input_joined"
    return ProofCase(entity, generics, assumed=assumed, label=label)


@dataclass(frozen=True)
class Columns:
    """An output-serial map of three elements: a lane per output of a phase.

    Attributes:
        matrix: Weights by lane, phase and element.
        operands: Element of every slice, segment after segment; with ``switched``, one for every phase of each.
        cascade: Slices of a column.
        segments: Columns of a sum.
        packing: How lanes share slices.
        shares_weight: Whether lanes share a weight and not an element.
        switched: Whether operands change from phase to phase.
    """

    matrix: Sequence[Sequence[Sequence[int]]]
    operands: Sequence[int]
    cascade: int = 2
    segments: int = 1
    packing: Packing = ALONE
    shares_weight: bool = False
    switched: bool = False

    def case(self, label: str) -> ProofCase:
        """The proof."""
        lanes, phases, elements = len(self.matrix), len(self.matrix[0]), len(self.matrix[0][0])
        offsets = [[1 - g + p for p in range(phases)] for g in range(lanes)]
        packing = self.packing
        weight_bits = 3 if packing.products == 1 or self.shares_weight else 4 + packing.lane_bits
        groups = range(0, lanes, packing.products)
        rows = [
            self._weight(g, s, k, p)
            for k in range(self.cascade)
            for p in range(phases)
            for g in groups
            for s in range(self.segments)
        ]
        starts = [
            packing.start([offsets[g + i][p] - self._shift(i, p) for i in range(packing.products)] if s == 0 else ())
            for p in range(phases)
            for g in groups
            for s in range(self.segments)
        ]
        generics: dict[str, GenericValue] = {
            **{"INPUTS": elements, "IN_BITS": 2, "IN_SIGNED": 1, "OUTPUT_LANES": lanes, "PHASES": phases},
            **{"INITIATION_INTERVAL": phases, "CASCADE": self.cascade, "SEGMENTS": self.segments, "ACCUM_BITS": 7},
            **{"OPERAND_PHASES": phases if self.switched else 1, "OPERANDS": Integers(tuple(self.operands))},
            **{"PRODUCTS": packing.products, "SHARES_WEIGHT": int(self.shares_weight), "LANE_BITS": packing.lane_bits},
            **{"WEIGHT_BITS": weight_bits, "COLUMNS_PER_COPY": 1, "MAX_FANOUT": 3},
            "WEIGHTS": Bits.packed(rows, weight_bits),
            "BIAS": Bits.packed(starts, packing.products * packing.lane_bits),
        }
        flat = tuple(weight for lane in self.matrix for phase in lane for weight in phase)
        offset = tuple(value for row in offsets for value in row)
        assumed: dict[str, GenericValue] = {"MATRIX": Integers(flat), "OFFSET": Integers(offset)}
        return ProofCase("bxnn_dot_output_serial", generics, assumed=assumed, label=label)

    def _shift(self, lane: int, phase: int) -> int:
        """What is in the sum of a packed element: codes below the highest lane have half their range, 2, added."""
        return 2 * sum(self.matrix[lane][phase]) if self.shares_weight and lane < self.packing.products - 1 else 0

    def _weight(self, lane: int, segment: int, position: int, phase: int) -> int:
        """The weight of a slice: that of its element for the first lane, or for all packed ones."""
        group = lane // self.packing.products
        slot = (group * self.segments + segment) * self.cascade + position
        slot = slot * len(self.matrix[0]) + phase if self.switched else slot
        element = self.operands[slot * (self.packing.products if self.shares_weight else 1)]
        if element < 0:
            return 0
        lanes = self.matrix[lane : lane + (1 if self.shares_weight else self.packing.products)]
        return self.packing.weight([each[phase][element] for each in lanes])


# 3 x0 - 4 x1 + 5, -3 x0: values are x0, x1, the constant 5, then x0 + 2 x0, 3 x0 - 4 x1, ... + 5, 0 - 3 x0
_GRAPH = ProofCase(
    "bxnn_adder_graph",
    {
        **{"INPUTS": 2, "IN_BITS": 3, "IN_ZEROS": Integers.of(0, 0), "OUTPUTS": 3, "OUT_BITS": 8, "STAGES": 2},
        **{"CONSTANT_BITS": 3, "CONSTANTS": Bits.packed((5, 0), 3), "USED_CONSTANTS": 2, "SUMS": 4},
        "VALUES": Integers.of(
            *(3, 1, 0, 0, 3, 1, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0),
            *(5, 1, 0, 1, 7, 1, 1, 2, 7, 1, 2, 2, 6, 1, 1, 2),
        ),
        "ADDERS": Integers.of(0, 0, 0, 1, 0, 4, 0, 1, 2, 1, 5, 0, 2, 0, 0, 3, 0, 4, 0, 1),
        "RESULTS": Integers.of(6, 0, 7, 0, -1, 0),
    },
    assumed={"MATRIX": Integers.of(3, -4, -3, 0, 0, 0), "OFFSET": Integers.of(5, 0, 0)},
)

# What the valid of an event starts has copies of it: control, weights read at once and a cycle later, starts of sums.
_WITH_COPIES = tuple(
    replace(case, generics={**case.generics, "VALID_SHARES": Integers(shares)}, label="valids")
    for case, shares in (
        (input_serial("alone", (((1, -2), (3, 1)), ((-4, 2), (0, -1))), ALONE, 1), (2, 3, 0, 0, 0)),
        (input_serial("pairs", (((1, -2), (3, 1), (2, 3)), ((-4, 2), (0, 0), (1, -1))), ALONE, 1, 2), (2, 1, 0, 0, 0)),
        (Columns((((1, -2, 3), (-4, 1, 2)),), (0, 1, -1, 2), segments=2).case("segments"), (2, 1, 2, 0, 1)),
    )
)

MAP_CASES = (
    _cascade("accumulator", 1, (3, 3, 7), 1),
    _cascade("cascade", 2, (2, 3, 6), 0),
    _cascade("wide", 2, (2, 2, 31), 1),
    input_serial("alone", (((1, -2), (3, 1)), ((-4, 2), (0, -1))), ALONE, 1),
    input_serial("packed", (((1, -2),), ((3, 1),), ((-3, 2),)), PAIRS, 0),
    _joined("pair", 2, 0, 1),
    _joined("late", 1, 1, 0),
    _joined("three", 3, 0, 0),
    input_serial("pairs", (((1, -2), (3, 1), (2, 3)), ((-4, 2), (0, 0), (1, -1))), ALONE, 1, joined=2),
    input_serial("threes", (((1, -2), (3, 1), (-1, 2)), ((-4, 2), (0, 0), (3, -2))), ALONE, 1, joined=3),
    input_serial("packed-threes", (((1,), (3,), (2,)), ((-3,), (1,), (2,))), PAIRS, 0, joined=3),
    Columns((((1, -2, 3), (-4, 1, 2)),), (0, 1, -1, 2), segments=2).case("segments"),
    Columns((((1, -2, 0), (-3, 1, 0)), ((2, 3, 0), (1, -1, 0))), (0, 1), packing=PAIRS).case("packed"),
    Columns((((1, -2, 0), (0, 3, 2)),), (0, 1, 1, 2), switched=True).case("switched"),
    Columns((((1, 2, 0), (-3, 1, 0)), ((0, 1, 2), (0, -3, 1))), (0, 1, 1, 2), packing=PAIRS, shares_weight=True).case(
        "shared-weight"
    ),
    *_WITH_COPIES,
    _GRAPH,
)
