"""Trains a model in Keras 3 on one core: Adam, a learning rate that decays as a cosine, pruning, early stopping."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.sim.training.training_job import Outputs, Trained, TrainingJob

_LEAST_BATCH, _MOST_BATCH = 32, 256
_STEPS = 64  # of an epoch, as long as batches are of these sizes
_RATE = 4e-3  # first learning rate
_AT_ONCE = 8192  # events of one prediction
_DENSE_SHARE = 0.34  # of the epochs, before weights are pruned
_PATIENCE_SHARE, _LEAST_PATIENCE = 0.34, 3  # epochs without a better score


def missing() -> str | None:
    """What is not installed, or ``None``."""
    from importlib.util import find_spec

    return next((name for name in ("keras", "tensorflow") if find_spec(name) is None), None)


def train(job: TrainingJob) -> Trained:
    """Train a model; the same job gives the same weights on the same machine."""
    keras = _framework()
    keras.backend.clear_session()
    keras.utils.set_random_seed(job.seed)
    model = _model(keras, job)
    batch = min(max(len(job.x) // _STEPS, _LEAST_BATCH), _MOST_BATCH)
    steps = job.epochs * ceil_div(len(job.x), batch)
    loss = (
        keras.losses.BinaryCrossentropy(from_logits=True)
        if job.binary
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_RATE, steps)), loss=loss)
    watch = _watch(keras, job)
    model.fit(
        job.x,
        job.y.astype(np.float32)[:, None] if job.binary else job.y,
        sample_weight=job.weights,
        batch_size=batch,
        epochs=job.epochs,
        verbose=0,
        callbacks=[watch],
    )
    model.set_weights(watch.kept)
    found = {name: tuple(map(np.asarray, model.get_layer(name).get_weights())) for name in job.kernels}
    return Trained(found, tuple(watch.losses), tuple(watch.scores), watch.best, _file(keras, job, watch.kept))  # type: ignore[arg-type]


def _framework() -> Any:
    """Keras on TensorFlow with one thread, which gives the same numbers every time."""
    os.environ.update({"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})
    import keras
    import tensorflow

    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # TensorFlow runs in this process already
    return keras


def _model(keras: Any, job: TrainingJob) -> Any:
    return keras.models.model_from_json(json.dumps(job.description))


def _file(keras: Any, job: TrainingJob, weights: Any) -> bytes:
    """The model as a file, never compiled, so that the file has no state of the training."""
    bare = _model(keras, job)
    bare.set_weights(weights)
    with TemporaryDirectory(prefix="bxnn-") as folder:
        path = Path(folder) / "model.keras"
        bare.save(path)
        return path.read_bytes()


def _outputs(model: Any, x: Any) -> Outputs:
    parts = [np.asarray(model.predict_on_batch(x[first : first + _AT_ONCE])) for first in range(0, len(x), _AT_ONCE)]
    return np.concatenate(parts).astype(np.float64)


def _watch(keras: Any, job: TrainingJob) -> Any:
    """A callback that prunes, scores every epoch, keeps the best weights and ends a training that does not improve."""
    dense = int(job.epochs * _DENSE_SHARE) if job.pruning else 0
    patience = max(_LEAST_PATIENCE, int(job.epochs * _PATIENCE_SHARE))

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.losses: list[float] = []
            self.scores: list[float] = []
            self.best, self.kept, self.masks = -1, None, {}  # type: ignore[var-annotated]

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == dense and job.pruning:
                kernels = {name: np.asarray(self.model.get_layer(name).kernel) for name in job.kernels}
                self.masks = {name: job.kept(kernel, job.pruning) for name, kernel in kernels.items()}
                self.on_train_batch_end(0)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            for name, mask in self.masks.items():
                kernel = self.model.get_layer(name).kernel
                kernel.assign(kernel * mask)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.losses.append(float(logs["loss"]))
            self.scores.append(job.score(_outputs(self.model, job.validation)))
            if epoch >= dense and (self.best < 0 or self.scores[-1] > self.scores[self.best]):
                self.best, self.kept = epoch, self.model.get_weights()
            elif epoch - max(self.best, dense) >= patience:
                self.model.stop_training = True

    return Watch()
