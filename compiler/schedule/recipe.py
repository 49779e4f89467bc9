"""How the search builds the hardware of an implementation once it is chosen."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.layout import Layout


class Recipe(ABC):
    """What distinguishes an implementation from the others of its layer with the same layouts; equal ones are equal."""

    @property
    def possible(self) -> bool:
        """Whether the layer can be built like this; asked of those that no other one beats."""
        return True

    def draft(self, source: Layout, result: Layout) -> Binding:
        """The binding, perhaps not verified, to see what it takes."""
        return self.bind(source, result)

    @abstractmethod
    def bind(self, source: Layout, result: Layout) -> Binding:
        """The binding, verified.

        Args:
            source: Layout that the layer reads.
            result: Layout that it writes.
        """
