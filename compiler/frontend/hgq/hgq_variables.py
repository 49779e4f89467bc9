"""Where the variables of an HGQ2 layer are: in the numbered layout of .keras and in the named one of .h5."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.frontend.hdf5.hdf5_bytes import Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object
from bxnn.compiler.ir.source import Real

Arrays = Mapping[str, NDArray[Any]]

_NUMBER = re.compile(r"(.*?)(?:_(\d+))?")
_QUANTIZERS = ("fixed_point_quantizer", "multiple_quantizers")
_ROLES = ("_iq", "_kq", "_bq", "_oq", "_cell")  # of parts of a layer, after its name
_PROJECTIONS = ("_lin_k_proj", "_lin_v_proj")  # in .h5 these are q_einsum_dense_N, in this order
_LEGACY_PARTS = {"output_dense": ("attention_output",), "cell": ("simple_rnn_cell", "qgru_cell")}  # names in .h5


class HgqVariables(ABC):
    """The variables of one layer, or of one inside it."""

    def __init__(self, group: Hdf5Object) -> None:
        self._children = group.children()

    @abstractmethod
    def weights(self, names: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Real]:
        """Arrays other than scalars, by name.

        Args:
            names: In the order of the file, the moving statistics last.
            optional: Names of arrays that the file may lack, all of them or none.
        """

    @abstractmethod
    def quantizer(self, role: str, order: Sequence[str]) -> Arrays | None:
        """The variables of the quantizer ``role``, such as ``iq``, by name; ``None`` if there is no such quantizer.

        Args:
            role: Empty for the quantizer of a ``Quantizer`` layer.
            order: Names of its variables in the order of the file.
        """

    @abstractmethod
    def holds(self, role: str) -> bool:
        """Whether there are variables of a quantizer ``role``."""

    @abstractmethod
    def quantizers(self, order: Sequence[Sequence[str]]) -> list[Arrays]:
        """The variables of the input quantizers of a layer with several inputs."""

    @abstractmethod
    def parts(self, name: str) -> list[HgqVariables]:
        """The layers of a Sequential model inside this layer, in order."""

    @abstractmethod
    def part(self, name: str) -> HgqVariables | None:
        """A layer inside this one, by its name in .keras files; ``None`` if there is none."""


class NumberedVariables(HgqVariables):
    """The layout of .keras files: ``vars/0``, ``iq/quantizer/vars/0``, ..."""

    def weights(self, names: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Real]:
        found = [array for array in _numbered(self._children.get("vars")) if array.ndim]
        names = _present(names, optional, len(found))
        if len(found) != len(names):
            raise Hdf5Error(f"it holds {len(found)} weights, but the layer has {len(names)}")
        return {name: np.asarray(array, np.float32) for name, array in zip(names, found, strict=True)}

    def quantizer(self, role: str, order: Sequence[str]) -> Arrays | None:
        holder = self._children.get(role) if role else None
        inner = (holder.children() if holder else {}).get("quantizer") if role else self._children.get("quantizer")
        return None if inner is None else _in_order(_numbered(inner.children().get("vars")), order)

    def holds(self, role: str) -> bool:
        return role in self._children

    def quantizers(self, order: Sequence[Sequence[str]]) -> list[Arrays]:
        holder = self._children.get("iq")
        listed = holder.children().get("quantizers") if holder else None
        ordered = _by_number(listed.children()) if listed else []
        found = [NumberedVariables(group).quantizer("", names) for group, names in zip(ordered, order, strict=False)]
        return [arrays for arrays in found if arrays is not None]

    def parts(self, name: str) -> list[HgqVariables]:
        model = self._children.get(name)
        layers = model.children().get("layers") if model else None
        return [NumberedVariables(group) for group in _by_number(layers.children())] if layers else []

    def part(self, name: str) -> HgqVariables | None:
        group = self._children.get(name)
        return None if group is None else NumberedVariables(group)


class NamedVariables(HgqVariables):
    """The layout of .h5 files: ``kernel``, ``d1_kq/fixed_point_quantizer_kbi_3/b``, ..."""

    def weights(self, names: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Real]:
        arrays = {name: child.array() for name, child in self._children.items() if not child.is_group}
        found = {name: np.asarray(array, np.float32) for name, array in arrays.items() if array.ndim}
        renamed = {name.removeprefix("bn_"): array for name, array in found.items()}
        names = _present(names, optional, len(found))
        missing = [name for name in names if name not in renamed]
        if missing or len(found) != len(names):
            raise Hdf5Error(f"it holds the weights {', '.join(sorted(found))}, but the layer has {', '.join(names)}")
        return {name: renamed[name] for name in names}

    def quantizer(self, role: str, order: Sequence[str]) -> Arrays | None:
        names = [name for name in self._children if name == role or (role and name.endswith(f"_{role}"))]
        names = names or [name for name in self._children if role == "toq" and name.startswith("quantizer")]
        holder = self._children[names[0]].children() if names else self._children if not role else {}
        inner = [child for name, child in holder.items() if name.startswith("fixed_point_quantizer")]
        if not inner:
            return None
        arrays = {name: child.array() for name, child in inner[0].children().items()}
        return {name: arrays[name] for name in order if name in arrays}

    def holds(self, role: str) -> bool:
        return any(name == role or name.endswith(f"_{role}") for name in self._children)

    def quantizers(self, order: Sequence[Sequence[str]]) -> list[Arrays]:
        holders = [child for name, child in self._children.items() if name.startswith("multiple_quantizers")]
        ordered = _by_number(holders[0].children()) if holders else []
        found = [NamedVariables(group).quantizer("", names) for group, names in zip(ordered, order, strict=False)]
        return [arrays for arrays in found if arrays is not None]

    def parts(self, name: str) -> list[HgqVariables]:
        models = [child for own, child in self._children.items() if own.startswith("sequential")]
        return [NamedVariables(group) for group in _by_number(models[0].children())] if models else []

    def part(self, name: str) -> HgqVariables | None:
        if name == "bn_module":
            return self._first(lambda child: child.startswith("batch_normalization"))
        if name in _PROJECTIONS:
            unnamed = {own: child for own, child in self._children.items() if own.startswith("q_einsum_dense")}
            found = _by_number(unnamed)[_PROJECTIONS.index(name) :]
            return NamedVariables(found[0]) if found else None
        wanted = _LEGACY_PARTS.get(name, (name.removesuffix("_dense"),))
        if name == "_softmax":
            return self._first(lambda child: child.startswith("q_softmax"))
        return self._first(lambda child: child in wanted or child.endswith(tuple(f"_{own}" for own in wanted)))

    def _first(self, fits: Any) -> HgqVariables | None:
        groups = [child for name, child in self._children.items() if child.is_group and fits(name)]
        return NamedVariables(groups[0]) if groups else None


def named_variables(group: Hdf5Object) -> NamedVariables:
    """The variables of a layer in a .h5 file, which repeats the group's name inside."""
    own, children = "", group.children()
    while len(children) == 1 and (inner := next(iter(children.values()))).is_group:
        name = next(iter(children))
        if name.startswith(_QUANTIZERS) or (name != own and name.endswith(_ROLES)):
            break
        own, group, children = name, inner, inner.children()
    return NamedVariables(group)


def _present(names: Sequence[str], optional: Sequence[str], count: int) -> Sequence[str]:
    """The names of ``count`` arrays: without the optional ones if there are as many fewer."""
    return [name for name in names if name not in optional] if count == len(names) - len(optional) else names


def _numbered(group: Hdf5Object | None) -> list[NDArray[Any]]:
    """The arrays of a ``vars`` group in order."""
    children = group.children() if group is not None else {}
    names = sorted((name for name in children if name.isdigit()), key=int)
    return [children[name].array() for name in names]


def _in_order(arrays: Sequence[NDArray[Any]], order: Sequence[str]) -> Arrays:
    """Arrays by name; there may not be more arrays than names."""
    if len(arrays) > len(order):
        raise Hdf5Error(f"a quantizer holds {len(arrays)} variables instead of {len(order)}: {', '.join(order)}")
    return dict(zip(order, arrays, strict=False))


def _by_number(children: Mapping[str, Hdf5Object]) -> list[Hdf5Object]:
    """Groups in the order of the number at the end of their names, those without one first."""

    def number(name: str) -> int:
        match = _NUMBER.fullmatch(name)
        return int(match[2]) if match and match[2] else 0

    return [children[name] for name in sorted(children, key=number) if children[name].is_group]
