"""Writes the firmware of a schedule into a build: VHDL, HLS C++, emulator, and what a bench must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bxnn.boards.board import Board
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.backend.hls.emulator_backend import EmulatorBackend
from bxnn.compiler.backend.hls.hls_stream import hls_backend
from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.backend.weight_software import weight_software
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.files import sha256
from bxnn.compiler.hardware.axi_stream import AxiStream
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.member_turns import side_by_side
from bxnn.compiler.schedule.loading import loading_of
from bxnn.compiler.schedule.reset_adapter import reset_of
from bxnn.compiler.stages import begin_stage


@dataclass(frozen=True)
class Firmware:
    """What was written.

    Attributes:
        interface: Ports and guarantees of the top entity.
        wrapper: The AXI4-Stream wrapper beside it; ``None`` without one.
    """

    interface: Interface
    wrapper: AxiStream | None


def write_firmware(
    build: Build,
    graph: Graph,
    schedule: Schedule | StreamSchedule,
    config: DesignConfig,
    board: Board,
    sources: Sequence[Path],
) -> Firmware:
    """Write VHDL, HLS C++ and emulator of a schedule, and the ports of the top entity.

    Args:
        build: Where to write.
        graph: After the pipeline.
        schedule: When and where its layers run.
        config: The user's configuration.
        board: The device.
        sources: Files of the model, named in headers by their hash.

    """
    wrapper = _wrapper(graph.core or graph, schedule, config)
    reset = reset_of(config)
    loading = loading_of(schedule, config)
    facts = {
        "version": version("bxnn"),
        "board": board.name,
        "clock_mhz": config.clock_mhz,
        "spacing_error": config.spacing_error,
        "tag_bits": config.core_tag_bits,
        "axi_stream": wrapper,
        "loading": loading,
        "reset": reset,
        "dsp_primitive": board.dsp_type if config.dsp == "instantiated" else None,
        "models": [sha256(path) for path in sources],
    }
    engines, graph = _engines(graph, schedule), graph.core or graph
    begin_stage("VHDL")
    if isinstance(schedule, StreamSchedule):
        vhdl = StreamVhdlBackend(graph, schedule, facts).write(build.vhdl)
    else:
        vhdl = VhdlBackend(schedule.graph, schedule, facts).write(build.vhdl)
    (build.vhdl / "files.txt").write_text("\n".join(vhdl) + "\n", encoding="utf-8")
    begin_stage("HLS C++ and emulator")
    hls_backend(*engines, {**facts, "part": board.part}).write(build.hls)
    EmulatorBackend(*engines, facts).write(build.emulator)
    bus = "" if loading is None else loading.bus
    interface = interface_of(graph, schedule, vhdl, config.core_tag_bits, config.spacing_error, reset, bus)
    interface.save(build.interface)
    if loading is not None:
        build.write_software(weight_software(graph.name, loading.bus, loading.words, loading.layout))
    return Firmware(interface, wrapper)


def _engines(graph: Graph, schedule: Schedule | StreamSchedule) -> tuple[Graph, Schedule | StreamSchedule]:
    """What HLS C++ and emulator are written from: with all members of an ensemble, side by side."""
    if graph.core is None or isinstance(schedule, StreamSchedule):
        return graph, schedule
    return graph, side_by_side(graph, schedule)


def _wrapper(graph: Graph, schedule: Schedule | StreamSchedule, config: DesignConfig) -> AxiStream | None:
    """The wrapper that the configuration asks for; the scheduler has refused it for a network that streams."""
    asked = config.axi_stream
    if asked is None or isinstance(schedule, StreamSchedule):
        return None
    ports = interface_of(graph, schedule, ())
    return AxiStream.of(
        ports.data_inputs,
        ports.outputs,
        schedule.latency_cycles,
        schedule.initiation_interval,
        asked.beat_bytes,
        asked.stall_cycles,
    )
