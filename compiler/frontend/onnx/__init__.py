"""ONNX model files: QONNX and QDQ."""
