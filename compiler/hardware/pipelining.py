"""Where the registers of the arithmetic are: how the hardware is parametrized for a clock."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler import limits
from bxnn.compiler.errors import InternalError
from bxnn.compiler.numeric.integers import ceil_log2


@dataclass(frozen=True)
class Pipelining:
    """Registers of a layer, or of all layers of a network. The default has as many as the library supports.

    Attributes:
        multiplier_register: Whether a DSP slice has a register between multiplier and adder.
        tree_levels_per_stage: Levels of a tree of adders or comparators between two registers.
        fused_requantize: Whether the last adder of a tree after DSPs has no separate register if the layer that
            reads the sum starts with one.
        folded_rounding: Whether half an LSB is added with the bias, so that rounding the sum needs no adder.
        inner_register: Whether logic that is too long has registers inside: a table of more than 64 entries for every
            page of 64, before one is chosen, thresholds for every comparison, before they are counted.
        adders_per_stage: Largest number of adders between two registers of an adder graph whose layer does not say.
        input_register: Whether input ports are registered; ``None`` registers those that logic reads.
        output_register: Whether output ports are driven by dedicated registers.
        held_input: Whether the source holds an event at the input ports for as long as the initiation interval.
        max_fanout: Maximum loads of a control register; one that would have more has copies. ``None`` is the default,
            or what the control of a single DSP has if that is more.
    """

    multiplier_register: bool = True
    tree_levels_per_stage: int = 1
    fused_requantize: bool = False
    folded_rounding: bool = False
    inner_register: bool = False
    adders_per_stage: int = 3
    input_register: bool | None = None
    output_register: bool = False
    held_input: bool = False
    max_fanout: int | None = None

    def __post_init__(self) -> None:
        if min(self.tree_levels_per_stage, self.adders_per_stage) < 1:
            raise InternalError("pipelining", "between two registers there is less than one level of a tree or adder")

    @property
    def most_loads(self) -> int:
        """Most loads of a control register."""
        return self.max_fanout or limits.MAX_FANOUT

    @property
    def open_levels(self) -> int:
        """Levels of a tree of sums after its last register."""
        return int(self.fused_requantize)

    def tree_stages(self, leaves: int, open_levels: int = 0) -> int:
        """Registers on the path through a binary tree; ``tree_stages`` of ``bxnn_pkg.vhd``.

        Args:
            leaves: Number of leaves.
            open_levels: Levels after the last register.
        """
        return sum(self.registered_levels(leaves, open_levels))

    def registered_levels(self, leaves: int, open_levels: int = 0) -> tuple[bool, ...]:
        """Whether a register follows each level of a binary tree, the level next to the leaves first."""
        depth = ceil_log2(leaves)
        closed = depth - open_levels
        return tuple(
            level <= closed and (level % self.tree_levels_per_stage == 0 or level == closed)
            for level in range(1, depth + 1)
        )


EVERY_REGISTER = Pipelining()
