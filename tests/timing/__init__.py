"""Static timing analysis on netlists small enough to add up by hand."""
