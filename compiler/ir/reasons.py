"""Why layers need no hardware, and why keys of a configuration have no effect on it."""

from __future__ import annotations

from enum import Enum


class NoOpReason(Enum):
    """Why a layer does nothing at inference."""

    TRAINING_ONLY = "training_only"
    LINEAR_ACTIVATION = "linear_activation"


class LeftOutReason(Enum):
    """Why firmware does not need a layer whose results only leave the network or are compared."""

    SAME_ORDER = "same_order"  # its input is ordered like its results
    LOGIT_OF_SCORE = "logit_of_score"  # the same, and every result is the logistic function of its own input


class IgnoredReason(Enum):
    """Why a key of a configuration changes neither bits nor hardware."""

    SOFTMAX_LEFT_OUT = "softmax_left_out"
    NO_TABLES = "no_tables"
    CSIM_TRACES = "csim_traces"
    ONE_BACKEND = "one_backend"
    MODEL_GIVEN = "model_given"
    EVENTS_GIVEN = "events_given"
    OUTPUTS_COMPUTED = "outputs_computed"
    CLOCK_PERIOD = "clock_period"
    PART_ON_NO_BOARD = "part_on_no_board"
    NO_WRAPPER = "no_wrapper"
    OWN_VERSION = "own_version"
    OTHER_BACKENDS = "other_backends"
    PARALLEL_HINT = "parallel_hint"
    ARRIVES_WHOLE = "arrives_whole"
    ARRIVES_IN_BEATS = "arrives_in_beats"
    SAME_WINDOWS = "same_windows"
