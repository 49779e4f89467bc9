"""Reports of vendors' tools, read into the report of a build."""

from bxnn.compiler.verification.vendor.vendor_timing import read_vendor_reports

__all__ = ["read_vendor_reports"]
