"""The command ``bxnn compile``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import show_report


def compile_command(
    models: Annotated[
        list[Path] | None,
        typer.Argument(metavar="MODEL", help="A .keras, .h5, .json or .onnx file; several for members or channels."),
    ] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", metavar="W.h5", help="Weights of a .json model; several for members or channels."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="design.yaml", help="Board, clock, II, budget, number formats."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="BUILD", help="Folder to write; build/MODEL by default."),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option("--board", metavar="NAME|my.yaml", help="Board or device in place of that of design.yaml."),
    ] = None,
    hls4ml: Annotated[
        Path | None,
        typer.Option("--hls4ml-config", metavar="config.yml", help="hls4ml's configuration; may name the model."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files changed after bxnn wrote them.")] = False,
) -> None:
    """Write VHDL, HLS C++, emulator, bench, IR and report for a model to BUILD.

    Files in BUILD that bxnn did not write are left alone.
    """
    if hls4ml is not None:
        _compile_hls4ml(hls4ml, models, weights, config, output, board, force)
        return
    from bxnn.compiler import driver
    from bxnn.compiler.cli.model_files import model_files

    (model, own), *others = model_files(models or (), weights or ())
    with elapsed("compile"):
        folder = output or Path("build") / model.stem
        report = driver.compile_model(model, own, config, folder, force, board, others)
    show_report(report)


def _compile_hls4ml(
    hls4ml: Path,
    models: list[Path] | None,
    weights: list[Path] | None,
    config: Path | None,
    output: Path | None,
    board: str | None,
    force: bool,
) -> None:
    """The same with hls4ml's configuration."""
    from bxnn.compiler.cli.model_files import only
    from bxnn.compiler.config.strict_yaml import read_mapping
    from bxnn.compiler.hls4ml_backend.configuration import compile_configuration

    design = None if config is None else read_mapping(config, "design.yaml")
    if board is not None:
        design = {**(design or {}), "board": board}
    model, stored = only(models, "models"), only(weights, "weights files")
    with elapsed("compile"):
        report = compile_configuration(hls4ml, model, stored, design, output, force)
    show_report(report)
