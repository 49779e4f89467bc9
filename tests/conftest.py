"""What all tests share: property-based tests draw the same examples in every run."""

from hypothesis import settings

settings.register_profile("bxnn", derandomize=True, deadline=None, print_blob=True, database=None)
settings.load_profile("bxnn")
