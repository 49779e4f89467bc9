"""From a float model and a sample of events to number formats."""
