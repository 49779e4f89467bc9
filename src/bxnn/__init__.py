"""bxnn: from a trained, quantized network to fixed-latency trigger firmware.

import bxnn

bxnn.compile("model.h5", "build/tagger", config="design.yaml")
tagger = bxnn.load("build/tagger")
scores = tagger.predict(x)               # bit-exact, real-valued outputs
bxnn.simulate("build/tagger", "x.npz")   # cocotb: every output bit, latency and II as predicted
print(tagger.report.latency_cycles, tagger.report.dsp)
"""

from __future__ import annotations

TYPE_CHECKING = False  # part of every command, before signals are decided: it imports nothing
if TYPE_CHECKING:
    from bxnn.api import *  # noqa: F403  # the public names stand in bxnn.api.__all__ and nowhere else
else:

    def __getattr__(name: str) -> object:
        """What ``bxnn.api`` makes public, imported on first use."""
        import bxnn.api as api

        if name == "__all__":
            return api.__all__
        if name not in api.__all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(api, name)

    def __dir__() -> list[str]:
        import bxnn.api as api

        return sorted({*globals(), *api.__all__})
