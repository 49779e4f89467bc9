"""The configuration of a build, kept in it so that new weights can be lowered like the old ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bxnn.boards.board import BOARD_FILE
from bxnn.compiler.config.design_config import DesignConfig, check_config
from bxnn.compiler.config.strict_yaml import parse_mapping
from bxnn.compiler.numeric.output_form import Form, OutputForm

DESIGN_FILE = "model/design.json"
_FORMATS_FILE = "formats.yaml"


def design_text(config: DesignConfig) -> str:
    """The configuration as JSON, which is a design.yaml; files that it names are named as they are in a build."""
    found = config.model_dump(exclude_unset=True, exclude={"outputs"})
    if config.outputs:
        found["outputs"] = {name: [_written(form) for form in forms] for name, forms in config.outputs.items()}
    if config.formats is not None:
        found["formats"] = _FORMATS_FILE
    if config.board.endswith((".yaml", ".yml")):
        found["board"] = BOARD_FILE
    return json.dumps(found, indent=2) + "\n"


def kept_design(text: str, folder: Path) -> DesignConfig:
    """The configuration of the build in ``folder``."""
    return check_config(parse_mapping(text, "design.yaml"), folder=folder)


def _written(form: OutputForm) -> Any:
    if form.form is Form.THRESHOLD:
        return {"threshold": form.threshold, "strict": form.strict}
    return form.form.value
