"""The lowering in one place: PIPELINE lists all passes in order."""

from __future__ import annotations

from bxnn.compiler.passes.absorb_input_quantizers import absorb_input_quantizers
from bxnn.compiler.passes.append_decisions import AppendDecisions
from bxnn.compiler.passes.balance import balance
from bxnn.compiler.passes.check_emittable import check_emittable
from bxnn.compiler.passes.declare_constants import declare_constants
from bxnn.compiler.passes.declare_inputs import DeclareInputs
from bxnn.compiler.passes.declare_reloadable import declare_reloadable
from bxnn.compiler.passes.declare_results import DeclareResults
from bxnn.compiler.passes.fold import fold
from bxnn.compiler.passes.fold_normalization import fold_normalization
from bxnn.compiler.passes.leave_out_at_outputs import leave_out_at_outputs
from bxnn.compiler.passes.merge_equal_layers import merge_equal_layers
from bxnn.compiler.passes.quantize import quantize
from bxnn.compiler.passes.remove_no_ops import remove_no_ops
from bxnn.compiler.passes.resolve_formats import resolve_formats
from bxnn.compiler.passes.runner import Pass, PassOptions, run
from bxnn.compiler.passes.settle_decisions import settle_decisions
from bxnn.compiler.passes.share_products import share_products
from bxnn.compiler.passes.stand_alone import stand_alone

PIPELINE: tuple[Pass, ...] = (
    remove_no_ops,  # dropout, linear activations
    AppendDecisions(),  # outputs that the user wants as a class index or above a threshold
    leave_out_at_outputs,  # the final softmax or sigmoid
    fold_normalization,  # float batch normalizations, into weights with declared types
    balance,  # float results scaled up or down for their formats, and back where they are read
    declare_constants,  # number formats of float weights, from design.yaml or a calibration
    declare_reloadable,  # weights that are loaded at run time, with all codes of their formats
    quantize,  # trained floats become codes; the last pass that may change a value
    DeclareInputs(),  # number formats of inputs, from design.yaml
    DeclareResults(),  # number formats of results, from design.yaml or a calibration
    absorb_input_quantizers,  # number formats of other inputs, from the network's own first quantizer
    fold,  # batch normalization into Dense, ReLU into the following quantizer
    stand_alone,  # batch normalization that no neighbour absorbs
    settle_decisions,  # how precise averages must be, from the quantizers after them
    resolve_formats,  # plain ReLUs get the format that loses nothing
    check_emittable,  # whatever is left has hardware
    merge_equal_layers,  # what several layers compute from the same tensors
    share_products,  # of pairs of elements that are multiplied several times
)

# Those that each model of several goes through by itself, and those of the one network that has their weights.
OF_EACH_MODEL = PIPELINE[: PIPELINE.index(stand_alone) + 1]
OF_ALL_SETS = PIPELINE[len(OF_EACH_MODEL) :]

# For a network whose layers are lowered already, with new outputs.
DECISIONS: tuple[Pass, ...] = (AppendDecisions(), settle_decisions, resolve_formats, check_emittable)

# For networks with the same inputs side by side, which may compute the same.
OF_ALL_MEMBERS: tuple[Pass, ...] = (*DECISIONS, merge_equal_layers, share_products)

__all__ = ["DECISIONS", "OF_ALL_MEMBERS", "OF_ALL_SETS", "OF_EACH_MODEL", "PIPELINE", "Pass", "PassOptions", "run"]
