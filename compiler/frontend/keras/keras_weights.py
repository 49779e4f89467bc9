"""Weights of a layer from the HDF5 layouts that Keras 2, tf-keras and Keras 3 write."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hdf5.hdf5_bytes import Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object
from bxnn.compiler.ir.source import Real
from bxnn.compiler.plural import counted

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")  # Keras 3 and tf-keras >= 2.13; tf-keras 2.12
_NO_LAYER = {"top_level_model_weights"}
_NORMALIZATION, _FOLDED = "BatchNormalization", "Batchnorm"  # QConv2DBatchnorm holds a BatchNormalization
_STATE = (
    "seed_generator",
    "iteration",
)  # of dropout and noise layers, of QKeras' Batchnorm ones; training only


@dataclass(frozen=True, eq=False)
class ModelVariables:
    """The variables of a model, by name of the layer.

    Attributes:
        arrays: Arrays by short name, e.g. ``kernel``.
        groups: Groups of layers that contain others and read their groups themselves.
        numbered: Whether variables have numbers instead of names in the file.
    """

    arrays: Mapping[str, Mapping[str, Real]]
    groups: Mapping[str, Hdf5Object]
    numbered: bool


class WeightFile:
    """The weights of a model, grouped by layer.

    Keras 2 groups them by layer name and names each array; Keras 3 groups them by snake-case class name with
    a running number, counted over the layers of the model, and numbers the arrays.

    Attributes:
        subject: Name of the file, for error messages.
    """

    def __init__(self, subject: str, root: Hdf5Object) -> None:
        self.subject = subject
        children = root.children()
        container = next((children[name] for name in _CONTAINERS if name in children), None)
        self._numbered = container is not None and "layer_names" not in root.attributes()
        nested = children.get("model_weights")
        if nested is not None and not self._numbered:
            children = nested.children()
        self._groups = (container.children() if container is not None and self._numbered else children).copy()

    def by_layer(
        self, layers: Sequence[tuple[str, str, Mapping[str, Any]]], nested: Collection[str] = ()
    ) -> ModelVariables:
        """The variables of each layer.

        Args:
            layers: Name in the file, class name and config of each layer, in the order of the file.
            nested: Layers that contain others.

        Raises:
            ModelError: If the file contains arrays that do not belong to any layer of the model, or arrays that are not
                finite floats.
        """
        try:
            groups = self._by_class(layers) if self._numbered else self._by_name([name for name, _, _ in layers])
            inner = {name: groups.pop(name) for name in nested if name in groups}
            plain = [layer for layer in layers if layer[0] not in nested]
            found = {name: self._layer(name, kind, config, groups.pop(name, None)) for name, kind, config in plain}
            for name, group in groups.items():
                if name not in _NO_LAYER and _arrays(group):
                    raise ModelError(self.subject, f"holds weights of {name!r}, which is not a layer of the model")
        except Hdf5Error as error:
            raise ModelError(self.subject, f"cannot be read as a Keras HDF5 file: {error}") from error
        return ModelVariables(found, inner, self._numbered)

    def _by_name(self, names: Sequence[str]) -> dict[str, Hdf5Object]:
        """Groups of a named layout by layer name; HDF5 treats a slash in a name as a group within a group."""
        found: dict[str, Hdf5Object] = {}
        left = dict(self._groups)
        for name in names:
            first, *rest = name.split("/")
            left.pop(first, None)
            group = self._groups.get(first)
            for part in rest:
                group = None if group is None else group.group(part)
            if group is not None:
                found[name] = group
        return {**left, **found}

    def _by_class(self, layers: Sequence[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Hdf5Object]:
        """Groups of a numbered layout by layer name."""
        left, found = dict(self._groups), {}
        used: dict[str, int] = {}
        for name, kind, _ in layers:
            snake = _snake_case(kind)
            key = snake if snake not in used else f"{snake}_{used[snake]}"
            used[snake] = used.get(snake, 0) + 1
            group = left.pop(key, None)
            if group is None:
                continue
            recorded = _recorded_name(group)
            if recorded not in (None, name):
                raise ModelError(self.subject, f"holds weights of {recorded!r} where the model has {name!r}")
            found[name] = group
        return {**left, **found}

    def _layer(self, name: str, kind: str, config: Mapping[str, Any], group: Hdf5Object | None) -> dict[str, Real]:
        if group is None:
            return {}
        expected, subject = variable_names(kind, config), f"{name} ({kind})"
        stored = self._by_number(subject, kind, config, group) if self._numbered else _arrays(group)
        if "depthwise_kernel" in expected and "kernel" in stored:  # Keras 3's name in a named layout
            stored.setdefault("depthwise_kernel", stored.pop("kernel"))
        for short in sorted(set(stored) - set(expected)):
            raise ModelError(subject, f"{self.subject} has a weight {short!r} for it, which the layer does not have")
        return {short: _finite(subject, short, array.array()) for short, array in stored.items()}

    def _by_number(
        self, subject: str, kind: str, config: Mapping[str, Any], group: Hdf5Object
    ) -> dict[str, Hdf5Object]:
        """Arrays of a numbered layout by short name; a folded layer contains a batch normalization layer."""
        own, inner = group.group("vars"), group.group("batchnorm")
        if not kind.endswith(_FOLDED) or own is None or inner is None:
            return self._named(subject, _arrays(group), variable_names(kind, config))
        names = variable_names(kind.removesuffix(_FOLDED), config)
        stored = _arrays(own)
        stored.pop(str(len(names)), None)  # QKeras' counter of training steps
        return {
            **self._named(subject, stored, names),
            **self._named(subject, _arrays(inner), variable_names(_NORMALIZATION, config)),
        }

    def _named(self, subject: str, stored: Mapping[str, Hdf5Object], names: Sequence[str]) -> dict[str, Hdf5Object]:
        """Numbered arrays by the names they stand for."""
        if len(stored) > len(names):
            raise ModelError(subject, f"{self.subject} holds {len(stored)} weights for it; it has {len(names)}")
        return {short: stored[str(index)] for index, short in enumerate(names) if str(index) in stored}


def variable_names(kind: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Short names of a layer's weights in the order in which Keras numbers them."""
    if kind.endswith(_FOLDED):
        kernels = variable_names(kind.removesuffix(_FOLDED), config)
        return (*kernels, *variable_names(_NORMALIZATION, config))
    if kind.endswith(_NORMALIZATION):
        trained = [name for flag, name in (("scale", "gamma"), ("center", "beta")) if config.get(flag, True)]
        return (*trained, "moving_mean", "moving_variance")
    if "Separable" in kind:
        kernels = ("depthwise_kernel", "pointwise_kernel")
    else:
        kernels = ("depthwise_kernel",) if "Depthwise" in kind else ("kernel",)
    if config.get("use_bias", True):
        kernels = (*kernels, "bias")
    if kind.endswith("Batchnorm"):  # QKeras' folded layers: QConv2DBatchnorm, QDenseBatchnorm, ...
        kernels += variable_names("BatchNormalization", config)
    return kernels


