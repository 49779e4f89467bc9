"""What all trials of a search share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        """Outputs of every network: a logit per class, or one for two classes."""
        return 1 if self.sample.classes == 2 else self.sample.classes

    @property
    def judgement(self) -> Judgement:
        """How outputs are judged."""
        return Judgement(self.config.objective, self.config.rate, self.config.signal)

    def plans(self, candidate: Candidate) -> tuple[LayerPlan, ...]:
        """Layers of a candidate."""
        return planned(candidate, self.sample.train.shape, self.outputs)

    def event_weights(self) -> NDArray[np.float32] | None:
        """How much each training event counts, such that all classes count the same; ``None`` if all do."""
        if not self.config.class_weights:
            return None
        labels = self.sample.train.y
        counts = np.bincount(labels, minlength=self.sample.classes)
        return (len(labels) / (len(counts) * counts))[labels].astype(np.float32)
