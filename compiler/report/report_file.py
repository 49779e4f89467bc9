"""report.json: written in one step, read with its version checked."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from bxnn.compiler.errors import InputError
from bxnn.compiler.report.report_model import SCHEMA_VERSION, ReportModel


def save_report(report: ReportModel, path: Path) -> None:
    """Write as JSON in one step; keys in the order of the schema."""
    text = json.dumps(report.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def load_report(path: Path) -> ReportModel:
    """Read what ``save_report`` wrote.

    Raises:
        InputError: If the file is missing or is not a report of this version.
    """
    try:
        content = path.read_bytes()
        _refuse_newer(path, content)
        return ReportModel.model_validate_json(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(str(path), f"cannot be read: {reason}; run bxnn compile first") from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "file"
        raise InputError(
            str(path),
            f"is not a report of this version of bxnn ({where}: {problem['msg']}); run bxnn compile again",
        ) from error


def _refuse_newer(path: Path, content: bytes) -> None:
    """Refuse a report whose keys may have meanings that this version does not know.

    Raises:
        InputError: Naming its schema version.
    """
    try:
        version = json.loads(content)["schema_version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # without a version, or damaged: validation says which
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(
            str(path),
            f"has schema version {version}, and this bxnn reads up to {SCHEMA_VERSION}; use the bxnn that wrote it",
        )
