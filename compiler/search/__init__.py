"""The search: from labelled events and a hardware budget to a front of verified firmware."""
