"""Which class a serialised Keras object names, and whether it contains code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.compiler.errors import ModelError

_PACKAGES = {"keras", "tf_keras", "tensorflow", "qkeras", "builtins", "hgq", "hgq2"}
_CODE = "executes code from the model file; replace it with a layer that bxnn supports"


def class_name_of(owner: str, item: Mapping[str, Any]) -> str:
    """The class of a serialised object without its package.

    Args:
        owner: The object's name in error messages.
        item: ``{"class_name", "config"}``, since Keras 3 also ``module`` and ``registered_name``; untrusted.

    Raises:
        ModelError: If the class comes from a package other than Keras and QKeras, or is code in the file.
    """
    spelled = str(item.get("class_name"))
    package, _, kind = spelled.rpartition(">")
    if kind in ("Lambda", "__lambda__"):
        raise ModelError(f"{owner} ({kind})", _CODE)
    registered = item.get("registered_name")
    sources = [package] if package else []
    if isinstance(registered, str) and ">" in registered:
        sources.append(registered.split(">")[0])
    if isinstance(item.get("module"), str):
        sources.append(item["module"].split(".")[0])
    for source in sources:
        if source.lower() not in _PACKAGES:
            raise ModelError(f"{owner} ({kind})", f"is a custom class of {source!r}; use Keras, QKeras or HGQ2 layers")
    return kind


def refuse_code(subject: str, value: Any) -> None:
    """Refuse attributes that hold Python code, anywhere.

    Raises:
        ModelError: If an object in ``value`` is a serialised lambda or custom function.
    """
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            lambda_in_hgq = set(item) == {"value"} and isinstance(item["value"], list)  # its bytecode, without a class
            if item.get("class_name") in ("__lambda__", "Lambda") or "function_type" in item or lambda_in_hgq:
                raise ModelError(subject, _CODE)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
