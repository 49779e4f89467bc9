"""The reference of report.json, from the classes of the report."""

from __future__ import annotations

from typing import Any

from bxnn.compiler.pages.described import cell
from bxnn.compiler.report.report_schema import report_schema

_SIMPLE = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false", "null": "null"}


def report_json_page() -> str:
    """A table of all keys, and one for each object in it."""
    schema: dict[str, Any] = report_schema()
    parts = [
        "# report.json",
        "What was not run is `null`, never 0. The JSON schema is [report.schema.json](../report.schema.json); "
        "`schema_version` grows when a key changes its meaning, and reports of earlier versions can be read.",
        _object("The report", schema),
    ]
    parts += [_object(name, part) for name, part in sorted(schema.get("$defs", {}).items()) if "properties" in part]
    return "\n\n".join(parts) + "\n"


def _object(title: str, schema: dict[str, Any]) -> str:
    rows = [f"| `{key}` | {cell(_type(part))} |" for key, part in schema["properties"].items()]
    prose = (schema.get("description") or "").split("\n\nAttributes:")[0].replace("``", "`")
    return "\n\n".join([f"## {title}", prose, "\n".join(["| key | value |", "|---|---|", *rows])])


def _type(part: dict[str, Any]) -> str:
    """The type of a value in words: ``list of integer``, ``Timing or null``."""
    if "$ref" in part:
        return str(part["$ref"]).rpartition("/")[2]
    if "anyOf" in part:
        return " or ".join(_type(choice) for choice in part["anyOf"])
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}" if "items" in part else "list"
    if part.get("type") == "object":
        inner = part.get("additionalProperties")
        return f"mapping to {_type(inner)}" if isinstance(inner, dict) else "mapping"
    return _SIMPLE.get(str(part.get("type")), "any value")
