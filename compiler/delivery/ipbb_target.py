"""ipbb: a component with dependency files."""

from __future__ import annotations

from bxnn.compiler.delivery.target import Target


class IpbbTarget(Target):
    """A component of a package of an ipbb work area, ``src/PACKAGE/COMPONENT``.

    Source: ipbb fbe5d6c, depparser/ and doc/deptree.md.
    """

    name = "ipbb"
    hdl = "firmware/hdl"
    tb = "firmware/hdl"
    used = "ipbb/use.md.j2"

    def own_files(self) -> dict[str, str]:
        folder, top = "firmware/cfg", self.top
        lines = [line for line in self._lines() if line]
        device = self.render("ipbb/ooc.d3.j2", "ooc.d3", constraints=f"{top}_ooc.xdc", parts=self._part())
        return {
            f"{folder}/{top}.d3": "\n".join([self._title("top to bottom"), *lines, ""]),
            f"{folder}/{top}_reverse.dep": "\n".join([self._title("bottom to top"), *reversed(lines), ""]),
            f"{folder}/{top}_ooc.d3": device,
            f"firmware/ucf/{top}_ooc.xdc": self.render("vivado/ooc.xdc.j2", "ooc.xdc"),
            f"firmware/cfg/{top}_ooc.tcl": self.render(
                "ipbb/ooc.tcl.j2", f"{top}_ooc.tcl", constraints=f"{top}_ooc.xdc"
            ),
        }

    def _lines(self) -> list[str]:
        return self.render("ipbb/sources.d3.j2", "sources.d3", names=self._names(self.sources)).split("\n")

    def _names(self, paths: list[str]) -> list[str]:
        return [path.removeprefix(f"{self.hdl}/") for path in paths]

    def _title(self, order: str) -> str:
        return f"# {self.top}, read {order}"

    def _part(self) -> tuple[str, str, str]:
        """The part number in three pieces that ipbb puts together again: device, package, speed grade."""
        device, *package = self.drop.report.board.part.split("-")
        return device, "".join(f"-{piece}" for piece in package[:1]), "".join(f"-{piece}" for piece in package[1:])
