"""Packages: a build in the form that a firmware repository or a vendor's tool takes."""

from bxnn.compiler.delivery.package_build import check_package, write_package
from bxnn.compiler.delivery.targets import TARGETS

__all__ = ["TARGETS", "check_package", "write_package"]
