"""The examples: networks for a trigger, from simulated events to a trained model file and its design.yaml."""

import os

# TensorFlow reads these only once, when it is imported; QKeras needs Keras 2.
os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
