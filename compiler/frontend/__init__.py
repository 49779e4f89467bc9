"""Reading model files: no deep-learning framework is imported and nothing in a file is executed."""

from bxnn.compiler.frontend.model_loader import load_model

__all__ = ["load_model"]
