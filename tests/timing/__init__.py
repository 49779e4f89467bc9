"""Static timing analysis on netlists small enough to be added up by hand."""
