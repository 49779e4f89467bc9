"""The ways to compute a build's outputs, each of which must agree with the reference."""

from bxnn.compiler.verification.engines.engine import Engine, Found
from bxnn.compiler.verification.engines.engine_list import ENGINES, engine_named

__all__ = ["ENGINES", "Engine", "Found", "engine_named"]
