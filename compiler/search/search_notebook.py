"""The executed notebook of a search: events, learning curves, ROC, calibration, front, and the best design."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bxnn.compiler.errors import InternalError
from bxnn.compiler.pages.notebook_file import notebook_text

_PARTS = {  # by task; each is a page beside this file
    "classification": ("events", "scores", "calibration", "front"),
    "regression": ("events", "values", "front"),
    "autoencoder": ("events", "scores", "front"),
}
_SECONDS = 120  # for a cell


def executed_notebook(folder: Path, task: str) -> bytes:
    """The notebook, run in the folder of a search, which holds everything that it reads.

    Raises:
        InternalError: If a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    here = Path(__file__).parent
    pages = [(here / f"notebook_{part}.md").read_text(encoding="utf-8") for part in _PARTS[task]]
    notebook: Any = nbformat.from_dict(json.loads(notebook_text("".join(pages))))
    client = NotebookClient(
        notebook,
        timeout=_SECONDS,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise InternalError("search.ipynb", f"a cell fails: {error.ename}: {error.evalue}") from error
    return (json.dumps(notebook, indent=1, sort_keys=True) + "\n").encode()
