"""Trains a model in Keras on one core: Adam, a learning rate that decays as a cosine, pruning, early stopping."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.sim.training.framework import framework
from bxnn.sim.training.training_job import Loss, Outputs, Trained, TrainingJob

_LEAST_BATCH, _MOST_BATCH = 32, 256
_STEPS = 64  # of an epoch, as long as batches are of these sizes
_RATE = 4e-3  # first learning rate
_AT_ONCE = 8192  # events of one prediction
_DENSE_SHARE = 0.34  # of the epochs, before weights are pruned
_PATIENCE_SHARE, _LEAST_PATIENCE = 0.34, 3  # epochs without a better score


def train(job: TrainingJob) -> Trained:
    """Train a model; the same job gives the same weights on the same machine."""
    own = framework(job.quantized)
    keras = own.keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(job.seed)
    model = own.model(job.description)
    batch = min(max(len(job.x) // _STEPS, _LEAST_BATCH), _MOST_BATCH)
    steps = job.epochs * ceil_div(len(job.x), batch)
    rate = keras.optimizers.schedules.CosineDecay(_RATE, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=_loss(keras, job.loss))
    watch = _watch(keras, job)
    model.fit(
        job.x,
        _targets(job),
        sample_weight=job.weights,
        batch_size=batch,
        epochs=job.epochs,
        verbose=0,
        callbacks=[watch],
    )
    weights = _in_units(job, watch.kept)
    model.set_weights(weights)
    found = {name: tuple(map(np.asarray, model.get_layer(name).get_weights())) for name in job.kernels}
    file = own.file(job.description, weights)
    return Trained(found, tuple(watch.losses), tuple(watch.scores), watch.best, file)  # type: ignore[arg-type]


def _loss(keras: Any, kind: Loss) -> Any:
    if kind is Loss.BINARY:
        return keras.losses.BinaryCrossentropy(from_logits=True)
    if kind is Loss.CLASSES:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return keras.losses.MeanSquaredError()


def _targets(job: TrainingJob) -> NDArray[Any]:
    if job.loss is Loss.CLASSES:
        return job.y
    if job.loss is Loss.BINARY:
        return job.y.astype(np.float32)[:, None]
    return ((job.y - job.means) / job.spreads).astype(np.float32)


def _in_units(job: TrainingJob, weights: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """The weights with a last layer that computes targets in their own units."""
    *others, kernel, bias = weights
    return [*others, (kernel * job.spreads).astype(np.float32), (bias * job.spreads + job.means).astype(np.float32)]


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
            self.best, self.quality = -1, -np.inf
            self.kept: list[NDArray[np.float32]] = []
            self.masks: dict[str, NDArray[np.bool_]] = {}

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
            outputs = _outputs(self.model, job.validation) * job.spreads + job.means
            objective, quality = job.score(outputs)
            self.scores.append(objective)
            if epoch >= dense and quality > self.quality:
                self.best, self.kept, self.quality = epoch, self.model.get_weights(), quality
            elif epoch - max(self.best, dense) >= patience:
                self.model.stop_training = True

    return Watch()
