"""Puts a new report into a build, along with the files that it mentions, in one step."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.report.html import write_html
from bxnn.compiler.report.markdown import write_markdown
from bxnn.compiler.report.report_file import save_report
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.slot_map import SlotMap, load_slots, save_slots


@dataclass(frozen=True)
class Results:
    """Files left by a tool that a user may want to read.

    Attributes:
        work: Where they are.
        place: Where they go, relative to the build folder.
        patterns: Patterns of their names.
    """

    work: Path
    place: str
    patterns: tuple[str, ...]

    def earlier(self, build: OpenBuild) -> list[str]:
        """Files in the build that an earlier run left in that place."""
        return [path for path in build.manifest.below(self.place) if any(Path(path).match(p) for p in self.patterns)]


def publish_report(build: OpenBuild, report: ReportModel, *results: Results) -> None:
    """Replace report.json and the pages, and the results of the run that produced them.

    Raises:
        InputError: If a file in the way does not belong to bxnn; nothing has changed then.
    """
    earlier = [path for found in results for path in found.earlier(build)]
    with build.results(*earlier) as staging:
        save_report(report, staging / "report.json")
        write_pages(report, load_slots(build.folder), staging)
        for found in results:
            (staging / found.place).mkdir(parents=True, exist_ok=True)
            for pattern in found.patterns:
                for path in sorted(found.work.glob(pattern)):
                    shutil.copyfile(path, staging / found.place / path.name)


def write_report(report: ReportModel, maps: Sequence[SlotMap], folder: Path) -> None:
    """Write report.json, the slot maps and the pages into a folder."""
    save_slots(maps, folder)
    save_report(report, folder / "report.json")
    write_pages(report, maps, folder)


def write_pages(report: ReportModel, maps: Sequence[SlotMap], folder: Path) -> None:
    """Write report.md and report.html into a folder."""
    write_markdown(report, folder / "report.md")
    write_html(report, maps, folder / "report.html")
