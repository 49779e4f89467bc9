"""The picture in README: the timeline of the jet tagger.

    python -m bench.timeline_picture

writes docs/jet_tagger.svg.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
from matplotlib.figure import Figure

import bxnn

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "jet_tagger.svg"
EXAMPLE = ROOT / "examples" / "jet_tagger"


def main() -> None:
    """Compile, draw, write."""
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "bxnn"}  # text stays text; the same file each time
    figure = Figure(figsize=(8.0, 2.8), layout="constrained")
    figure.patch.set_facecolor("white")
    with TemporaryDirectory() as folder:
        bxnn.compile(EXAMPLE / "model.h5", Path(folder) / "jet_tagger", config=EXAMPLE / "design.yaml")
        bxnn.load(Path(folder) / "jet_tagger").plot_timeline(figure.subplots())
    figure.savefig(PICTURE, metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
