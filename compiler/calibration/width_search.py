"""Lowers widths one bit at a time where that loses the least for what it saves, until a budget or a loss is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bxnn.compiler.calibration.calibrator import Calibrator, Chosen
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.spread_losses import Spread, one_by_one
from bxnn.compiler.calibration.width_prices import Cost, Prices
from bxnn.compiler.calibration.widths import Place, Widths
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.plural import counted
from bxnn.compiler.report.calibration_facts import TradeOff

LEAST_BITS = 2
EVERYTHING = "everything"
_START = (8, 10, 12, 14, 16)  # widths from which a limit on the loss may start


@dataclass(frozen=True)
class Step:
    """Widths of the network after some bits are gone.

    Attributes:
        widths: All of them.
        facts: What was lowered, what it costs and loses; ``None`` for the start.
    """

    widths: Widths
    facts: TradeOff | None


@dataclass(eq=False)
class Search:
    """The search on calibration events.

    Attributes:
        calibrator: Chooses types for given widths.
        judge: Compares outputs.
        prices: What widths cost.
        losses: Losses known from an earlier run, by the widths as text; new ones are added.
        tell: Told after each step how far the search is, to store them and show it.
        spread: Computes several losses.
    """

    calibrator: Calibrator
    judge: Judge
    prices: Prices
    losses: dict[str, float] = field(default_factory=dict)
    tell: Callable[[str], None] = lambda _: None
    spread: Spread = one_by_one

    def path(self, start: Widths, limit: float | None = None) -> Iterator[Step]:
        """From the start to the narrowest network, or as far as a limit on the loss allows; the start included."""
        current = start
        yield Step(current, None)
        while True:
            lowered = [
                (place, current.lowered(place)) for place in self.places() if self.bits(current, place) > LEAST_BITS
            ]
            self.learn([widths for _, widths in lowered])
            if limit is not None:
                lowered = [(place, widths) for place, widths in lowered if self.loss(widths) <= limit]
            if not lowered:
                return
            before, cost = self.loss(current), self.prices.worth(current)
            place, current = min(
                lowered, key=lambda item: (self.loss(item[1]) - before) / (cost - self.prices.worth(item[1]))
            )
            self.tell(f"lowered {self.removed(start, current)} of {counted(self.removed(start), 'bit')}")
            yield Step(current, self.facts(place, current))

    def start(self, widths: Widths, limit: float | None) -> Widths:
        """The narrowest uniform widths, from those given on, that meet a limit on the loss.

        Raises:
            LimitMissedError: If none does; says the best that was reached.
        """
        if limit is None:
            return widths
        reached: list[tuple[float, int]] = []
        for bits in (widths.bits, *(bits for bits in _START if bits > widths.bits)):
            wider = Widths(widths.inputs, bits)
            reached.append((self.loss(wider), bits))
            if reached[-1][0] <= limit:
                return wider
        best, bits = min(reached)
        advice = "allow more loss, or more --input-bits"
        found = f"is out of reach; the best reached is {best:.3g}, with {counted(bits, 'bit')}"
        raise LimitMissedError(f"--loss {limit:g}", f"{found}: {advice}")

    def removed(self, start: Widths, widths: Widths | None = None) -> int:
        """How many bits are gone, or can be."""
        found = (LEAST_BITS if widths is None else self.bits(widths, place) for place in self.places())
        return sum(self.bits(start, place) for place in self.places()) - sum(found)

    def places(self) -> tuple[Place, ...]:
        """What has a width to be lowered, in the order of the network."""
        declared, found = self.calibrator.declared.layers, dict[Place, None]()
        for step in self.calibrator.network.steps:
            if "kernel" in step.floats and "kernel" not in declared.get(step.key, {}):
                found[step.key, "kernel"] = None
            if step.result_key is not None and "output" not in declared.get(step.result_key, {}):
                found[step.result_key, "output"] = None
        return tuple(found)

    def loss(self, widths: Widths) -> float:
        """The loss with these widths."""
        self.learn([widths])
        return self.losses[self.key(widths)]

    def learn(self, every: Sequence[Widths]) -> None:
        """Compute the losses that are not known, all at once."""
        unknown = {key: widths for widths in every if (key := self.key(widths)) not in self.losses}
        if unknown:
            found = self.spread(self.calibrator, self.judge, list(unknown.values()))
            self.losses.update(zip(unknown, found, strict=True))

    @property
    def _wanted(self) -> Mapping[str, Reals]:
        return {name: self.calibrator.real[name] for name in self.calibrator.network.graph.outputs}

    def key(self, widths: Widths) -> str:
        """The widths as text."""
        bits = [str(self.bits(widths, place)) for place in self.places()]
        return ",".join([str(widths.inputs), *bits])

    def bits(self, widths: Widths, place: Place) -> int:
        """The width at a place."""
        return widths.own.get(place, widths.bits)

    def uniform(self, widths: Widths, cost: Cost) -> Step:
        """The step from wider uniform widths to these."""
        facts = self.facts(None, widths, (), cost)
        return Step(widths, facts.model_copy(update={"lowered": EVERYTHING, "bits": widths.bits}))

    def facts(
        self, place: Place | None, widths: Widths, raised: Sequence[Place] = (), cost: Cost | None = None
    ) -> TradeOff:
        """A step that has led to these widths.

        Args:
            place: What has lost a bit, if anything has.
            widths: The widths.
            raised: What has gained a bit, each place as often as it has.
            cost: Of a design within a budget; the prices of the widths by default.
        """
        chosen: Chosen = self.calibrator.choose(widths)
        decided, wanted = self.judge.decisions(chosen.outputs), self.judge.decisions(self._wanted)
        kept = None if decided is None or wanted is None else float(np.mean(decided == wanted))
        cost = cost or self.prices.cost(widths)
        return TradeOff(
            lowered=None if place is None else ": ".join(place),
            bits=None if place is None else self.bits(widths, place),
            raised=tuple(": ".join(own) for own in raised),
            dsp=cost.dsp,
            lut=cost.lut,
            loss=self.loss(widths),
            agreement=kept,
        )
