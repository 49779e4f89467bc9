"""The published networks of the shared tasks, in Keras.

Source: the reference models of pd4ml, and for tasks whose reference model bxnn does not build the fully connected
network that is published for all tasks: ParticleNet looks for neighbours of each constituent at run time, and the
network of the air showers has bidirectional LSTMs in 81 stations.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from examples.pd4ml.tasks import Task

_LAYERS, _WIDTH = 12, 256


def network(task: Task, seed: int = 1) -> keras.Model:
    """The float network of a task, not trained."""
    keras.utils.set_random_seed(seed)
    layers = {"Spinodal": _clump_finder, "EOSL": _spectrum_reader}.get(task.name, _dense_layers)()
    last = keras.layers.Dense(1, name="score", activation="linear" if task.regression else "sigmoid")
    return keras.Sequential([keras.Input(task.shape, name="x"), *layers, last], name=task.name.lower())


def trained(task: Task, x: Any, y: Any, epochs: int, seed: int = 1) -> keras.Model:
    """The network after some epochs of training with Adam."""
    model = network(task, seed)
    model.compile("adam", "mse" if task.regression else "binary_crossentropy")
    model.fit(x, y, epochs=epochs, batch_size=100, verbose=2)
    return model


def _clump_finder() -> list[keras.Layer]:
    layers = keras.layers
    same = {"padding": "same", "activation": "relu"}
    return [
        layers.Conv2D(15, 3, name="conv1", **same),
        layers.MaxPooling2D(2, name="pool1"),
        layers.Conv2D(15, 3, name="conv2", **same),
        layers.MaxPooling2D(2, name="pool2"),
        layers.Conv2D(25, 3, name="conv3", **same),
        layers.Flatten(name="flat"),
        layers.Dense(10, activation="relu", name="fc1"),
    ]


def _spectrum_reader() -> list[keras.Layer]:
    """Slopes of PReLU are shared by all pixels of a channel; in the published network every pixel has its own."""
    layers, found = keras.layers, list[keras.Layer]()
    for number, (filters, size) in enumerate(((16, 8), (16, 7), (32, 6)), start=1):
        found.append(layers.Conv2D(filters, size, padding="same", kernel_initializer="he_normal", name=f"conv{number}"))
        if number > 1:
            found.append(layers.AveragePooling2D(2, name=f"pool{number}"))
        found += [layers.BatchNormalization(name=f"bn{number}"), _slopes(f"prelu{number}", [1, 2])]
    dense = layers.Dense(128, kernel_initializer="he_normal", name="fc1")
    return [*found, layers.Flatten(name="flat"), dense, layers.BatchNormalization(name="bn4"), _slopes("prelu4", None)]


def _slopes(name: str, shared: list[int] | None) -> keras.Layer:
    start = keras.initializers.RandomUniform(0.05, 0.4)  # as after training; Keras begins with 0, a plain ReLU
    return keras.layers.PReLU(start, shared_axes=shared, name=name)


def _dense_layers() -> list[keras.Layer]:
    return [keras.layers.Dense(_WIDTH, activation="relu", name=f"fc{n}") for n in range(1, _LAYERS + 1)]
