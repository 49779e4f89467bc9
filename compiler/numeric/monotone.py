"""Monotone functions of one real number, exact on fractions: what is between two quantizers, element by element."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Ray:
    """The half line ``direction * (x - end) >= 0``, or ``> 0`` if it is open.

    Attributes:
        direction: 1 for numbers above its end, -1 for those below.
        end: Where it ends.
        open: Whether the end itself is excluded.
    """

    direction: int
    end: Fraction
    open: bool

    def holds(self, number: Fraction) -> bool:
        """Whether a number lies on it."""
        distance = self.direction * (number - self.end)
        return distance > 0 or (distance == 0 and not self.open)


# Numbers for which something holds: all, none, or those of a ray.
Numbers = Ray | bool


class MonotoneStep(ABC):
    """A function of a real number, monotone unless it states otherwise."""

    @property
    def is_monotone(self) -> bool:
        """Whether ``before`` can be asked."""
        return True

    @abstractmethod
    def __call__(self, number: Fraction) -> Fraction:
        """The exact result."""

    @abstractmethod
    def before(self, ray: Ray) -> Numbers:
        """Numbers that the function maps onto the ray."""


@dataclass(frozen=True)
class Affine(MonotoneStep):
    """``factor * x + shift``; the factor is not zero."""

    factor: Fraction
    shift: Fraction

    def __call__(self, number: Fraction) -> Fraction:
        return self.factor * number + self.shift

    def before(self, ray: Ray) -> Ray:
        direction = ray.direction if self.factor > 0 else -ray.direction
        return Ray(direction, (ray.end - self.shift) / self.factor, ray.open)


@dataclass(frozen=True)
class Clamp(MonotoneStep):
    """``min(max(x, low), high)``; ``None`` means unlimited. ReLU has ``low`` 0."""

    low: Fraction | None
    high: Fraction | None

    def __call__(self, number: Fraction) -> Fraction:
        above = number if self.low is None else max(number, self.low)
        return above if self.high is None else min(above, self.high)

    def before(self, ray: Ray) -> Numbers:
        first, last = (self.low, self.high) if ray.direction > 0 else (self.high, self.low)
        if first is not None and ray.holds(first):
            return True
        return False if last is not None and not ray.holds(last) else ray


@dataclass(frozen=True)
class Leaky(MonotoneStep):
    """``x`` above zero, ``slope * x`` below; the slope is positive."""

    slope: Fraction

    def __call__(self, number: Fraction) -> Fraction:
        return number if number >= 0 else self.slope * number

    def before(self, ray: Ray) -> Ray:
        return ray if ray.end >= 0 else Ray(ray.direction, ray.end / self.slope, ray.open)


@dataclass(frozen=True)
class Monotone:
    """Monotone functions one after the other.

    Attributes:
        steps: The first is applied first; no two affine ones in a row.
    """

    steps: tuple[MonotoneStep, ...] = ()

    def __call__(self, number: Fraction) -> Fraction:
        for step in self.steps:
            number = step(number)
        return number

    def then(self, step: MonotoneStep) -> Monotone:
        """The function followed by another; affine ones are merged, and one that changes nothing is dropped."""
        last = self.steps[-1] if self.steps else None
        if isinstance(step, Affine) and isinstance(last, Affine):
            step = Affine(step.factor * last.factor, step.factor * last.shift + step.shift)
            return Monotone(self.steps[:-1]).then(step)
        if step == Affine(Fraction(1), Fraction(0)) or step == last == Clamp(Fraction(0), None):
            return self
        return Monotone((*self.steps, step))

    @property
    def is_monotone(self) -> bool:
        """Whether ``before`` can be asked."""
        return all(step.is_monotone for step in self.steps)

    @property
    def affine(self) -> Affine | None:
        """The function as an affine one, if it is."""
        if not self.steps:
            return Affine(Fraction(1), Fraction(0))
        only = self.steps[0]
        return only if len(self.steps) == 1 and isinstance(only, Affine) else None

    @property
    def clamped(self) -> tuple[Affine, Clamp] | None:
        """The function as an affine one whose results are clamped, if there are only affine steps and clamps."""
        line = Affine(Fraction(1), Fraction(0))
        low: Fraction | None = None
        high: Fraction | None = None
        for step in self.steps:
            if isinstance(step, Affine):
                line = Affine(step.factor * line.factor, step.factor * line.shift + step.shift)
                ends = [None if end is None else step(end) for end in (low, high)]
                low, high = ends if step.factor > 0 else ends[::-1]
            elif isinstance(step, Clamp):
                low = step.low if low is None else step(low)
                high = step.high if high is None else step(high)
            else:
                return None
        return line, Clamp(low, high)

    def before(self, ray: Ray) -> Numbers:
        """Numbers that the functions map onto the ray."""
        numbers: Numbers = ray
        for step in reversed(self.steps):
            if isinstance(numbers, bool):
                return numbers
            numbers = step.before(numbers)
        return numbers


IDENTITY = Monotone()
