"""Weights of a layer from the HDF5 layouts that Keras 2, tf-keras and Keras 3 write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hdf5.hdf5_bytes import Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object
from bxnn.compiler.frontend.keras.keras_stored import StoredLayer
from bxnn.compiler.frontend.keras.weight_groups import CONTAINERS, Path, leaves, located
from bxnn.compiler.ir.source import Real
from bxnn.compiler.plural import counted

_NO_LAYER = {"top_level_model_weights"}
_NORMALIZATION, _FOLDED = "BatchNormalization", "Batchnorm"  # QConv2DBatchnorm holds a BatchNormalization
_RECURRENT = ("SimpleRNN", "LSTM", "GRU")
_STATE = (
    "seed_generator",
    "iteration",
)  # of dropout and noise layers, of QKeras' Batchnorm ones; training only


@dataclass(frozen=True, eq=False)
class ModelVariables:
    """The variables of a model, by path of the layer.

    Attributes:
        arrays: Arrays by short name, e.g. ``kernel``.
        groups: Groups of layers of HGQ, which read their groups themselves.
        numbered: Whether variables have numbers instead of names in the file.
    """

    arrays: Mapping[Path, Mapping[str, Real]]
    groups: Mapping[Path, Hdf5Object]
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
        container = next((children[name] for name in CONTAINERS if name in children), None)
        self._numbered = container is not None and "layer_names" not in root.attributes()
        nested = children.get("model_weights")
        if nested is not None and not self._numbered:
            children = nested.children()
        self._groups = (container.children() if container is not None and self._numbered else children).copy()

    def by_layer(self, layers: Sequence[StoredLayer]) -> ModelVariables:
        """The variables of each layer, layers of nested models included.

        Args:
            layers: The layers in the order of the file.

        Raises:
            ModelError: If the file contains arrays that do not belong to any layer of the model, or arrays that are not
                finite floats.
        """
        try:
            groups, left = located(self.subject, self._groups, layers, self._numbered)
            arrays: dict[Path, dict[str, Real]] = {}
            for path, layer in leaves(layers):
                if not layer.hgq:
                    arrays[path] = self._layer(layer, groups.get(path))
            for name, group in left.items():
                if name not in _NO_LAYER and _arrays(group):
                    raise ModelError(self.subject, f"holds weights of {name!r}, which is not a layer of the model")
        except Hdf5Error as error:
            raise ModelError(self.subject, f"cannot be read as a Keras HDF5 file: {error}") from error
        inner = {path: groups[path] for path, layer in leaves(layers) if layer.hgq and path in groups}
        return ModelVariables(arrays, inner, self._numbered)

    def _layer(self, layer: StoredLayer, group: Hdf5Object | None) -> dict[str, Real]:
        if group is None:
            return {}
        kind, config, subject = layer.class_name, layer.config, layer.subject
        expected = variable_names(kind, config)
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
    if kind == "PReLU":
        return ("alpha",)
    if kind.endswith(_RECURRENT):
        kernels = ("kernel", "recurrent_kernel")
    elif "Separable" in kind:
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
