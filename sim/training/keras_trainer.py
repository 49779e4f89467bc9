"""Trains a model in Keras on one core: Adam, a learning rate that decays as a cosine, pruning, early stopping.

An epoch is one call of a function that TensorFlow has compiled: the networks are so small that `Model.fit` spends
nearly all of its time between the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.sim.training.framework import Framework, framework
from bxnn.sim.training.training_job import Loss, Outputs, Trained, TrainingJob

_LEAST_BATCH, _MOST_BATCH = 32, 256
_STEPS = 64  # of an epoch, as long as batches are of these sizes
_RATE = 4e-3  # first learning rate
_AT_ONCE = 8192  # events of one prediction
_DENSE_SHARE = 0.34  # of the epochs, before weights are pruned
_PATIENCE_SHARE, _LEAST_PATIENCE = 0.34, 3  # epochs without a better score


def train(job: TrainingJob) -> Trained:
    """Train a model; the same job gives the same weights on the same machine."""
    own = framework(job.training)
    own.keras.backend.clear_session()
    own.keras.utils.set_random_seed(job.seed)
    model = own.model(job.description)
    masks = _masks(model, job)
    one_epoch, predicted = _epoch(own, model, job, masks), _prediction(model)
    generator, watch = np.random.default_rng(job.seed), _Watch(job)
    for epoch in range(job.epochs):
        if epoch == watch.dense:
            _prune(model, job, masks)
        loss = float(one_epoch(_batches(len(job.x), generator)))
        if watch.ends(epoch, loss, _outputs(predicted, job.validation), model):
            break
    weights = _in_units(job, watch.kept)
    model.set_weights(weights)
    found = {name: tuple(map(np.asarray, model.get_layer(name).get_weights()[:2])) for name in job.kernels}
    file = own.file(job.description, weights)
    return Trained(found, tuple(watch.losses), tuple(watch.scores), watch.best, file)  # type: ignore[arg-type]


def _batches(events: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """The events of an epoch in a new order, shape (steps, batch); those that do not fill a batch wait."""
    batch = min(max(events // _STEPS, _LEAST_BATCH), _MOST_BATCH, events)
    steps = events // batch
    return generator.permutation(events)[: steps * batch].reshape(steps, batch).astype(np.int32)


def _masks(model: Any, job: TrainingJob) -> dict[str, Any]:
    """What every kernel is multiplied with after each step; nothing without pruning."""
    import tensorflow as tf

    if not job.pruning:
        return {}
    return {name: tf.Variable(tf.ones(model.get_layer(name).kernel.shape)) for name in job.kernels}


def _prune(model: Any, job: TrainingJob, masks: dict[str, Any]) -> None:
    for name, mask in masks.items():
        kernel = np.asarray(model.get_layer(name).kernel)
        mask.assign(job.kept(kernel, job.pruning).astype(np.float32))
        model.get_layer(name).kernel.assign(kernel * mask)


def _epoch(own: Framework, model: Any, job: TrainingJob, masks: dict[str, Any]) -> Callable[[NDArray[np.int32]], Any]:
    """A function that takes the steps of an epoch and returns their mean loss."""
    import tensorflow as tf

    steps = len(_batches(len(job.x), np.random.default_rng(0)))
    optimizer = own.keras.optimizers.Adam(own.keras.optimizers.schedules.CosineDecay(_RATE, job.epochs * steps))
    optimizer.build(model.trainable_variables)
    loss_of = _loss(own.keras, job.loss)
    x, y = tf.constant(job.x), tf.constant(_targets(job))
    weights = tf.ones(len(job.x)) if job.weights is None else tf.constant(job.weights)

    def epoch(batches: Any) -> Any:
        total = tf.zeros(())
        for step in tf.range(steps):
            rows = batches[step]
            with tf.GradientTape() as tape:
                outputs = model(tf.gather(x, rows), training=True)
                loss = loss_of(tf.gather(y, rows), outputs, sample_weight=tf.gather(weights, rows))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            for name, mask in masks.items():
                kernel = model.get_layer(name).kernel
                kernel.assign(kernel * mask)
            total += loss
        return total / steps

    compiled: Callable[[NDArray[np.int32]], Any] = tf.function(epoch)
    return compiled


def _prediction(model: Any) -> Callable[[Any], Any]:
    import tensorflow as tf

    compiled: Callable[[Any], Any] = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
    return compiled


def _outputs(predicted: Callable[[Any], Any], x: NDArray[np.float32]) -> Outputs:
    parts = [np.asarray(predicted(x[first : first + _AT_ONCE])) for first in range(0, len(x), _AT_ONCE)]
    return np.concatenate(parts).astype(np.float64)


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
    """The weights with a last layer that computes targets in their own units; classes have none."""
    if job.loss is not Loss.VALUES:
        return weights
    *others, kernel, bias = weights
    return [*others, (kernel * job.spreads).astype(np.float32), (bias * job.spreads + job.means).astype(np.float32)]


@dataclass
class _Watch:
    """Scores every epoch, keeps the weights of the best one and ends a training that does not improve."""

    job: TrainingJob
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    kept: list[NDArray[np.float32]] = field(default_factory=list)
    best: int = -1
    quality: float = -np.inf

    @property
    def dense(self) -> int:
        """Epochs before weights are pruned; what comes before does not count."""
        return int(self.job.epochs * _DENSE_SHARE) if self.job.pruning else 0

    def ends(self, epoch: int, loss: float, outputs: Outputs, model: Any) -> bool:
        """Whether the training ends after this epoch."""
        objective, quality = self.job.score(outputs * self.job.spreads + self.job.means)
        self.losses.append(loss)
        self.scores.append(objective)
        if epoch >= self.dense and quality > self.quality:
            self.best, self.kept, self.quality = epoch, model.get_weights(), quality
        patience = max(_LEAST_PATIENCE, int(self.job.epochs * _PATIENCE_SHARE))
        return epoch - max(self.best, self.dense) >= patience
