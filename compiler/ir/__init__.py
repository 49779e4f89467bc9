"""The integer IR: number formats, tensors, layers, graphs, layouts and bindings. Knows no file format."""
