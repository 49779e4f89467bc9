"""The text of formats.yaml and the files beside it, written in one step each."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from bxnn.compiler.calibration.request import Request
from bxnn.compiler.config.formats_file import format_lines
from bxnn.compiler.errors import InputError
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.plural import counted
from bxnn.compiler.report.calibration_facts import CalibrationFacts


def formats_text(name: str, request: Request, types: DeclaredTypes, facts: CalibrationFacts, digest: str) -> str:
    """formats.yaml: the types, and what they do to events that were not used to choose them.

    Args:
        name: Name of the model.
        request: What was asked.
        types: The chosen types.
        facts: The comparison.
        digest: What the comparison is about.
    """
    widths = "as narrow as the search found" if request.searches else f"with {counted(request.bits, 'bit')}"
    head = [
        f"# Number formats of {name}, chosen by bxnn calibrate from {counted(facts.calibrated_on, 'event')}:",
        f"# inputs with {counted(request.input_bits, 'bit')}, weights and results {widths}.",
        "# design.yaml takes them with `formats: formats.yaml`; what it declares itself takes precedence.",
    ]
    measured = {"measured": {"digest": digest, **facts.model_dump(mode="json")}}
    text = yaml.safe_dump(measured, sort_keys=False, default_flow_style=None, width=120)
    note = "# The firmware against the float model on other events; bxnn compile puts it into the report."
    return "\n".join([*head, *format_lines(types), note, text])


def write_whole(path: Path, contents: bytes) -> None:
    """Write a file, entirely or not at all.

    Raises:
        InputError: Naming the file, if it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(contents)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(str(path), f"cannot be written: {error.strerror or error}") from None
