"""Layer types that cannot be registered, with a test's templates in place of the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir import registry
from bxnn.compiler.ir.registry import layer_types


def refusal(templates: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The error of registering all layer types with these templates."""
    monkeypatch.setattr(registry, "TEMPLATES", templates)
    layer_types.cache_clear()
    try:
        with pytest.raises(InternalError) as caught:
            layer_types()
    finally:
        monkeypatch.undo()
        layer_types.cache_clear()
    return str(caught.value)
