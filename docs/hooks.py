"""Adds to the site what is written from the code: the references, the changelog, the citation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from bxnn.compiler.pages import PAGES
from bxnn.compiler.pages.notebook_file import notebook_text

ROOT = Path(__file__).resolve().parents[1]


def on_files(files: Files, config: Any) -> Files:
    """Add the generated pages."""
    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    files.append(File.generated(config, "changelog.md", content=(ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "tutorial.ipynb", content=notebook_text(tutorial)))
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    text = f"# How to cite\n\n```yaml\n{citation}```\n"
    files.append(File.generated(config, "citation.md", content=text))
    return files
