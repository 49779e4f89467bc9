"""The JSON schema of report.json; ``python -m bxnn.compiler.report.report_schema`` writes docs/report.schema.json."""

from __future__ import annotations

import json
import sys
from typing import Any

from bxnn.compiler.report.report_model import SCHEMA_VERSION, ReportModel


def report_schema() -> dict[str, Any]:
    """The schema of the reports that this version writes, in the dialect of 2020-12.

    Source: pydantic, from the annotations of ``ReportModel``.
    """
    found = ReportModel.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": f"bxnn report {SCHEMA_VERSION}",
    }


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(report_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
