"""The paths of pipelined trees: adders, or comparators that pass on the larger of two values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.sum_trees import signed_bits_of
from bxnn.compiler.numeric.tensor import Tensor

COMPARED_PINS = 3  # driven by one bit in a comparator: comparison, its chain, selection


@dataclass(frozen=True)
class TreePaths:
    """The paths of a tree of identical nodes.

    Attributes:
        levels: For every level, whether a register follows it; the level next to the leaves first.
        bits: Bits of a node.
        compares: Whether the nodes compare; otherwise they add.
        sinks: Pins that a bit of an input drives.
        enabled: Flip-flops that valid enables at once; 0 if none.
        sign_loads: Most bits of a node that the sign of an addend drives; 1 if addends have the width of the node.
        extended: Whether leaves are narrower than nodes: bits above the signs of both addends of a node share a LUT.
        mixed: Whether the leaves come from several tensors, of different widths: then also at the last level, whose sum
            has all bits of a node.
    """

    levels: tuple[bool, ...]
    bits: int
    compares: bool = False
    sinks: int = 2
    enabled: int = 0
    sign_loads: int = 1
    extended: bool = False
    mixed: bool = False

    @classmethod
    def of_codes(cls, levels: tuple[bool, ...], bits: int, sources: Sequence[Tensor]) -> TreePaths:
        """A tree of adders of ``bits`` bits each, whose leaves are codes of tensors."""
        own = min(int(signed_bits_of(source.low, source.high).min()) for source in sources)
        return cls(levels, bits, extended=own < bits, mixed=len(sources) > 1)

    @classmethod
    def comparators(cls, levels: tuple[bool, ...], bits: int, readers: int, enabled: int) -> TreePaths:
        """A tree of comparators, each bit of whose input has this many readers."""
        return cls(levels, bits, True, COMPARED_PINS * readers, enabled)

    def paths(self, technology: Technology, loads: int = 0) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        runs, open_levels = self._runs()
        *before_last, last = [count for count in (*runs, open_levels) if count] or [0]
        stages = [self._through(count, technology, False) for count in before_last]
        first, *others = [*stages, self._through(last, technology, True) if last else Delay()]
        inner = [PathDelay(PathClass.CONTROL, self._enable(technology))] if self.enabled else []
        if not runs:
            return HardwarePaths((), tuple(inner), None, Entry(PathClass.DATA, self.sinks, first))
        before = technology.start + technology.net(max(2, 2 * (self.sign_loads - 1)))
        out = technology.start
        if open_levels:
            out = before + others.pop()
        if others:
            inner.append(PathDelay(PathClass.DATA, before + slowest(others) + self._end(technology)))
        return HardwarePaths((Entry(PathClass.DATA, self.sinks, first + self._end(technology)),), tuple(inner), out)

    def _runs(self) -> tuple[list[int], int]:
        """Levels between registers, and after the last one."""
        runs: list[int] = []
        count = 0
        for registered in self.levels:
            count += 1
            if registered:
                runs, count = [*runs, count], 0
        return runs, count

    def _through(self, count: int, technology: Technology, is_last: bool) -> Delay:
        """Through a number of levels, the last ones or not, from the nets of their inputs."""
        if not self.compares:
            signs = technology.net(max(2, 2 * (self.sign_loads - 1))).ns - technology.net(2).ns
            shared = technology.luts(1).ns + technology.sign_extension.ns if self.extended else 0.0
            extended = count - int(is_last and not self.mixed)
            return technology.adders(self.bits, count) + Delay((count - 1) * signs + extended * shared)
        node = technology.larger(self.bits)
        # The comparison of what a multiplexer passes on has one more LUT before its chain.
        following = technology.net(COMPARED_PINS) + technology.luts(1) + technology.net(1) + node
        return reduce(Delay.__add__, [following] * (count - 1), node)

    def _end(self, technology: Technology) -> Delay:
        return technology.into_register if self.compares else technology.sum_into_register

    def _enable(self, technology: Technology) -> Delay:
        return technology.start + technology.net(self.enabled) + technology.enable
