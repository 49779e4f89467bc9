"""How the lanes of packed DSPs are laid out: as close as the sums allow, if the words then fit the multiplier."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.packing import Packing, Shared
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.cascade_sums import CascadeSums
from bxnn.compiler.schedule.dsp.cascades import Cascades
from bxnn.compiler.schedule.dsp.device import Multiplier, accumulator_bits, operand_bits
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups, neighbours, sharing_weight, similar

_MOST_PRODUCTS = 4
_MOST_SORTED = 1024  # above it no partners are searched for


class PackingPlanner:
    """Finds the lanes for each implementation of one map.

    Args:
        subject: The layer, for error messages.
        linear: The map.
        source: Tensor of its input.
        wanted: Products per DSP requested by the user, or ``None``.
        multiplier: The device's DSP slice.

    Raises:
        ScheduleError: If the user requested more products than fit.
    """

    def __init__(
        self, subject: str, linear: LinearMap, source: Tensor, wanted: int | None, multiplier: Multiplier
    ) -> None:
        self.linear, self.source, self.multiplier = linear, source, multiplier
        self.accum_bits = accumulator_bits(linear, source)
        counts = range(1, _MOST_PRODUCTS + 1) if wanted is None else [wanted]
        self.products = [count for count in counts if count == 1 or (count <= linear.outputs and self._fits(count))]
        if not self.products:
            raise self._refusal(subject, counts[0])
        self._corners: dict[tuple[int, bytes], bool] = {}
        self._cascades: tuple[Cascades, CascadeSums] | None = None

    def teams(self) -> Iterator[PackingGroups]:
        """Ways to share DSPs with kept operands."""
        yield from self._teams
        yield from self._weight_teams

    def switched_teams(self) -> Iterator[PackingGroups]:
        """Ways to share DSPs with switched operands."""
        yield from self._teams
        yield from self._sorted_teams
        yield from self._weight_teams

    @cached_property
    def _teams(self) -> list[PackingGroups]:
        return [neighbours(self.linear, products) for products in self.products]

    @cached_property
    def _sorted_teams(self) -> list[PackingGroups]:
        """Outputs that read nearly the same inputs in one team; this only matters for sparse weights.

        Not for convolutions, where neighbours read the same: the search for partners is slow for many outputs.
        """
        sparse = self.linear.macs_nonzero < self.linear.weights.size
        if self._weight_teams or not sparse or self.linear.outputs > _MOST_SORTED:
            return []
        return [similar(self.linear, products) for products in self.products if products > 1]

    @cached_property
    def _weight_teams(self) -> list[PackingGroups]:
        if not self.linear.is_local:
            return []
        found = [sharing_weight(self.linear, products) for products in self.products if products > 1]
        return [teams for teams in found if teams is not None]

    def of_cascades(self, cascades: Cascades, segments: int) -> Packing | None:
        """The lanes of an implementation cut into cascades; ``None`` if they do not fit."""
        if cascades.teams.products == 1:
            return self._unpacked()
        if self._cascades is None or self._cascades[0] is not cascades:
            self._cascades = cascades, cascades.sums(*self._ends)
        lane_bits = self._cascades[1].lane_bits(segments)
        if cascades.teams.shares is Shared.WEIGHT:
            return self._packed_operands(cascades.teams.products, lane_bits)
        return self._packed_weights(cascades.teams.outputs, lane_bits)

    def of_accumulators(self, accumulators: Accumulators) -> Packing | None:
        """The lanes of an input-serial binding; ``None`` if they do not fit."""
        if accumulators.products == 1:
            return self._unpacked()
        outputs = np.full(ceil_div(self.linear.outputs, accumulators.products) * accumulators.products, -1, np.int64)
        outputs[: self.linear.outputs] = np.arange(self.linear.outputs)
        return self._packed_weights(outputs.reshape(-1, accumulators.products), accumulators.lane_bits(*self._ends))

    def too_narrow(self, subject: str) -> ScheduleError:
        """The error if no implementation allowed by the settings has lanes that are wide enough."""
        products = max(self.products)
        widest = (self.multiplier.wide_bits - self.linear.weight_bits) // max(products - 1, 1)
        return ScheduleError(
            subject,
            f"packing {products} leaves {widest}-bit lanes in a {self.multiplier.wide_bits}x"
            f"{self.multiplier.narrow_bits}-bit {self.multiplier.name}, too few for the sums of this binding; use a "
            "shorter cascade, another binding or packing none",
        )

    def _unpacked(self) -> Packing:
        return Packing(1, Shared.OPERAND, self.accum_bits, operand_bits(self.source), self.linear.weight_bits)

    def _packed_weights(self, outputs: Int, lane_bits: int) -> Packing | None:
        lane_bits = max(lane_bits, self.linear.weight_bits + 1)
        products = outputs.shape[1]
        weight_bits = (products - 1) * lane_bits + self.linear.weight_bits + self._corner(outputs)
        return self._checked(Packing(products, Shared.OPERAND, lane_bits, operand_bits(self.source), weight_bits))

    def _packed_operands(self, products: int, lane_bits: int) -> Packing | None:
        lane_bits = max(lane_bits, operand_bits(self.source))
        bits = (products - 1) * lane_bits + operand_bits(self.source)
        return self._checked(Packing(products, Shared.WEIGHT, lane_bits, bits, self.linear.weight_bits))

    def _checked(self, packing: Packing) -> Packing | None:
        fits = self.multiplier.fits(packing.operand_bits, packing.weight_bits)
        return packing if fits and packing.sum_bits <= self.multiplier.accumulator_bits else None

    def _corner(self, outputs: Int) -> bool:
        """Whether the lowest code in the highest lane can meet a borrow: the word then needs one more bit."""
        key = outputs.shape[1], outputs.tobytes()
        if key not in self._corners:
            full = outputs[outputs[:, -1] >= 0]
            row, read = np.nonzero(self._is_lowest[full[:, -1]])
            below = np.zeros(row.size, np.int64)
            for lane in full[row].T[:-1]:
                weights = self.linear.least[lane, read]
                below = np.where(weights != 0, weights, below)
            self._corners[key] = bool((below < 0).any())
        return self._corners[key]

    @cached_property
    def _is_lowest(self) -> NDArray[np.bool_]:
        """Which weights can be the lowest code of their width, shape (outputs, inputs)."""
        return np.asarray(self.linear.least == -(1 << (self.linear.weight_bits - 1)), np.bool_)

    @property
    def _ends(self) -> tuple[Int, Int]:
        """Smallest and largest code of each input."""
        return self.source.low.ravel(), self.source.high.ravel()

    def _least_bits(self) -> int:
        """Lane of a single product."""
        low, high = self.linear.product_bounds(*self._ends)
        return FixedTensor(np.array([low.min(initial=0), high.max(initial=0)]), 0).bits

    def _fits(self, products: int) -> bool:
        """Whether lanes of a single product fit, with either the weights or the operands packed."""
        lane_bits = self._least_bits()
        bits = (products - 1) * max(lane_bits, self.linear.weight_bits + 1) + self.linear.weight_bits
        if self.multiplier.fits(operand_bits(self.source), bits):
            return True
        return self.linear.is_local and self._packed_operands(products, lane_bits) is not None

    def _refusal(self, subject: str, products: int) -> ScheduleError:
        if products > self.linear.outputs:
            return ScheduleError(
                subject,
                f"packing {products} needs {counted(products, 'output')}, but the layer has {self.linear.outputs}; "
                "use packing none",
            )
        operand, weight, lane = operand_bits(self.source), self.linear.weight_bits, self._least_bits()
        packed = (products - 1) * max(lane, weight + 1) + weight
        return ScheduleError(
            subject,
            f"packing {products} needs {operand}x{packed}-bit signed products ({products} weights of "
            f"{counted(weight, 'bit')} in lanes of {lane}), but a {self.multiplier.name} multiplies "
            f"{self.multiplier.wide_bits}x{self.multiplier.narrow_bits}; use fewer products or packing none",
        )
