"""The configuration of a build, kept in it as a design.yaml, so that the build can be repeated."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bxnn.boards.board import BOARD_FILE, is_board_file
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import DesignConfig, check_config
from bxnn.compiler.config.strict_yaml import parse_mapping
from bxnn.compiler.numeric.output_form import Form, OutputForm

DESIGN_FILE = "design.yaml"
_FORMATS_FILE = "formats.yaml"


def design_text(config: DesignConfig, name: str | None = None) -> str:
    """The configuration as a design.yaml; files that it names are named as they are in a build.

    Args:
        config: The configuration.
        name: Name of the network, which would else follow from the folder that it is compiled into.
    """
    found = json.loads(json.dumps(config.model_dump(exclude_unset=True, exclude={"outputs"})))
    if name is not None:
        found = {"name": name} | {key: value for key, value in found.items() if key != "name"}
    if config.outputs:
        found["outputs"] = {output: [_written(form) for form in forms] for output, forms in config.outputs.items()}
    if config.formats is not None:
        found["formats"] = _FORMATS_FILE
    if is_board_file(config.board):
        found["board"] = BOARD_FILE
    return yaml.safe_dump(found, sort_keys=False)


def keep_inputs(build: Build, config: DesignConfig, name: str, files: Sequence[tuple[Path, Path | None]]) -> None:
    """Keep what was compiled, so that the build can be repeated from itself.

    Args:
        build: Where.
        config: The configuration.
        name: Name of the network.
        files: Every model with its weights file.
    """
    build.write_model(files[0] if files else None)
    build.write_others(files[1:])
    if config.formats is not None:
        shutil.copyfile(config.formats, build.folder / _FORMATS_FILE)
    if is_board_file(config.board):
        shutil.copyfile(config.board, build.folder / BOARD_FILE)
    (build.folder / DESIGN_FILE).write_text(design_text(config, name), encoding="utf-8")


def compile_command(build: Build) -> str:
    """The command that makes the same build again from the files that it keeps, run in its folder."""
    words: list[object] = ["bxnn", "compile"]
    for model, weights in build.models:
        words += [model.relative_to(build.folder)]
        words += [] if weights is None else ["--weights", weights.relative_to(build.folder)]
    return shlex.join([*map(str, words), "-c", DESIGN_FILE, "-o", "BUILD"])


def kept_files(folder: Path) -> dict[str, str]:
    """Texts of the configuration of the build in ``folder`` and of the files that it names, by file name."""
    names = (DESIGN_FILE, _FORMATS_FILE, BOARD_FILE)
    return {name: (folder / name).read_text(encoding="utf-8") for name in names if (folder / name).exists()}


def kept_design(text: str, folder: Path) -> DesignConfig:
    """The configuration of the build in ``folder``."""
    return check_config(parse_mapping(text, "design.yaml"), folder=folder)


def _written(form: OutputForm) -> Any:
    if form.form is Form.THRESHOLD:
        return {"threshold": form.threshold, "strict": form.strict}
    return form.form.value
