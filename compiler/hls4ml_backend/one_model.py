"""hls4ml's nodes stay with the ModelGraph for which they were made."""

from __future__ import annotations

from typing import Any

from bxnn.compiler.errors import ConfigError


class OneModel:
    """The attribute ``model`` of a node, which may be set only once.

    hls4ml's MultiModelGraph gives the nodes of a ModelGraph to several new ones, and then runs Vivado's passes on
    them, whatever the back end. This is the first step of it that a back end can see; nothing has changed by then.
    """

    def __get__(self, node: Any, kind: type | None = None) -> Any:
        if node is None:
            return self
        try:
            return node.__dict__["model"]
        except KeyError:
            raise AttributeError("model") from None

    def __set__(self, node: Any, model: Any) -> None:
        """Set the model of a node.

        Raises:
            ConfigError: If it already has another one.
        """
        if node.__dict__.get("model", model) is not model:
            advice = "bxnn makes one design of the whole network: compile the ModelGraph before it is split"
            raise ConfigError("MultiModelGraph", f"is not supported; {advice}")
        node.__dict__["model"] = model
