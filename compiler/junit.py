"""A test suite as JUnit XML, the form in which CI systems show results.

Source: the format as read by GitLab and Jenkins.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class JUnitCase:
    """One test case.

    Attributes:
        name: What was tested.
        failure: Why it failed; ``None`` if it passed.
        error: Why it could not be tested; ``None`` if it could.
        output: What it measured, shown with the case.
    """

    name: str
    failure: str | None = None
    error: str | None = None
    output: str | None = None


@dataclass(frozen=True)
class JUnitSuite:
    """Test cases of one command.

    Attributes:
        name: Name of the suite; also the class name of its cases.
        cases: In the order of the file.
        seconds: Wall time.
        properties: What was run, and how to repeat it.
    """

    name: str
    cases: Sequence[JUnitCase]
    seconds: float
    properties: Mapping[str, object] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file in one step."""
        failures = sum(case.failure is not None for case in self.cases)
        errors = sum(case.error is not None for case in self.cases)
        counts = {"tests": len(self.cases), "failures": failures, "errors": errors, "time": self.seconds}
        suite = ElementTree.Element("testsuite", {"name": self.name, **{key: str(n) for key, n in counts.items()}})
        listed = ElementTree.SubElement(suite, "properties")
        for name, value in self.properties.items():
            ElementTree.SubElement(listed, "property", {"name": name, "value": str(value)})
        for case in self.cases:
            self._add(suite, case)
        partial = path.with_name(path.name + ".partial")
        ElementTree.ElementTree(suite).write(partial, encoding="utf-8", xml_declaration=True)
        partial.replace(path)

    def _add(self, suite: ElementTree.Element, case: JUnitCase) -> None:
        element = ElementTree.SubElement(suite, "testcase", {"classname": self.name, "name": case.name})
        if case.failure is not None:
            ElementTree.SubElement(element, "failure", {"message": case.failure})
        if case.error is not None:
            ElementTree.SubElement(element, "error", {"message": case.error})
        if case.output is not None:
            ElementTree.SubElement(element, "system-out").text = case.output
