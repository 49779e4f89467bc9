"""A second oracle: what the files of a model compute, without bxnn."""
