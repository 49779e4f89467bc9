"""What is measured on a build and compared with the prediction: simulation, the HLS C++, synthesis, proofs."""

from bxnn.compiler.verification.c_simulation import csim
from bxnn.compiler.verification.flip_build import flip
from bxnn.compiler.verification.prove_build import prove
from bxnn.compiler.verification.simulation import simulate
from bxnn.compiler.verification.synthesis_check import synthesize
from bxnn.compiler.verification.verify_build import verify

__all__ = ["csim", "flip", "prove", "simulate", "synthesize", "verify"]
