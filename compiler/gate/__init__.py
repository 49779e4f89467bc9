"""The gate of a merge: limits, a baseline, and what a build was measured against; reads reports, runs nothing."""

from bxnn.compiler.gate.check import Check, Rule
from bxnn.compiler.gate.check_build import Limits, checked

__all__ = ["Check", "Limits", "Rule", "checked"]
