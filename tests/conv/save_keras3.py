"""Run in a separate process: save a network of plain Keras 3 layers. Usage: save_keras3.py FOLDER."""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # see save_models.py

import keras
import numpy as np
from keras import layers


def main(folder: Path) -> None:
    """Write the network in three file formats, its inputs and its outputs."""
    source = keras.Input((8, 7, 2), name="x")
    left = layers.ReLU()(layers.Conv2D(4, 3, padding="same", groups=2)(source))
    right = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise")(source)
    result = layers.Concatenate()([layers.Add()([left, right]), source])
    for layer in (
        layers.MaxPooling2D(2, padding="same"),
        layers.SeparableConv2D(3, 2),
        layers.ZeroPadding2D(1),
        layers.AveragePooling2D(2),
        layers.Permute((3, 1, 2)),
        layers.Reshape((3, 4)),
        layers.Conv1D(2, 2, padding="causal", dilation_rate=2),
        layers.GlobalMaxPooling1D(),
    ):
        result = layer(result)
    model = keras.Model(source, result)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        layer.set_weights([rng.integers(-8, 8, array.shape) / 8 for array in layer.get_weights()])
    model.save(folder / "net.keras")
    model.save(folder / "net.h5")
    (folder / "net.json").write_text(model.to_json())
    model.save_weights(folder / "net.weights.h5")
    x = (rng.integers(-16, 16, (20, 8, 7, 2)) / 4).astype(np.float32)
    np.savez(folder / "answers.npz", x=x, y=np.asarray(model(x)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
