"""Where in the user's VHDL a register of the netlist is: layer and entity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_MODULE = re.compile(r"^module\s+\\?(\S+)", re.MULTILINE)
_INSTANCE = re.compile(r"^\s+\\?([A-Za-z]\w*)\s+\\?([A-Za-z]\w*)\s*\($", re.MULTILINE)
_FLATTENED = re.compile(r"\$flatten\\?|\\|\.?\$.*$")
LAYER = "layer_"  # prefix of the name of a layer's instance


@dataclass(frozen=True)
class Place:
    """Where a path ends.

    Attributes:
        layer: Name of the layer in the graph; ``None`` outside all layers.
        entity: The innermost entity; ``None`` if it is the top entity.
    """

    layer: str | None
    entity: str | None


class Places:
    """The instances of a design.

    Args:
        verilog: As written by GHDL: a module per entity and set of generic values.
        top: Name of the top entity.
        entities: Names of all entities.
    """

    def __init__(self, verilog: str, top: str, entities: Sequence[str]) -> None:
        self._top = top
        self._entities = sorted(entities, key=len, reverse=True)
        starts = [*_MODULE.finditer(verilog)]
        ends = [*(match.start() for match in starts[1:]), len(verilog)]
        names = {match[1] for match in starts}
        self._instances: dict[str, dict[str, str]] = {}
        for match, end in zip(starts, ends, strict=True):
            found = _INSTANCE.finditer(verilog, match.end(), end)
            self._instances[match[1]] = {instance[2]: instance[1] for instance in found if instance[1] in names}

    def of(self, name: str) -> Place:
        """The place of a net or cell by its flattened name, such as ``layer_fc1.dot.tree.n14609_o[3]``."""
        parts = plain(name).split(".")
        module, inner = self._top, None
        for part in parts:
            following = self._instances.get(module, {}).get(part)
            if following is None:
                break
            module = inner = following
        layer = parts[0].removeprefix(LAYER) if parts[0].startswith(LAYER) else None
        return Place(layer, None if inner is None else self._entity(inner))

    def _entity(self, module: str) -> str:
        """GHDL appends the generic values to the name of the entity."""
        fits = (name for name in self._entities if module == name or module.startswith(f"{name}_"))
        return next(fits, module)


def plain(name: str) -> str:
    """A yosys name without the traces of flattening and mapping; a name made up by a tool is unchanged."""
    return _FLATTENED.sub("", name) or name


def cell_name(name: str, outputs: Iterable[int], names: Mapping[int, str]) -> str:
    """A name of a cell that leads to its place: that of a net it drives if the cell was named by a tool.

    Args:
        name: Name of the cell.
        outputs: Nets that it drives.
        names: Names of the nets.
    """
    told = plain(name)
    if not told.startswith("$"):
        return told
    return next((plain(names[net]) for net in outputs if not names.get(net, "$").startswith("$")), told)
