"""Layer types: one file per type holds everything Python knows about that layer."""
