"""results.xml: the result of a simulation as JUnit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bxnn.compiler.junit import JUnitCase, JUnitSuite
from bxnn.compiler.layer_difference import LayerDifference


@dataclass(frozen=True)
class JUnit:
    """One suite; each output of the network is a test case.

    Attributes:
        suite: Name of the suite.
        outputs: Names of the network's outputs.
        seconds: Wall time.
        failure: What failed, with ``output NAME,`` in it if it is about one output; ``None`` if all passed.
        layer: The first layer that is wrong, if it is known.
        properties: What was run, and how to repeat it.
    """

    suite: str
    outputs: Sequence[str]
    seconds: float
    failure: str | None
    layer: LayerDifference | None = None
    properties: Mapping[str, object] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file; the record of the first wrong layer is among the properties, a field each."""
        failed = None if self.failure is None else self._failed(self.failure)
        cases = [JUnitCase(name, self._message() if name == failed else None) for name in self.outputs]
        JUnitSuite(self.suite, cases, self.seconds, {**self.properties, **self._layer_properties()}).write(path)

    def _failed(self, failure: str) -> str:
        return next((name for name in self.outputs if f"output {name}," in failure), self.outputs[0])

    def _message(self) -> str:
        return f"{self.failure}; first wrong layer: {self.layer}" if self.layer is not None else f"{self.failure}"

    def _layer_properties(self) -> dict[str, object]:
        if self.layer is None:
            return {}
        return {f"first_wrong_layer.{key}": value for key, value in asdict(self.layer).items() if value is not None}
