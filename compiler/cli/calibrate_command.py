"""The command ``bxnn calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bxnn.compiler.cli.cli_options import integer
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import StoppedRunError
from bxnn.compiler.cli.presentation import present

if TYPE_CHECKING:
    from bxnn.compiler.config.design_config import DesignConfig

_Events = Annotated[Path, typer.Option("--events", metavar="x.npz", help="Real-valued events, and labels y if any.")]
_Output = Annotated[Path, typer.Option("--output", "-o", metavar="formats.yaml", help="File to write.")]
_Bits = Annotated[int | None, typer.Option("--bits", parser=integer(1), metavar="N", help="Bits of weights, results.")]
_Budget = Annotated[
    str | None,
    typer.Option("--budget", metavar="dsp=N,lut=N,latency_ns=X", help="As many bits as this allows."),
]
_Loss = Annotated[float | None, typer.Option("--loss", metavar="X", help="Lower bits as far as the loss allows.")]
_InputBits = Annotated[int, typer.Option("--input-bits", parser=integer(1), metavar="N", help="Bits of the inputs.")]
_InputScale = Annotated[
    Literal["feature", "none"],
    typer.Option("--input-scale", help="The host scales each feature of an input, or sends the model's own numbers."),
]
_Config = Annotated[Path | None, typer.Option("--config", "-c", metavar="design.yaml", help="What it declares stays.")]
_Weights = Annotated[Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a .json model.")]
_Ranges = Annotated[
    Literal["loss", "mse", "percentile", "max-abs"], typer.Option("--ranges", help="How ranges of results are chosen.")
]
_Percentile = Annotated[float, typer.Option("--percentile", metavar="P", help="For --ranges percentile.")]
_Grid = Annotated[
    Literal["channel", "tensor"], typer.Option("--grid", help="A format per output channel of weights, or one.")
]
_Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", help="Search on all cores (local) or a Dask cluster, tls://host:port."
    ),
]


def calibrate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .keras, .h5, .json or .onnx file.")],
    events: _Events,
    output: _Output = Path("formats.yaml"),
    bits: _Bits = None,
    budget: _Budget = None,
    loss: _Loss = None,
    input_bits: _InputBits = 8,
    input_scale: _InputScale = "feature",
    config: _Config = None,
    weights: _Weights = None,
    ranges: _Ranges = "loss",
    percentile: _Percentile = 99.9,
    grid: _Grid = "channel",
    cluster: _Cluster = None,
) -> None:
    """Choose number formats for a float model from a sample of events, and write formats.yaml."""
    from bxnn.compiler.calibration.calibrate_files import calibrate_files
    from bxnn.compiler.calibration.chosen_format import Range, RangeChoice
    from bxnn.compiler.calibration.request import DEFAULT_BITS, Request, one_target, read_budget
    from bxnn.compiler.config.design_config import load_config

    one_target(bits, budget, loss)
    limits = None if budget is None else read_budget(budget)
    choice = RangeChoice(Range(ranges), percentile)
    widths = DEFAULT_BITS if bits is None else bits, input_bits
    request = Request(*widths, limits, loss, choice, grid == "channel", input_scale == "feature")
    try:
        with elapsed("calibrate") as say:
            design = _without(load_config(config), output)
            done = calibrate_files(model, weights, events, output, design, request, say, cluster)
    except KeyboardInterrupt:
        again = "the same command resumes the search" if request.searches else ""
        raise StoppedRunError(again) from None
    facts, notices = done.found.facts, done.found.cautions
    lines = [*(f"note: {line}" for line in notices), facts.sentence, f"wrote {' and '.join(map(str, done.paths))}"]
    answer = {"output": str(output), "notices": list(notices), "measured": facts.model_dump(mode="json")}
    present(answer, *lines)


def _without(config: DesignConfig, output: Path) -> DesignConfig:
    """The configuration, without formats from the file that is about to be replaced."""
    if config.formats is None or Path(config.formats).resolve() != output.resolve():
        return config
    return config.model_copy(update={"formats": None})
