"""What Hog and ipbb accept, line by line; anything else raises.

Source: ../shared/delivery.md, sections 1 and 2.
"""

from __future__ import annotations

import argparse
import configparser
import re
import shlex
from pathlib import Path
from typing import NoReturn

HOG_PROPERTIES = {
    ".vhd": {"93", "1987", "1993", "2008", "2019", "nosynth", "noimpl", "nosim"},
    ".xdc": {"nosynth", "noimpl"},
    ".txt": set(),
}
HOG_VALUES = {"lib", "top", "scoped_to_ref", "scoped_to_cells"}
SIMULATORS = ["xsim", "questa", "modelsim", "ghdl", "riviera", "activehdl", "ies", "vcs"]


class GrammarError(ValueError):
    """A line that the tool would not accept, or would ignore."""


def hog_list(path: Path, root: Path) -> list[tuple[Path, dict[str, str]]]:
    """Files of a list with their properties; every one exists."""
    lines = path.read_text().splitlines()
    if path.suffix == ".sim":
        match = re.fullmatch(r"#Simulator (\w+)", lines[0])
        if match is None or match[1] not in SIMULATORS:
            raise GrammarError(f"{path.name}: the first line names no simulator: {lines[0]}")
    if "[files]" in lines:
        start = lines.index("[files]") + 1
        end = next((k for k in range(start, len(lines)) if lines[k].startswith("[")), len(lines))
        _hog_properties(lines[end:])
        lines = lines[start:end]
    return [_hog_line(line, root) for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _hog_line(line: str, root: Path) -> tuple[Path, dict[str, str]]:
    name, *words = line.split()
    file = root / name
    if not file.is_file():
        raise GrammarError(f"does not exist: {name}")
    found = {}
    for word in words:
        key, _, value = word.partition("=")
        if (value and key not in HOG_VALUES) or (not value and word not in HOG_PROPERTIES[file.suffix]):
            raise GrammarError(f"unknown property {word!r}: {line}")
        found[key] = value
    return file, found


def _hog_properties(lines: list[str]) -> None:
    if not lines:
        return
    if lines[0] != "[properties]" or not all(
        re.fullmatch(r"(top|options|run_options)=\S+", line) for line in lines[1:]
    ):
        raise GrammarError(f"properties: {lines}")


def hog_conf(path: Path) -> configparser.ConfigParser:
    """hog.conf: the tool in the first line, the part in [main]."""
    text = path.read_text()
    if not re.match(r"#\s*(vivado|quartus)\s+\d+(\.\d+)*\n", text):
        raise GrammarError("the first line names no tool and version")
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(text)
    if not found["main"]["PART"]:
        raise GrammarError("no part")
    return found


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GrammarError(message)


def _ipbb_parser() -> argparse.ArgumentParser:
    parser = _Arguments(add_help=False, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Arguments)
    for name in ("include", "setup", "util", "iprepo", "src", "addrtab"):
        command = commands.add_parser(name, add_help=False, allow_abbrev=False)
        command.add_argument("-c")
        command.add_argument("--cd")
        command.add_argument("files", nargs="*" if name == "include" else "+")
        if name == "setup":
            command.add_argument("-f", "--finalise", action="store_true")
        if name == "src":
            command.add_argument("-l", dest="library")
            command.add_argument("--vhdl2008", action="store_true")
            command.add_argument("-u", dest="usage", choices=["synth", "sim", "synth,sim"])
            command.add_argument("-f", dest="steps", choices=["synthesis", "simulation", "synthesis,implementation"])
    return parser


def ipbb_list(path: Path, component: Path) -> list[argparse.Namespace]:
    """Commands of a dependency file, in the order of its lines; every file that they name exists."""
    folders = {"src": "firmware/hdl", "include": "firmware/cfg", "setup": "firmware/cfg", "addrtab": "addr_table"}
    found = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith("@"):
            if not re.fullmatch(r"@\w+(\.\w+)* = .+", line):
                raise GrammarError(f"no assignment: {line}")
            continue
        command = _ipbb_parser().parse_args(shlex.split(line))
        for name in command.files:
            if not (component / folders[command.command] / name).is_file():
                raise GrammarError(f"does not exist: {name}")
        found.append(command)
    return found
