"""What a bench must know about a compiled network: its ports and its guaranteed timing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bxnn.compiler.hardware.reset_port import DEFAULT_RESET, ResetPort
from bxnn.compiler.hardware.weight_ports import WEIGHT_PORTS, WeightPort

TAG_PORT = "in_tag"


@dataclass(frozen=True)
class Port:
    """One tensor of the top entity: ``<valid>`` and ``<data>``, element 0 in the least significant bits.

    A tensor in streaming form arrives as a frame of beats, one per cycle in which ``<valid>`` is high, its
    first beat marked by ``<first>``; the data port then carries one element per lane, lane 0 lowest.

    Attributes:
        name: Name of the network input or output.
        valid: Name of the valid port.
        data: Name of the data port.
        elements: Number of elements.
        bits: Width of one element.
        signed: Whether codes are two's complement.
        first: Name of the port that is high with the first beat of a frame; ``None`` if frame-parallel.
        beats: Element on lane ``l`` of beat ``k`` as ``beats[k][l]``, -1 for a lane that is ignored; empty if
            frame-parallel.
    """

    name: str
    valid: str
    data: str
    elements: int
    bits: int
    signed: bool
    first: str | None = None
    beats: tuple[tuple[int, ...], ...] = ()

    @property
    def width(self) -> int:
        """Bits of the data port."""
        return self.bits * (len(self.beats[0]) if self.beats else self.elements)


@dataclass(frozen=True)
class Probe:
    """The output of one layer inside the top architecture, used to find the layer that is wrong.

    Attributes:
        layer: Name of the layer.
        valid: Signal of the top architecture that is high in phase 0.
        data: Signal with the lanes, lane 0 in the least significant bits.
        elements: Element on lane ``l`` in phase ``p`` as ``elements[p][l]``, -1 for none; one
            phase per cycle.
        bits: Width of one lane.
        signed: Whether codes are two's complement.
        strobed: The phases are the cycles in which ``valid`` is high, wherever they fall in the frame, instead of
            consecutive cycles.
        half: What is added to every code of the layer's result: half an LSB of the code that it is rounded to.
    """

    layer: str
    valid: str
    data: str
    elements: tuple[tuple[int, ...], ...]
    bits: int
    signed: bool
    strobed: bool = False
    half: int = 0


@dataclass(frozen=True)
class Interface:
    """Ports and guarantees of a top entity.

    Attributes:
        top: Entity name.
        files: VHDL files relative to the build's ``vhdl`` folder, in compile order.
        inputs: Input tensors; their valids must coincide. A streaming input must be the only one. The tag is one of
            them if it chooses weights, with the valid of the first.
        outputs: Output tensors; their valids coincide, `latency_cycles` after those of the inputs.
        latency_cycles: Rising edges from the one that samples `in_valid` to the one that samples `out_valid`; with
            a streaming input, counted from the first beat of a frame without gaps.
        initiation_interval: Smallest spacing of events in cycles; with a streaming input, of the first beats of
            frames without gaps.
        probes: Outputs of layers, in the order of the data flow; optional.
        held_input: Whether the data of an event must stay at the input ports for ``initiation_interval`` cycles.
        tag_bits: Width of ``in_tag``, sampled with the last beat of an event, and ``out_tag``, which comes with its
            outputs; 0 if there are none.
        spacing_error: Whether there is an output port of that name, high after an event that arrived too early.
        reset: The reset port.
        weight_bus: Bus through which weights are loaded at run time; empty if all are constants.
    """

    top: str
    files: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    latency_cycles: int
    initiation_interval: int
    probes: tuple[Probe, ...] = ()
    held_input: bool = False
    tag_bits: int = 0
    spacing_error: bool = False
    reset: ResetPort = DEFAULT_RESET
    weight_bus: str = ""

    @property
    def weight_ports(self) -> tuple[WeightPort, ...]:
        """Ports through which weights are loaded; those that are not connected are idle."""
        return WEIGHT_PORTS[self.weight_bus]

    @property
    def data_inputs(self) -> tuple[Port, ...]:
        """Input tensors except for a tag that chooses weights, whose port has other names."""
        return tuple(port for port in self.inputs if port.data != TAG_PORT)

    @property
    def chooser(self) -> Port | None:
        """The tag, if it chooses weights."""
        return next((port for port in self.inputs if port.data == TAG_PORT), None)

    @property
    def free_tag(self) -> bool:
        """Whether there is a tag on which no result depends."""
        return self.tag_bits > 0 and self.chooser is None

    @property
    def beats(self) -> int:
        """Beats of an event: 1 unless the input is streaming."""
        return max((len(port.beats) for port in self.inputs), default=0) or 1

    @property
    def streaming(self) -> bool:
        """Whether events come as frames of beats."""
        return any(port.beats for port in self.inputs)

    @property
    def latency_from_last_beat_cycles(self) -> int | None:
        """Rising edges from the last beat of a frame, whatever its gaps, to `out_valid`; ``None`` if not streaming."""
        return self.latency_cycles - (self.beats - 1) if self.streaming else None

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Interface:
        """Read what ``save`` has written."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        ports = {
            side: tuple(Port(**{**port, "beats": _table(port.get("beats", ()))}) for port in raw.pop(side))
            for side in ("inputs", "outputs")
        }
        probes = tuple(Probe(**{**probe, "elements": _table(probe["elements"])}) for probe in raw.pop("probes", ()))
        reset = ResetPort(**raw.pop("reset", {}))
        return cls(**{**raw, **ports, "probes": probes, "reset": reset, "files": tuple(raw["files"])})


def _table(rows: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Rows of elements as stored in JSON."""
    return tuple(tuple(row) for row in rows)
