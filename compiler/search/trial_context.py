"""What all trials of a search share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.search.area import LUTS_PER_DSP
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import LayerPlan, planned
from bxnn.compiler.search.objectives import Judgement
from bxnn.compiler.search.sample import SplitSample
from bxnn.compiler.search.search_config import SearchConfig
from bxnn.compiler.search.standardization import Standardization, standardization


@dataclass(frozen=True, eq=False)
class TrialContext:
    """A search without its engine.

    Attributes:
        config: search.yaml.
        sample: Events.
        standard: What the host does to features.
    """

    config: SearchConfig
    sample: SplitSample
    standard: Standardization

    @classmethod
    def of(cls, config: SearchConfig, sample: SplitSample) -> TrialContext:
        """The context of a split sample."""
        return cls(config, sample, standardization(sample.train.x, config.standardize))

    @property
    def outputs(self) -> int:
        """Outputs of every network: a logit per class, or one for two classes; the targets; or all features."""
        if self.config.task == "regression":
            return int(self.sample.train.y.shape[1])
        if self.config.task == "autoencoder":
            return int(np.prod(self.sample.train.shape))
        return 1 if self.sample.classes == 2 else self.sample.classes

    @property
    def judgement(self) -> Judgement:
        """How outputs are judged."""
        assert self.config.objective is not None
        return Judgement(self.config.objective, self.config.rate, self.config.signal)

    @property
    def corner(self) -> tuple[float, float | None, float | None]:
        """Loss, ns and area of a network that knows nothing and uses up the budget; ``None`` for what has no limit."""
        sample, task, budget = self.sample.validation, self.config.task, self.config.budget
        outputs = np.zeros((sample.count, 1 if task == "autoencoder" else self.outputs))
        if task == "regression":
            outputs += self.sample.train.y.mean(axis=0)
        if task == "classification":
            most = int(np.bincount(self.sample.train.y).argmax())
            outputs[:, most % self.outputs] = 1.0 if most or self.outputs > 1 else -1.0
        loss = self.judgement.loss(self.judgement.figure(outputs, sample.y).value)
        area = None if budget.lut is None or budget.dsp is None else float(budget.lut + LUTS_PER_DSP * budget.dsp)
        return loss, budget.latency_ns, area

    def plans(self, candidate: Candidate) -> tuple[LayerPlan, ...]:
        """Layers of a candidate."""
        return planned(candidate, self.sample.train.shape, self.outputs)

    def scores(self, x: NDArray[np.float32], outputs: Reals) -> Reals:
        """What the objective is about: the outputs; of an autoencoder, how far they are from what it reads.

        The host computes the mean square difference of outputs and standardised features, shape (events, 1).
        """
        if self.config.task != "autoencoder":
            return outputs
        differences = outputs - self.standard(x).astype(np.float64).reshape(len(x), -1)
        return np.asarray(np.mean(differences**2, axis=1, keepdims=True))

    def event_weights(self) -> NDArray[np.float32] | None:
        """How much each training event counts, such that all classes count the same; ``None`` if all do."""
        if not self.config.class_weights or self.config.task != "classification":
            return None
        labels: NDArray[np.int64] = self.sample.train.y
        counts = np.bincount(labels, minlength=self.sample.classes)
        return np.asarray((len(labels) / (len(counts) * counts))[labels], np.float32)
