"""Hog: list files, whose paths are relative to the repository, and hog.conf."""

from __future__ import annotations

from bxnn.compiler.delivery.target import Target
from bxnn.compiler.errors import InputError

_PROJECTS = "Top"  # Hog's folder of projects, at the root of the repository


class HogTarget(Target):
    """A Hog project, to be written to ``Top/PROJECT`` of the repository.

    Source: Hog 2026.2, Tcl/hog.tcl and Templates/.
    """

    name = "hog"
    used = "hog/use.md.j2"

    def check(self) -> None:
        if any(character.isspace() for character in self._base):
            raise InputError(
                str(self.folder), "has a blank in its path, at which Hog splits lines; name another folder"
            )

    def own_files(self) -> dict[str, str]:
        library = self.drop.library or self.top
        constraints = f"xdc/{self.top}_ooc.xdc"
        return {
            "hog.conf": self.render("hog/hog.conf.j2", "hog.conf"),
            f"list/{library}.src": self.render("hog/sources.src.j2", "sources.src", base=self._base),
            f"list/{library}.sim": self.render("hog/bench.sim.j2", "bench.sim", base=self._base),
            f"list/{self.top}.con": self.render(
                "hog/constraints.con.j2", "constraints.con", base=self._base, constraints=constraints
            ),
            constraints: self.render("vivado/ooc.xdc.j2", constraints),
        }

    @property
    def _base(self) -> str:
        """What precedes the paths in list files: the way from the root of the repository to the package.

        The root is where Hog's folder of projects is, or else the nearest repository of git; a package outside any
        repository has its own root.
        """
        place = self.folder.resolve()
        for parent in (place, *place.parents):
            if (parent / _PROJECTS) in place.parents or (parent / ".git").exists():
                return "" if parent == place else f"{place.relative_to(parent).as_posix()}/"
        return ""
