"""What a bench must know of a compiled network: its ports and its promised timing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Port:
    """One tensor on the top entity: ``<valid>`` and ``<data>``, element 0 in the least significant bits.

    Attributes:
        name: Name of the network input or output.
        valid: Name of the valid port.
        data: Name of the data port.
        elements: Number of elements.
        bits: Width of one element.
        signed: Whether codes are two's complement.
    """

    name: str
    valid: str
    data: str
    elements: int
    bits: int
    signed: bool


@dataclass(frozen=True)
class Probe:
    """The output of one layer inside the top architecture, for finding the layer that is wrong.

    Attributes:
        layer: Name of the layer.
        valid: Signal of the top architecture that is high in phase 0.
        data: Signal with the lanes, lane 0 in the least significant bits.
        elements: Element on lane ``l`` in phase ``p`` as ``elements[p][l]``, -1 for none; one
            phase per cycle.
        bits: Width of one lane.
        signed: Whether codes are two's complement.
    """

    layer: str
    valid: str
    data: str
    elements: tuple[tuple[int, ...], ...]
    bits: int
    signed: bool


@dataclass(frozen=True)
class Interface:
    """Ports and promises of a top entity.

    Attributes:
        top: Entity name.
        files: VHDL files relative to the build's ``vhdl`` folder, in compile order.
        inputs: Input tensors; their valids must coincide.
        outputs: Output tensors; their valids coincide, `latency_cycles` after the input's.
        latency_cycles: Rising edges from the one that samples `in_valid` to the one that samples `out_valid`.
        initiation_interval: Smallest spacing of events in cycles.
        probes: Outputs of layers, in order of the data's way; optional.
    """

    top: str
    files: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    latency_cycles: int
    initiation_interval: int
    probes: tuple[Probe, ...] = ()

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Interface:
        """Read what ``save`` wrote."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        ports = {side: tuple(Port(**port) for port in raw.pop(side)) for side in ("inputs", "outputs")}
        probes = tuple(
            Probe(**{**probe, "elements": tuple(tuple(phase) for phase in probe["elements"])})
            for probe in raw.pop("probes", ())
        )
        return cls(**{**raw, **ports, "probes": probes, "files": tuple(raw["files"])})
