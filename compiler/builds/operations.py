"""All changes that a commit makes to a folder, one operation at a time.

Tests kill the process after each of them; the recovery must then find an intact build.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


class FileOperations:
    """The operations of a commit and of its recovery.

    Args:
        done: Called after each operation.
    """

    def __init__(self, done: Callable[[], None] = lambda: None) -> None:
        self._done = done

    def make_folder(self, folder: Path) -> None:
        """Create a folder whose parent exists; an existing folder is left alone."""
        if not folder.is_dir():
            folder.mkdir()
            self._done()

    def move(self, source: Path, target: Path) -> None:
        """Move a file within a file system, replacing another file if there is one."""
        source.replace(target)
        self._done()

    def remove(self, path: Path) -> None:
        """Remove a file or a symbolic link; a missing one is not an error."""
        path.unlink(missing_ok=True)
        self._done()

    def remove_folder(self, folder: Path) -> bool:
        """Remove a folder if it is empty; return whether it is gone."""
        try:
            folder.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        self._done()
        return True

    def write(self, path: Path, text: str, partial: Path) -> None:
        """Write a file entirely or not at all, via another file in the same file system."""
        partial.write_text(text, encoding="utf-8")
        self._done()
        partial.replace(path)
        self._done()

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder of bxnn with everything in it; symbolic links are removed, not followed."""
        if folder.is_symlink() or not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                self.remove_tree(path)
            else:
                self.remove(path)
        self.remove_folder(folder)
