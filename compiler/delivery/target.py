"""What every kind of package has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from bxnn.compiler.delivery.drop import Drop


class Target(ABC):
    """A kind of package.

    Args:
        drop: The build.
        folder: Where the package will be; only lists whose paths are relative to a repository depend on it.

    Attributes:
        name: As given to ``bxnn package``.
        hdl: Folder of the sources in the package.
        tb: Folder of the test bench.
    """

    name: ClassVar[str]
    hdl: ClassVar[str] = "hdl"
    tb: ClassVar[str] = "tb"
    used: ClassVar[str]  # how the package is used, for its page: a template

    def __init__(self, drop: Drop, folder: Path) -> None:
        self.drop, self.folder = drop, folder

    @abstractmethod
    def own_files(self) -> dict[str, str]:
        """Text of the files that only this kind of package has, by path."""

    def check(self) -> None:  # noqa: B027  # most targets take every build
        """Refuse a build that this kind of package cannot hold.

        Raises:
            InputError: Naming what is in the way.
        """

    @property
    def top(self) -> str:
        """Name of the top entity."""
        return self.drop.top

    @property
    def sources(self) -> list[str]:
        """Paths of the sources, in compile order."""
        return [f"{self.hdl}/{name}" for name in self.drop.sources]

    @property
    def models(self) -> list[str]:
        """Paths of the simulation models of primitives, in compile order; none if nothing is instantiated."""
        return [f"{self.tb}/unisim/{name}" for name in self.drop.models]

    @property
    def bench(self) -> str:
        """Path of the plain test bench."""
        return f"{self.tb}/{self.top}_tb.vhd"

    @property
    def vectors(self) -> str:
        """Path of its events."""
        return f"{self.tb}/vectors.txt"

    def files(self) -> dict[str, str]:
        """Text of every file of the package except its page and its lock file, by path."""
        return {
            **dict(zip(self.sources, self.drop.sources.values(), strict=True)),
            **dict(zip(self.models, self.drop.models.values(), strict=True)),
            self.bench: self.drop.bench,
            self.vectors: self.drop.vectors,
            **self.drop.software,
            **{f"design/{name}": text for name, text in self.drop.design.items()},
            **self.own_files(),
        }

    def page(self) -> str:
        """The page that says what the package is."""
        return self.render("README.md.j2", "README.md", use=self.render(self.used, "README.md"))

    def render(self, template: str, name: str, **values: object) -> str:
        """One file of this kind of package; the template sees the paths of the common files."""
        paths: Mapping[str, object] = {
            "sources": self.sources,
            "models": self.models,
            "bench": self.bench,
            "vectors": self.vectors,
            "library": self.drop.library or self.top,
            "shared": self.drop.library is None,
            "target": self.name,
        }
        return self.drop.render(template, name, **paths, **values)
