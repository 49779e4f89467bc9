"""Layer types: one file per type holds everything that Python knows about that layer."""
