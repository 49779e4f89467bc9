"""Linear maps as graphs of adders."""
