"""Reading model files: no deep-learning framework is imported and nothing in a file is executed."""

from compiler.frontend.keras import load_model

__all__ = ["load_model"]
