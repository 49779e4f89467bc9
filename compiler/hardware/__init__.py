"""What a scheduled layer is in hardware: the bindings, one class each."""
