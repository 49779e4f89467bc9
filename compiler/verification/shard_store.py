"""Results of shards on disk, so that an interrupted verification is resumed where it stopped."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from bxnn.compiler.verification.shard import Shard, ShardResult


class ShardStore:
    """A folder with one file per finished shard.

    Args:
        folder: Of one verification: its name depends on the build, the seed and the events.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, shard: Shard) -> ShardResult | None:
        """The stored result; ``None`` if there is none, or it was only half written."""
        try:
            return ShardResult(**json.loads(self._path(shard).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def put(self, shard: Shard, result: ShardResult) -> None:
        """Store a result in one step."""
        path = self._path(shard)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(result)), encoding="utf-8")
        partial.replace(path)

    def clear(self) -> None:
        """Forget all results: the next run begins anew."""
        shutil.rmtree(self._folder)

    def _path(self, shard: Shard) -> Path:
        return self._folder / f"{shard.key}.json"