def _arrays(group: Hdf5Object) -> dict[str, Hdf5Object]:
    """Datasets in a group by their last name without ``:0``, except for the state of random generators."""
    found: dict[str, Hdf5Object] = {}
    for name, child in group.children().items():
        if name.startswith(_STATE):
            continue
        nested = _arrays(child) if child.is_group else {name.split(":")[0]: child}
        for short, array in nested.items():
            if short in found:
                raise Hdf5Error(f"{group.path!r} holds two weights named {short!r}")
            found[short] = array
    return found


def _recorded_name(group: Hdf5Object) -> str | None:
    """The layer's own name, which Keras 3.10 and later write next to its weights."""
    variables = group.group("vars")
    name = variables.attributes().get("name") if variables is not None else None
    return name if isinstance(name, str) else None


def _snake_case(kind: str) -> str:
    """Keras' conversion of a class name to a variable name: ``QDense`` becomes ``q_dense``."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def _finite(subject: str, short: str, values: NDArray[Any]) -> Real:
    if values.dtype.kind != "f":
        raise ModelError(subject, f"weight {short!r} holds values of type {values.dtype}, not floats")
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(values, np.float32)
    bad = int(np.count_nonzero(~np.isfinite(single)))
    if bad:
        raise ModelError(
            subject,
            f"weight {short!r} has {counted(bad, 'value')} that {'are' if bad > 1 else 'is'} not finite"
            "; train the model again or repair the file",
        )
    return single
