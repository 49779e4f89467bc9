"""Where the weights of each layer are in an HDF5 file, layers of nested models included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object
from bxnn.compiler.frontend.keras.bidirectional import BIDIRECTIONAL
from bxnn.compiler.frontend.keras.keras_stored import StoredLayer

Path = tuple[str, ...]  # names of the models around a layer, and its own
Groups = dict[Path, Hdf5Object]

CONTAINERS = ("layers", "_layer_checkpoint_dependencies")  # Keras 3 and tf-keras >= 2.13; tf-keras 2.12


def located(
    subject: str, groups: Mapping[str, Hdf5Object], layers: Sequence[StoredLayer], numbered: bool
) -> tuple[Groups, dict[str, Hdf5Object]]:
    """The group of each layer, and the groups of no layer.

    Args:
        subject: Name of the file, for errors.
        groups: The outermost groups by name.
        layers: The layers in the order of the file.
        numbered: Whether groups are numbered by class, as in Keras 3, or named.

    Raises:
        ModelError: If a group belongs to another layer than its place says.
    """
    found: Groups = {}
    left = _numbered(subject, groups, layers, (), found) if numbered else _named(groups, layers, found)
    own = dict(leaves(layers))
    for path, layer in own.items():
        first = None if path in found else _stored_once(path, found)
        if first is not None and _plain(own[first]) == _plain(layer):
            found[path] = found[first]
    return found, left


def leaves(layers: Sequence[StoredLayer], path: Path = ()) -> Iterator[tuple[Path, StoredLayer]]:
    """All layers that are not models, with their paths."""
    for layer in layers:
        if layer.model is None:
            yield (*path, layer.name), layer
        else:
            yield from leaves(layer.model.layers, (*path, layer.name))


def _numbered(
    subject: str, groups: Mapping[str, Hdf5Object], layers: Sequence[StoredLayer], path: Path, found: Groups
) -> dict[str, Hdf5Object]:
    """Find the groups of a numbered layout; returns those of no layer."""
    left = dict(groups)
    used: Counter[str] = Counter()
    for layer in layers:
        snake = _snake_case(layer.stored_class)
        group = left.pop(f"{snake}_{used[snake]}" if used[snake] else snake, None)
        used[snake] += 1
        if group is None:
            continue
        recorded = _recorded_name(group)
        if recorded not in (None, layer.name):
            raise ModelError(subject, f"holds weights of {recorded!r} where the model has {layer.name!r}")
        if layer.model is None:
            wrapped = group.group("layer") if layer.stored_class != layer.class_name else None
            found[*path, layer.name] = wrapped or group
            continue
        children = group.children()
        if layer.class_name in BIDIRECTIONAL:
            for place, role in ((1, "forward_layer"), (2, "backward_layer")):
                if role in children:
                    found[*path, layer.name, layer.model.layers[place].name] = children[role]
            continue
        container = next((children[name] for name in CONTAINERS if name in children), None)
        inner = {} if container is None else container.children()
        _numbered(subject, inner, layer.model.layers, (*path, layer.name), found)
    return left


def _named(groups: Mapping[str, Hdf5Object], layers: Sequence[StoredLayer], found: Groups) -> dict[str, Hdf5Object]:
    """Find the groups of a named layout; returns those of no layer.

    HDF5 treats a slash in a name as a group within a group. All layers inside a model are in its group, below
    groups of the models between them or not, by the version of Keras.
    """
    left = dict(groups)
    for layer in layers:
        first, *rest = layer.name.split("/")
        left.pop(first, None)
        group = groups.get(first)
        for part in rest:
            group = None if group is None else group.group(part)
        if group is None:
            continue
        if layer.model is None:
            found[layer.name,] = group
            continue
        inner = _by_place(group)
        for path, leaf in leaves(layer.model.layers, (layer.name,)):
            if (place := _place_of(leaf.name, path, inner)) is not None:
                found[path] = inner[place]
    return left


def _plain(layer: StoredLayer) -> dict[str, object]:
    """The attributes of a layer that are not objects, which Keras numbers in each place."""
    return {key: value for key, value in layer.config.items() if not isinstance(value, Mapping)}


def _stored_once(path: Path, groups: Collection[Path]) -> Path | None:
    """The place of the weights of a model that is part of several models: only the first of them holds its weights."""
    if len(path) < 2:
        return None
    return next((other for other in groups if other[-2:] == path[-2:]), None)


def _by_place(group: Hdf5Object, place: Path = ()) -> dict[Path, Hdf5Object]:
    """All groups in a group by their names from there."""
    found: dict[Path, Hdf5Object] = {}
    for name, child in group.children().items():
        if child.is_group:
            found[*place, name] = child
            found |= _by_place(child, (*place, name))
    return found


def _place_of(name: str, path: Path, groups: Collection[Path]) -> Path | None:
    """The group of a layer in that of an outer model: the outermost with its name, in its own model if possible."""
    own = tuple(name.split("/"))
    places = [place for place in groups if place[-len(own) :] == own]
    inside = [place for place in places if set(path[1:-1]) <= set(place[: -len(own)])]
    return min(inside or places, key=len, default=None)


def _recorded_name(group: Hdf5Object) -> str | None:
    """The layer's own name, which Keras 3.10 and later write next to its weights."""
    variables = group.group("vars")
    name = variables.attributes().get("name") if variables is not None else None
    return name if isinstance(name, str) else None


def _snake_case(kind: str) -> str:
    """Keras' conversion of a class name to a variable name: ``QDense`` becomes ``q_dense``."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
