"""The registry of layer types: everything in the folder layers/."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer

TEMPLATES = Path(__file__).resolve().parents[2] / "hls_templates"


@cache
def layer_types() -> dict[str, type[Layer]]:
    """All layer classes by kind; the class ``Dense`` of kind ``dense`` is in ``layers/dense.py``.

    Raises:
        InternalError: If a class lacks a part of the contract, or two have the same kind.
    """
    from bxnn import layers

    found: dict[str, type[Layer]] = {Input.kind: Input}
    for module in pkgutil.iter_modules(layers.__path__):
        for value in vars(importlib.import_module(f"bxnn.layers.{module.name}")).values():
            if (
                isinstance(value, type)
                and issubclass(value, Layer)
                and value.__module__ == f"bxnn.layers.{module.name}"
            ):
                _check(value, module.name)
                if value.kind in found:
                    raise InternalError(f"layer type {value.kind}", "has two classes; keep one per file")
                found[value.kind] = value
    return found


def _check(cls: type[Layer], module: str) -> None:
    """Refuse a class that lacks something for which there is no default.

    Raises:
        InternalError: Naming what is missing.
    """
    subject = f"layer type {module}"
    if vars(cls).get("kind") != module:
        raise InternalError(subject, f"class {cls.__name__} does not declare its kind; write kind = {module!r}")
    if cls.__abstractmethods__:
        raise InternalError(subject, f"does not define {', '.join(sorted(cls.__abstractmethods__))}")
    if not cls.emitted:
        if not cls.left_over and cls.left_over_in is Layer.left_over_in:
            raise InternalError(subject, "has no hardware and does not define left_over or left_over_in")
        return
    for language, suffix in (("vhdl", "vhd"), ("hls", "h")):
        template = TEMPLATES / language / "layers" / f"{module}.{suffix}.j2"
        if not template.is_file():
            raise InternalError(subject, f"has no template {template.name} in hls_templates/{language}/layers")


@cache
def keras_layer_types() -> dict[str, type[Layer]]:
    """Layer class by Keras or QKeras class name.

    Raises:
        InternalError: If two layer types read one of them.
    """
    return _by_class("Keras", ((cls, cls.keras_classes) for cls in layer_types().values()))


@cache
def hls4ml_layer_types() -> dict[str, type[Layer]]:
    """Layer class by class name of the hls4ml node.

    Raises:
        InternalError: If two layer types read one of them.
    """
    return _by_class("hls4ml", ((cls, cls.hls4ml_classes) for cls in layer_types().values()))


def _by_class(framework: str, claims: Iterable[tuple[type[Layer], tuple[str, ...]]]) -> dict[str, type[Layer]]:
    found: dict[str, type[Layer]] = {}
    for cls, names in claims:
        for name in names:
            if name in found:
                problem = f"reads the {framework} class {name}, which layer type {found[name].kind} already reads"
                raise InternalError(f"layer type {cls.kind}", f"{problem}; remove it from one of them")
            found[name] = cls
    return found
