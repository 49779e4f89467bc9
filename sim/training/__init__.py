"""Training of networks that the search proposes: the only place that runs a framework for it."""
