"""bxnn: from a trained, quantized network to fixed-latency trigger firmware.

import bxnn

bxnn.compile("model.h5", "build/tagger", config="design.yaml")
tagger = bxnn.load("build/tagger")
scores = tagger.predict(x)               # bit-exact, real-valued outputs
bxnn.simulate("build/tagger", "x.npz")   # cocotb: every output bit, latency and II as predicted
print(tagger.report.latency_cycles, tagger.report.dsp)
"""

from __future__ import annotations

TYPE_CHECKING = False  # this is part of every command, before it has decided what a signal does: it imports nothing
if TYPE_CHECKING:
    from bxnn.api import (
        BeatPacker,
        BxnnError,
        InputError,
        Network,
        Report,
        Sweep,
        VerificationError,
        compile,
        csim,
        load,
        predict,
        report,
        simulate,
        sweep,
        synthesize,
    )

__all__ = [
    "BeatPacker",
    "BxnnError",
    "InputError",
    "Network",
    "Report",
    "Sweep",
    "VerificationError",
    "compile",
    "csim",
    "load",
    "predict",
    "report",
    "simulate",
    "sweep",
    "synthesize",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What ``bxnn.api`` defines, imported when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from bxnn import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
