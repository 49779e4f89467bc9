"""Trains a network for the jets of examples/jet_tagger with HGQ2; runs in the environment of requirements-hgq.txt.

    python -m bench.peers.hgq_jets JETS.npz MODEL.keras [--epochs N] [--beta B] [--seed S]

The layers are those of the example, 16-64-32-32-5, with formats per element. Labels of single jets are noisy: the
network learns the probabilities that five float networks give on average. The price of a bit, ``beta``, first rises
slowly and is then constant while the rate of learning falls; a second training with a lower price finds the weights
of the few bits that are left.
``MODEL.npz`` has test jets and answers, ``MODEL.json`` the accuracy on all test jets.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WIDTHS = (64, 32, 32)
CLASSES = 5
BATCH, AT_ONCE = 1000, 5000
TEACHERS, TEACHER_EPOCHS = 5, 20
FIRST_BETA, LAST_BETA = 1e-6, 1.5e-6
LAST_EPOCHS = 60
BIT_PENALTY = 2e-6  # of every bit, whatever it costs
SHOWN = 2000  # test jets whose answers are kept


class Trainer:
    """Keras and HGQ2, which are not installed where this file is checked."""

    def __init__(self, seed: int) -> None:
        tensorflow = importlib.import_module("tensorflow")
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        self.keras, self.hgq = importlib.import_module("keras"), importlib.import_module("hgq")
        self.config, self.layers = importlib.import_module("hgq.config"), importlib.import_module("hgq.layers")
        self.keras.utils.set_random_seed(seed)

    def fit(self, model: Any, x: Array, y: Array, epochs: int, batch: int, rate: float, *callbacks: Any) -> None:
        """Train by Adam on probabilities, or on labels."""
        steps = -(-len(x) // batch)
        losses = self.keras.losses
        loss = losses.SparseCategoricalCrossentropy if y.ndim == 1 else losses.CategoricalCrossentropy
        decay = self.keras.optimizers.schedules.CosineDecay(rate, steps * epochs, alpha=0.01)
        optimizer = self.keras.optimizers.Adam(decay)
        model.compile(optimizer, loss(from_logits=True), metrics=["accuracy"], steps_per_execution=steps)
        model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, callbacks=list(callbacks))

    def teachers(self, x: Array, y: Array) -> Array:
        """Mean probabilities of float networks, shape (jets, classes)."""
        layers, total = self.keras.layers, np.zeros((len(x), CLASSES), np.float32)
        for _ in range(TEACHERS):
            hidden = [layers.Dense(96, "relu"), layers.Dropout(0.1), layers.Dense(64, "relu"), layers.Dropout(0.1)]
            ends = [layers.Dense(32, "relu"), layers.Dense(CLASSES)]
            model = self.keras.Sequential([layers.Input(x.shape[1:]), *hidden, *ends])
            self.fit(model, x, y, TEACHER_EPOCHS, 250, 3e-3)
            logits = model.predict(x, batch_size=AT_ONCE, verbose=0)
            weights = np.exp(logits - logits.max(axis=1, keepdims=True))
            total += weights / weights.sum(axis=1, keepdims=True) / TEACHERS
        return total

    def network(self, features: int) -> Any:
        """The untrained network: 4-bit weights and 6-bit activations, all of them to be shortened."""
        penalty = importlib.import_module("hgq.regularizers").MonoL1(BIT_PENALTY)
        scope, normalized = self.config.QuantizerConfigScope, self.layers.QEinsumDenseBatchnorm
        data = scope(place="datalane", ir=penalty, fr=penalty, i0=2, f0=3)
        with scope(place="weight", br=penalty, b0=4, i0=0), data, self.config.LayerConfigScope(beta0=FIRST_BETA):
            hidden = [normalized("bc,cd->bd", w, bias_axes="d", activation="relu") for w in WIDTHS]
            last = normalized("bc,cd->bd", CLASSES, bias_axes="d")
            return self.keras.Sequential([self.keras.layers.Input((features,)), *hidden, last])

    def shorten(self, model: Any, x: Array, y: Array, epochs: int, beta: float) -> None:
        """Train while bits become dearer, then once more at a low price."""
        sugar, trace = importlib.import_module("hgq.utils.sugar"), importlib.import_module("hgq.utils").trace_minmax
        counter, report = sugar.FreeEBOPs(), self.keras.callbacks.LambdaCallback(on_epoch_end=_told)
        rise = [(0, FIRST_BETA, "constant"), (epochs // 10, FIRST_BETA, "log"), (epochs * 6 // 10, beta, "constant")]
        for points, count, rate in ((rise, epochs, 5e-3), ([(0, LAST_BETA, "constant")], LAST_EPOCHS, 3e-3)):
            prices = sugar.BetaScheduler(sugar.PieceWiseSchedule(points))
            self.fit(model, x, y, count, BATCH, rate, prices, counter, report)
            trace(model, x, verbose=0)


def _told(epoch: int, logs: dict[str, float]) -> None:
    if epoch % 20 == 0:
        print(f"epoch {epoch}: loss {logs['loss']:.4f}, {logs['ebops']} effective bit operations", flush=True)


def trained(jets: Path, target: Path, epochs: int, beta: float, seed: int) -> None:
    """Train on the training jets of a file and write the model, and what it answers to the test jets."""
    with np.load(jets, allow_pickle=False) as stored:
        x, y, is_test = stored["x"], stored["y"], stored["is_test"]
    trainer = Trainer(seed)
    model = trainer.network(x.shape[1])
    trainer.shorten(model, x[~is_test], trainer.teachers(x[~is_test], y[~is_test]), epochs, beta)
    answers = model.predict(x[is_test], batch_size=AT_ONCE, verbose=0)
    target.parent.mkdir(parents=True, exist_ok=True)
    model.save(target)
    np.savez(target.with_suffix(".npz"), x=x[is_test][:SHOWN], y=answers[:SHOWN])
    facts = {"accuracy": float(np.mean(answers.argmax(axis=1) == y[is_test])), "training_jets": int((~is_test).sum())}
    target.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")
    print(facts, flush=True)


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("jets", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--beta", type=float, default=8e-6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    trained(options.jets, options.model, options.epochs, options.beta, options.seed)


if __name__ == "__main__":
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    main()
