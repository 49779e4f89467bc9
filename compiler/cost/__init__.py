"""What hardware costs: LUTs and flip-flops of what compiler/hardware describes."""
