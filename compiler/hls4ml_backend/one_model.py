"""hls4ml's nodes stay with the ModelGraph they were made for."""

from __future__ import annotations

from typing import Any

from bxnn.compiler.errors import ConfigError


class OneModel:
    """The attribute ``model`` of a node, which is given once.

    hls4ml's MultiModelGraph gives the nodes of a ModelGraph to several new ones, and then has Vivado's passes go over
    them whatever the back end is. This is the first step of it that a back end can see; nothing is changed then.
    """

    def __get__(self, node: Any, kind: type | None = None) -> Any:
        if node is None:
            return self
        try:
            return node.__dict__["model"]
        except KeyError:
            raise AttributeError("model") from None

    def __set__(self, node: Any, model: Any) -> None:
        """Give a node its model.

        Raises:
            ConfigError: If it has another one already.
        """
        if node.__dict__.get("model", model) is not model:
            advice = "bxnn makes one design of the whole network: compile the ModelGraph that is to be split"
            raise ConfigError("MultiModelGraph", f"is not supported; {advice}")
        node.__dict__["model"] = model
