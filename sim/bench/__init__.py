"""The cocotb bench: works for any network from its ``Interface`` alone."""
